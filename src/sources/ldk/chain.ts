/**
 * A simulated regtest chain: real 80-byte headers with real merkle roots and real transactions, so that LDK
 * can check what it checks. Proof of work, scripts and signatures are not checked.
 */
import { bytesToHex, concatBytes, hexToBytes, reversed } from '../../lightning/bytes.ts';
import { doubleSha256 } from '../../lightning/hashes.ts';
import type { Outpoint, ShortChannelId, Txid } from '../../lightning/ids.ts';
import {
  outpointOf,
  Outpoint as parseOutpoint,
  splitShortChannelId,
  txidToBytes,
} from '../../lightning/ids.ts';
import type { TransactionOutput } from '../../lightning/transaction.ts';
import { parseTransaction } from '../../lightning/transaction.ts';
import type { NetworkClock } from './clock.ts';
import type { ChainTransaction, Submission } from './mempool.ts';
import { Mempool } from './mempool.ts';
import { transactionBytes, u32Le } from './transaction-bytes.ts';

const REGTEST_GENESIS = '0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206';
const SUBSIDY_SAT = 5_000_000_000n;
/** BIP 9's version bits and regtest's easiest target. */
const BLOCK_VERSION = 0x20000000;
const REGTEST_BITS = 0x207fffff;
const NO_OUTPOINT = parseOutpoint(`${'00'.repeat(32)}:4294967295`);

export interface Block {
  readonly height: number;
  /** In byte order, as headers hold it. */
  readonly hash: Uint8Array;
  readonly header: Uint8Array;
  /** Seconds since 1970. */
  readonly time: number;
  readonly transactions: readonly ChainTransaction[];
}

export interface ChainListener {
  blockConnected(block: Block): void;
  /** `block` was the tip; `parent` is the tip now. */
  blockDisconnected(block: Block, parent: Block): void;
}

interface Coin {
  readonly output: TransactionOutput;
  readonly height: number;
}

export class SimulatedChain {
  readonly mempool: Mempool;
  readonly #clock: NetworkClock;
  readonly #blocks: Block[] = [];
  readonly #coins = new Map<Outpoint, Coin>();
  readonly #heightOf = new Map<Txid, number>();
  /** Per block, what it spent: needed to take it back. */
  readonly #spent: Map<Outpoint, Coin>[] = [];
  readonly #listeners = new Set<ChainListener>();
  /** Blocks ever mined, those taken back included. */
  minedEver = 0;

  constructor(clock: NetworkClock) {
    this.#clock = clock;
    this.mempool = new Mempool({ output: (outpoint) => this.#coins.get(outpoint) });
  }

  get height(): number {
    return this.#blocks.length;
  }

  get tipHash(): Uint8Array {
    return this.#blocks.at(-1)?.hash ?? reversed(hexToBytes(REGTEST_GENESIS));
  }

  get tipTime(): number {
    return this.#blocks.at(-1)?.time ?? this.#clock.startTime;
  }

  /** Blocks after this height, in order. */
  blocksAfter(height: number): readonly Block[] {
    return this.#blocks.slice(height);
  }

  block(height: number): Block | undefined {
    return height < 1 ? undefined : this.#blocks[height - 1];
  }

  listen(listener: ChainListener): void {
    this.#listeners.add(listener);
  }

  unlisten(listener: ChainListener): void {
    this.#listeners.delete(listener);
  }

  /** The height of the block with this transaction. */
  confirmedAt(txid: Txid): number | undefined {
    return this.#heightOf.get(txid);
  }

  /** Unspent and confirmed outputs paying to this script, oldest first. */
  coinsOf(
    script: Uint8Array,
  ): readonly { readonly outpoint: Outpoint; readonly valueSat: bigint }[] {
    const wanted = bytesToHex(script);
    return [...this.#coins]
      .filter(([outpoint, { output }]) => {
        return bytesToHex(output.script) === wanted && !this.mempool.isSpent(outpoint);
      })
      .map(([outpoint, { output }]) => ({ outpoint, valueSat: output.valueSat }));
  }

  /** The unspent output a short channel id points at: what LDK's UTXO lookup asks. */
  fundingOutput(id: ShortChannelId): TransactionOutput | undefined {
    const { blockHeight, txIndex, outputIndex } = splitShortChannelId(id);
    const transaction = this.block(blockHeight)?.transactions[txIndex]?.parsed;
    if (transaction === undefined) return undefined;
    return this.#coins.get(outpointOf(transaction.txid, outputIndex))?.output;
  }

  submit(raw: Uint8Array): Submission {
    const copy = Uint8Array.from(raw);
    const parsed = parseTransaction(copy);
    if (this.#heightOf.has(parsed.txid)) return 'known';
    return this.mempool.submit({ raw: copy, parsed });
  }

  /** Mines one block with everything that is ready; the subsidy goes to `payTo`. */
  mine(payTo: Uint8Array = Uint8Array.of(0x51)): Block {
    const height = this.height + 1;
    const transactions = [this.#coinbase(height, payTo), ...this.mempool.takeReady(height)];
    const time = this.#clock.nextBlockTime(this.tipTime);
    const header = concatBytes(
      u32Le(BLOCK_VERSION),
      this.tipHash,
      merkleRoot(transactions.map(({ parsed }) => txidToBytes(parsed.txid))),
      u32Le(time),
      u32Le(REGTEST_BITS),
      u32Le(height),
    );
    const block = { height, hash: doubleSha256(header), header, time, transactions };
    this.append(block);
    return block;
  }

  /** Takes in the next block, just mined or read back from a saved chain. */
  append(block: Block): void {
    this.#blocks.push(block);
    this.#spent.push(this.#moveCoins(block));
    for (const listener of this.#listeners) listener.blockConnected(block);
  }

  /** Takes the newest block back, as a reorganisation does; its transactions wait again. */
  disconnectTip(): Block {
    const block = this.#blocks.pop();
    const spent = this.#spent.pop();
    const parent = this.#blocks.at(-1);
    if (block === undefined || spent === undefined || parent === undefined) {
      throw new Error('"chain" expected two blocks to take one back, got fewer');
    }
    for (const { parsed } of block.transactions) {
      this.#heightOf.delete(parsed.txid);
      parsed.outputs.forEach((_output, vout) => {
        this.#coins.delete(outpointOf(parsed.txid, vout));
      });
    }
    for (const [outpoint, coin] of spent) this.#coins.set(outpoint, coin);
    for (const transaction of block.transactions.slice(1)) this.mempool.submit(transaction);
    for (const listener of this.#listeners) listener.blockDisconnected(block, parent);
    return block;
  }

  /** Returns what the block spent. */
  #moveCoins({ height, transactions }: Block): Map<Outpoint, Coin> {
    const spent = new Map<Outpoint, Coin>();
    for (const { parsed } of transactions) {
      for (const { outpoint } of parsed.inputs) {
        const coin = this.#coins.get(outpoint);
        if (coin !== undefined) spent.set(outpoint, coin);
        this.#coins.delete(outpoint);
      }
      parsed.outputs.forEach((output, vout) => {
        this.#coins.set(outpointOf(parsed.txid, vout), { output, height });
      });
      this.#heightOf.set(parsed.txid, height);
    }
    return spent;
  }

  /** BIP 34 puts the height in; the counter keeps a block mined again at a height apart. */
  #coinbase(height: number, script: Uint8Array): ChainTransaction {
    this.minedEver += 1;
    const raw = transactionBytes({
      version: 2,
      inputs: [
        {
          outpoint: NO_OUTPOINT,
          sequence: 0xffffffff,
          scriptSig: concatBytes(
            Uint8Array.of(3),
            u32Le(height).subarray(0, 3),
            u32Le(this.minedEver),
          ),
          witness: [],
        },
      ],
      outputs: [{ valueSat: SUBSIDY_SAT, script }],
      locktime: 0,
    });
    return { raw, parsed: parseTransaction(raw) };
  }
}

/** Bitcoin's merkle tree: an odd hash is paired with itself. */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  let level = leaves;
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const left = level[i] ?? new Uint8Array(32);
      above.push(doubleSha256(concatBytes(left, level[i + 1] ?? left)));
    }
    level = above;
  }
  return level[0] ?? new Uint8Array(32);
}
