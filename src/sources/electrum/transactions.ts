/** What the wallet knows of transactions: their bytes, their blocks, which outputs are its own. */
import { bytesToHex, hexToBytes } from '../../lightning/bytes.ts';
import { parseTransaction, type Transaction } from '../../lightning/transaction.ts';
import { at } from './replay.ts';
import { isRecord } from './wallet-text.ts';

export interface BlockPlace {
  readonly height: number;
  readonly blockHash: string;
  /** The transaction's place in the block. */
  readonly txIndex: number;
  /** The block's time, nanoseconds since 1970. */
  readonly timeNs: bigint;
}

/** Beyond this a time of seconds is no time of this century's: the year 2100. */
const LAST_SECOND = 4_102_444_800;

/** Its bytes in hex, as Electrum has them with all witnesses; not looked into. */
export function rawTransactionOf(
  wallet: Record<string, unknown>,
  txid: string,
): string | undefined {
  const raw = at(wallet, ['transactions', txid]);
  return typeof raw === 'string' && /^(?:[0-9a-f]{2})+$/.test(raw) ? raw : undefined;
}

/** Undefined where it is not there whole (an unsigned one is kept as a PSBT) or is another one. */
export function transactionOf(
  wallet: Record<string, unknown>,
  txid: string,
): Transaction | undefined {
  const raw = rawTransactionOf(wallet, txid);
  if (raw === undefined) return undefined;
  try {
    const transaction = parseTransaction(hexToBytes(raw, 'transaction'));
    return transaction.txid === txid ? transaction : undefined;
  } catch {
    return undefined;
  }
}

/** Where Electrum verified it (SPV): height, block time, place in the block, block hash. */
export function blockOf(wallet: Record<string, unknown>, txid: string): BlockPlace | undefined {
  const found = at(wallet, ['verified_tx3', txid]);
  if (!Array.isArray(found)) return undefined;
  const [height, second, txIndex, blockHash]: unknown[] = found;
  const isHeight = isBelow(height, MOST_PLACES) && height > 0;
  const isHash = typeof blockHash === 'string' && /^[0-9a-f]{64}$/.test(blockHash);
  const timeNs = timeNsOfSecond(second);
  const isPlace = isBelow(txIndex, MOST_PLACES);
  if (!isHeight || !isHash || !isPlace || timeNs === undefined) return undefined;
  return { height, blockHash, txIndex, timeNs };
}

/** BOLT 7, short_channel_id: three bytes for each. */
const MOST_PLACES = 2 ** 24;

function isBelow(value: unknown, limit: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < limit;
}

export function timeNsOfSecond(second: unknown): bigint | undefined {
  const isTime =
    typeof second === 'number' &&
    Number.isSafeInteger(second) &&
    second > 0 &&
    second < LAST_SECOND;
  return isTime ? BigInt(second) * 1_000_000_000n : undefined;
}

/** What it cost, where all its inputs are the wallet's own; otherwise nobody knows what they held. */
export function ownFeeSat(
  wallet: Record<string, unknown>,
  { txid, inputs, outputs }: Transaction,
): bigint | undefined {
  const spent = new Map<string, bigint>();
  const byAddress = at(wallet, ['txi', txid]);
  for (const coins of Object.values(isRecord(byAddress) ? byAddress : {})) {
    for (const [outpoint, value] of Object.entries(isRecord(coins) ? coins : {})) {
      if (typeof value === 'number' && Number.isSafeInteger(value))
        spent.set(outpoint, BigInt(value));
    }
  }
  let feeSat = 0n;
  for (const { outpoint } of inputs) {
    const value = spent.get(outpoint);
    if (value === undefined) return undefined;
    feeSat += value;
  }
  for (const { valueSat } of outputs) feeSat -= valueSat;
  return feeSat < 0n ? undefined : feeSat;
}

/** Indexes of the outputs that pay an address of the wallet's seed. */
export function ownOutputs(wallet: Record<string, unknown>, txid: string): ReadonlySet<number> {
  const own = new Set<unknown>();
  for (const which of ['receiving', 'change']) {
    const list = at(wallet, ['addresses', which]);
    for (const address of Array.isArray(list) ? list : []) own.add(address);
  }
  const indexes = new Set<number>();
  const byAddress = at(wallet, ['txo', txid]);
  for (const [address, outputs] of Object.entries(isRecord(byAddress) ? byAddress : {})) {
    if (!own.has(address) || !isRecord(outputs)) continue;
    for (const index of Object.keys(outputs)) indexes.add(Number(index));
  }
  return indexes;
}

export const scriptsOf = ({ outputs }: Transaction): string[] =>
  outputs.map(({ script }) => bytesToHex(script));
