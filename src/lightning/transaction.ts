/** Bitcoin transactions, legacy and segwit (BIP 141, BIP 144), as blocks and nodes hold them. */
import { MAX_MONEY_SAT } from './amounts.ts';
import { concatBytes } from './bytes.ts';
import { doubleSha256 } from './hashes.ts';
import { type Outpoint, outpointOf, type Txid, txidOfBytes } from './ids.ts';
import { WireReader } from './wire.ts';

export interface TransactionInput {
  readonly outpoint: Outpoint;
  readonly scriptSig: Uint8Array;
  readonly sequence: number;
  /** Empty for an input without one. */
  readonly witness: readonly Uint8Array[];
}

export interface TransactionOutput {
  readonly valueSat: bigint;
  readonly script: Uint8Array;
}

export interface Transaction {
  readonly txid: Txid;
  /** The hash over the witnesses too; equal to the txid where there are none. */
  readonly wtxid: Txid;
  readonly version: number;
  readonly inputs: readonly TransactionInput[];
  readonly outputs: readonly TransactionOutput[];
  readonly locktime: number;
  /** BIP 141: three times the size without witnesses plus the size with them. */
  readonly weight: number;
}

/** The one transaction that these bytes are, to the last byte. */
export function parseTransaction(raw: Uint8Array, name = 'transaction'): Transaction {
  const reader = new WireReader(raw, name);
  const transaction = readTransaction(reader);
  reader.end();
  return transaction;
}

/** A transaction within other bytes; the reader stands behind it afterwards. */
export function readTransaction(reader: WireReader): Transaction {
  const start = reader.offset;
  const version = reader.u32Le();
  let bodyStart = reader.offset;
  let inputCount = reader.compactSize();
  const isSegwit = inputCount === 0;
  if (isSegwit) {
    // BIP 144: a zero where the number of inputs would be, and the flag 1.
    if (reader.u8() !== 1) throw refusal('at least one input, or the segwit flag 1');
    bodyStart = reader.offset;
    inputCount = reader.compactSize();
    if (inputCount === 0) throw refusal('at least one input');
  }
  const spends = repeat(inputCount, () => readSpend(reader));
  const outputs = repeat(reader.compactSize(), () => readOutput(reader));
  const bodyEnd = reader.offset;
  const witnesses = isSegwit ? spends.map(() => readWitness(reader)) : [];
  if (isSegwit && witnesses.every((witness) => witness.length === 0)) {
    throw refusal('a witness in a transaction marked as having one');
  }
  const locktime = reader.u32Le();
  const end = reader.offset;
  const whole = reader.between(start, end);
  const stripped = isSegwit
    ? concatBytes(
        reader.between(start, start + 4),
        reader.between(bodyStart, bodyEnd),
        reader.between(end - 4, end),
      )
    : whole;
  const txid = txidOfBytes(doubleSha256(stripped));
  return {
    txid,
    wtxid: isSegwit ? txidOfBytes(doubleSha256(whole)) : txid,
    version,
    inputs: spends.map((spend, index) => ({ ...spend, witness: witnesses[index] ?? [] })),
    outputs,
    locktime,
    weight: stripped.length * 3 + whole.length,
  };
}

function readSpend(reader: WireReader): Omit<TransactionInput, 'witness'> {
  const txid = txidOfBytes(reader.bytes(32));
  const outpoint = outpointOf(txid, reader.u32Le());
  const scriptSig = reader.bytes(reader.compactSize());
  return { outpoint, scriptSig, sequence: reader.u32Le() };
}

function readOutput(reader: WireReader): TransactionOutput {
  const valueSat = reader.u64Le();
  if (valueSat > MAX_MONEY_SAT) throw refusal(`outputs of at most ${MAX_MONEY_SAT} sat`);
  return { valueSat, script: reader.bytes(reader.compactSize()) };
}

function readWitness(reader: WireReader): readonly Uint8Array[] {
  return repeat(reader.compactSize(), () => reader.bytes(reader.compactSize()));
}

/** Grows item by item: a count from outside must not reserve memory for what is not there. */
function repeat<Item>(count: number, read: () => Item): Item[] {
  const items: Item[] = [];
  for (let i = 0; i < count; i++) items.push(read());
  return items;
}

function refusal(what: string): Error {
  return new Error(`"transaction" expected ${what}, got none such`);
}
