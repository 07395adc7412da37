/** A node's on-chain wallet: one P2WPKH key, coins looked up on the simulated chain. */
import { hmac } from '@noble/hashes/hmac.js';
import { ripemd160 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import * as secp256k1 from '@noble/secp256k1';
import { concatBytes } from '../../lightning/bytes.ts';
import type { Outpoint } from '../../lightning/ids.ts';
import type { SimulatedChain } from './chain.ts';
import type { OutputToWrite, TransactionToWrite } from './transaction-bytes.ts';
import { transactionBytes, witnessKeyHashDigest } from './transaction-bytes.ts';

secp256k1.hashes.sha256 = sha256;
secp256k1.hashes.hmacSha256 = (key, message) => hmac(sha256, key, message);

const SIGHASH_ALL = 1;
/** BIP 125: may be replaced, and no relative locktime. */
const REPLACEABLE = 0xfffffffd;
const FUNDING_FEE_SAT = 1_000n;

export interface Coin {
  readonly outpoint: Outpoint;
  readonly valueSat: bigint;
}

export class Wallet {
  /** Where this wallet is paid. */
  readonly script: Uint8Array;
  readonly #secretKey: Uint8Array;
  readonly #publicKey: Uint8Array;
  readonly #keyHash: Uint8Array;
  readonly #chain: SimulatedChain;
  /** Spent in a transaction that the chain may not have seen yet. */
  readonly #reserved = new Set<Outpoint>();

  constructor(secretKey: Uint8Array, chain: SimulatedChain) {
    this.#secretKey = secretKey;
    this.#publicKey = secp256k1.getPublicKey(secretKey, true);
    this.#keyHash = ripemd160(sha256(this.#publicKey));
    this.#chain = chain;
    this.script = concatBytes(Uint8Array.of(0x00, 0x14), this.#keyHash);
  }

  coins(): readonly Coin[] {
    return this.#chain.coinsOf(this.script).filter(({ outpoint }) => !this.#reserved.has(outpoint));
  }

  /** A signed transaction with this output first and the change behind it. */
  pay(output: OutputToWrite): Uint8Array {
    const coin = this.coins().find(({ valueSat }) => valueSat >= output.valueSat + FUNDING_FEE_SAT);
    if (coin === undefined) throw new Error('"wallet" expected a coin large enough, got none such');
    this.#reserved.add(coin.outpoint);
    const change = {
      valueSat: coin.valueSat - output.valueSat - FUNDING_FEE_SAT,
      script: this.script,
    };
    const unsigned: TransactionToWrite = {
      version: 2,
      inputs: [{ outpoint: coin.outpoint, sequence: REPLACEABLE, witness: [] }],
      outputs: [output, change],
      locktime: 0,
    };
    return transactionBytes(this.sign(unsigned, [coin]));
  }

  /** Signs the inputs that spend these coins of the wallet and leaves the others as they are. */
  sign(transaction: TransactionToWrite, coins: readonly Coin[]): TransactionToWrite {
    const inputs = transaction.inputs.map((input, index) => {
      const coin = coins.find(({ outpoint }) => outpoint === input.outpoint);
      if (coin === undefined) return input;
      const digest = witnessKeyHashDigest(transaction, index, this.#keyHash, coin.valueSat);
      const compact = secp256k1.sign(digest, this.#secretKey, { prehash: false, lowS: true });
      const signature = concatBytes(derSignature(compact), Uint8Array.of(SIGHASH_ALL));
      return { ...input, witness: [signature, this.#publicKey] };
    });
    return { ...transaction, inputs };
  }
}

/** BIP 66's strict DER of a 64-byte r ‖ s. */
function derSignature(compact: Uint8Array): Uint8Array {
  const r = derInteger(compact.subarray(0, 32));
  const s = derInteger(compact.subarray(32));
  return concatBytes(Uint8Array.of(0x30, r.length + s.length), r, s);
}

function derInteger(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const digits = bytes.subarray(start);
  const sign = (digits[0] ?? 0) >= 0x80 ? Uint8Array.of(0) : new Uint8Array(0);
  return concatBytes(Uint8Array.of(0x02, digits.length + sign.length), sign, digits);
}
