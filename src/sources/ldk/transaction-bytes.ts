/** Writing transactions and what a P2WPKH signature covers; `lightning/transaction.ts` reads them. */
import { concatBytes } from '../../lightning/bytes.ts';
import { doubleSha256 } from '../../lightning/hashes.ts';
import { type Outpoint, splitOutpoint, txidToBytes } from '../../lightning/ids.ts';

const SIGHASH_ALL = 1;

export interface InputToWrite {
  readonly outpoint: Outpoint;
  readonly sequence: number;
  readonly scriptSig?: Uint8Array;
  readonly witness: readonly Uint8Array[];
}

export interface OutputToWrite {
  readonly valueSat: bigint;
  readonly script: Uint8Array;
}

export interface TransactionToWrite {
  readonly version: number;
  readonly inputs: readonly InputToWrite[];
  readonly outputs: readonly OutputToWrite[];
  readonly locktime: number;
}

/** BIP 144's form where an input has a witness, the old form otherwise. */
export function transactionBytes(transaction: TransactionToWrite): Uint8Array {
  const { inputs, outputs } = transaction;
  const hasWitness = inputs.some(({ witness }) => witness.length > 0);
  return concatBytes(
    u32Le(transaction.version),
    hasWitness ? Uint8Array.of(0, 1) : new Uint8Array(0),
    compactSize(inputs.length),
    ...inputs.map((input) =>
      concatBytes(
        outpointBytes(input.outpoint),
        prefixed(input.scriptSig ?? new Uint8Array(0)),
        u32Le(input.sequence),
      ),
    ),
    compactSize(outputs.length),
    ...outputs.map(outputBytes),
    ...(hasWitness ? inputs.map(({ witness }) => witnessBytes(witness)) : []),
    u32Le(transaction.locktime),
  );
}

/** BIP 143: the digest that the key of a P2WPKH input signs, SIGHASH_ALL. */
export function witnessKeyHashDigest(
  transaction: TransactionToWrite,
  index: number,
  keyHash: Uint8Array,
  valueSat: bigint,
): Uint8Array {
  const input = transaction.inputs[index];
  if (input === undefined) throw new Error(`"index" expected an input, got ${index}`);
  const { inputs, outputs } = transaction;
  const scriptCode = concatBytes(
    Uint8Array.of(0x76, 0xa9, 0x14), // OP_DUP OP_HASH160, push 20
    keyHash,
    Uint8Array.of(0x88, 0xac), // OP_EQUALVERIFY OP_CHECKSIG
  );
  return doubleSha256(
    concatBytes(
      u32Le(transaction.version),
      doubleSha256(concatBytes(...inputs.map(({ outpoint }) => outpointBytes(outpoint)))),
      doubleSha256(concatBytes(...inputs.map(({ sequence }) => u32Le(sequence)))),
      outpointBytes(input.outpoint),
      prefixed(scriptCode),
      u64Le(valueSat),
      u32Le(input.sequence),
      doubleSha256(concatBytes(...outputs.map(outputBytes))),
      u32Le(transaction.locktime),
      u32Le(SIGHASH_ALL),
    ),
  );
}

function outpointBytes(outpoint: Outpoint): Uint8Array {
  const { txid, vout } = splitOutpoint(outpoint);
  return concatBytes(txidToBytes(txid), u32Le(vout));
}

function outputBytes({ valueSat, script }: OutputToWrite): Uint8Array {
  return concatBytes(u64Le(valueSat), prefixed(script));
}

function witnessBytes(witness: readonly Uint8Array[]): Uint8Array {
  return concatBytes(compactSize(witness.length), ...witness.map(prefixed));
}

function prefixed(bytes: Uint8Array): Uint8Array {
  return concatBytes(compactSize(bytes.length), bytes);
}

function compactSize(value: number): Uint8Array {
  if (value < 0xfd) return Uint8Array.of(value);
  if (value <= 0xffff) return Uint8Array.of(0xfd, value & 0xff, value >> 8);
  throw new Error(`"size" expected at most 65535, got ${value}`);
}

export function u32Le(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value >>> 0, true);
  return bytes;
}

function u64Le(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}
