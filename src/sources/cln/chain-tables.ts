/** `blocks`, `transactions` and `utxoset`: what the node's wallet kept of the chain. */
import type { Outpoint, Txid } from '../../lightning/ids.ts';
import { splitOutpoint, txidToBytes } from '../../lightning/ids.ts';
import type { Transaction } from '../../lightning/transaction.ts';
import type { Tally } from '../tally.ts';
import { type KeptTransaction, keptTransaction } from './bitcoin.ts';
import type { ChannelRecord } from './channel-record.ts';
import type { ForeignDatabase } from './database.ts';
import { type Row, txidColumn } from './row.ts';

export interface KeptSpend {
  readonly transaction: Transaction;
  readonly raw: string;
  readonly height: number | undefined;
}

/** As SQLite and bitcoind show a block's hash. */
export function blockHash(database: ForeignDatabase, height: number): string | undefined {
  if (!database.has('blocks')) return undefined;
  const sql = 'SELECT hash FROM main.blocks WHERE height = ?';
  return database.lookUp((row) => txidColumn(row, 'hash'), sql, height);
}

export function fundingTransaction(
  database: ForeignDatabase,
  { outpoint }: ChannelRecord,
): KeptTransaction | undefined {
  return transactionOf(database, splitOutpoint(outpoint).txid);
}

function transactionOf(database: ForeignDatabase, txid: Txid): KeptTransaction | undefined {
  if (!database.has('transactions')) return undefined;
  const sql = 'SELECT rawtx FROM main.transactions WHERE id = ?';
  const read = (row: Row) => {
    const bytes = row.bytes('rawtx');
    const kept = bytes && keptTransaction(bytes);
    return kept?.transaction.txid === txid ? kept : undefined;
  };
  return database.lookUp(read, sql, txidToBytes(txid));
}

/** A transaction's fee, where the wallet knows every output that it spends; they were its own, or others' that it saw. */
export function feeOf(
  database: ForeignDatabase,
  { inputs, outputs }: Transaction,
): bigint | undefined {
  let feeSat = 0n;
  for (const { outpoint } of inputs) {
    const spentSat = spentValue(database, outpoint);
    if (spentSat === undefined) return undefined;
    feeSat += spentSat;
  }
  for (const { valueSat } of outputs) feeSat -= valueSat;
  // No transaction makes money: what was read is no such output.
  return feeSat < 0n ? undefined : feeSat;
}

function spentValue(database: ForeignDatabase, outpoint: Outpoint): bigint | undefined {
  const { txid, vout } = splitOutpoint(outpoint);
  const kept = transactionOf(database, txid)?.transaction.outputs[vout];
  if (kept !== undefined) return kept.valueSat;
  if (!database.has('outputs')) return undefined;
  const sql = 'SELECT value FROM main.outputs WHERE prev_out_tx = ? AND prev_out_index = ?';
  return database.lookUp((row) => row.amount('value'), sql, txidToBytes(txid), vout);
}

/** The transactions in a block that spend a channel's funding, by that funding. All are looked at once. */
export function spendsOf(
  database: ForeignDatabase,
  channels: readonly ChannelRecord[],
  tally: Tally,
): ReadonlyMap<Outpoint, KeptSpend> {
  const spends = new Map<Outpoint, KeptSpend>();
  if (!database.has('transactions')) return spends;
  const fundings = new Set(channels.map(({ outpoint }) => outpoint));
  const sql = 'SELECT rawtx, blockheight FROM main.transactions ORDER BY id';
  let nth = 0;
  for (const row of database.rows(sql)) {
    nth++;
    try {
      const height = row.count('blockheight');
      const bytes = row.bytes('rawtx');
      if (bytes === undefined || height === undefined) continue;
      const kept = keptTransaction(bytes);
      const spent = kept.transaction.inputs.find(({ outpoint }) => fundings.has(outpoint));
      if (spent !== undefined) spends.set(spent.outpoint, { ...kept, height });
    } catch (cause) {
      tally.bad(`${database.file} transactions, record ${nth}`, reasonOf(cause));
    }
  }
  tally.read('transactions', nth);
  return spends;
}

/** The height at which an output was spent, where the transaction itself is not there. */
export function spendHeight(database: ForeignDatabase, outpoint: Outpoint): number | undefined {
  if (!database.has('utxoset')) return undefined;
  const { txid, vout } = splitOutpoint(outpoint);
  const sql = 'SELECT spendheight FROM main.utxoset WHERE txid = ? AND outnum = ?';
  return database.lookUp((row) => row.count('spendheight'), sql, txidToBytes(txid), vout);
}

/** What a parser said of a record; whatever else was thrown is no matter of the record's. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error) || cause.name === 'ImportError' || cause.name === 'AbortError') {
    throw cause;
  }
  return cause.message.slice(0, 300);
}
