/** Bitcoin transactions written: the bytes without witnesses, and what a segwit signature signs (BIP 143). */
import { concatBytes } from './bytes.ts';
import { doubleSha256 } from './hashes.ts';
import { type Outpoint, splitOutpoint, type Txid, txidOfBytes, txidToBytes } from './ids.ts';
import type { Transaction, TransactionInput, TransactionOutput } from './transaction.ts';

/** A transaction as far as its txid covers it. */
export type TransactionBody = Pick<Transaction, 'version' | 'outputs' | 'locktime'> & {
  readonly inputs: readonly Pick<TransactionInput, 'outpoint' | 'scriptSig' | 'sequence'>[];
};

/** Bitcoin's SIGHASH_ALL; and SIGHASH_SINGLE with ANYONECANPAY, as BOLT 3 wants it with anchors. */
export type SighashType = 'all' | 'single-anyonecanpay';
const SIGHASH: Readonly<Record<SighashType, number>> = { all: 0x01, 'single-anyonecanpay': 0x83 };

const ZEROS = new Uint8Array(32);

/** The bytes without any witness. */
export function bodyBytes(body: TransactionBody): Uint8Array {
  return concatBytes(u32Le(body.version), spendsAndOutputs(body), u32Le(body.locktime));
}

/** The whole transaction as the network sends it (BIP 144), where any input has a witness. */
export function transactionBytes(
  transaction: Pick<Transaction, 'version' | 'inputs' | 'outputs' | 'locktime'>,
): Uint8Array {
  const { version, inputs, locktime } = transaction;
  if (inputs.every(({ witness }) => witness.length === 0)) return bodyBytes(transaction);
  const witnesses = inputs.flatMap(({ witness }) => [
    compactSizeBytes(witness.length),
    ...witness.flatMap((item) => [compactSizeBytes(item.length), item]),
  ]);
  return concatBytes(
    u32Le(version),
    SEGWIT,
    spendsAndOutputs(transaction),
    ...witnesses,
    u32Le(locktime),
  );
}
/** No inputs, and the flag. */
const SEGWIT = Uint8Array.of(0, 1);

function spendsAndOutputs({ inputs, outputs }: TransactionBody): Uint8Array {
  return concatBytes(
    compactSizeBytes(inputs.length),
    ...inputs.flatMap(({ outpoint, scriptSig, sequence }) => [
      outpointBytes(outpoint),
      compactSizeBytes(scriptSig.length),
      scriptSig,
      u32Le(sequence),
    ]),
    compactSizeBytes(outputs.length),
    ...outputs.map(outputBytes),
  );
}

export function txidOfBody(body: TransactionBody): Txid {
  return txidOfBytes(doubleSha256(bodyBytes(body)));
}

export interface SpentOutput {
  /** Which input spends it. */
  readonly inputIndex: number;
  readonly valueSat: bigint;
  /** The witness script of a P2WSH output. */
  readonly script: Uint8Array;
  readonly sighash: SighashType;
}

/**
 * BIP 143: the message whose double SHA-256 is signed. Throws where the transaction has no such input,
 * or no output of the same index that SIGHASH_SINGLE could sign.
 */
export function signedMessage(body: TransactionBody, spent: SpentOutput): Uint8Array {
  const { inputIndex, valueSat, script, sighash } = spent;
  const { version, inputs, outputs, locktime } = body;
  const input = inputs[inputIndex];
  const ownOutput = outputs[inputIndex];
  if (input === undefined || (sighash !== 'all' && ownOutput === undefined)) {
    throw new Error(`"transaction" expected input and output ${inputIndex}, got none such`);
  }
  const isAll = sighash === 'all';
  const signedOutputs = isAll || ownOutput === undefined ? outputs : [ownOutput];
  return concatBytes(
    u32Le(version),
    isAll ? doubleSha256(concatBytes(...inputs.map((i) => outpointBytes(i.outpoint)))) : ZEROS,
    isAll ? doubleSha256(concatBytes(...inputs.map((i) => u32Le(i.sequence)))) : ZEROS,
    outpointBytes(input.outpoint),
    compactSizeBytes(script.length),
    script,
    u64Le(valueSat),
    u32Le(input.sequence),
    doubleSha256(concatBytes(...signedOutputs.map(outputBytes))),
    u32Le(locktime),
    u32Le(SIGHASH[sighash]),
  );
}

function outpointBytes(outpoint: Outpoint): Uint8Array {
  const { txid, vout } = splitOutpoint(outpoint);
  return concatBytes(txidToBytes(txid), u32Le(vout));
}

function outputBytes({ valueSat, script }: TransactionOutput): Uint8Array {
  return concatBytes(u64Le(valueSat), compactSizeBytes(script.length), script);
}

function u32Le(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function u64Le(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}

/** Bitcoin's own length prefix, little-endian behind a mark. */
function compactSizeBytes(value: number): Uint8Array {
  if (value < 0xfd) return Uint8Array.of(value);
  if (value <= 0xffff) return Uint8Array.of(0xfd, value & 0xff, value >> 8);
  return concatBytes(Uint8Array.of(0xfe), u32Le(value));
}
