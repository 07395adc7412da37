/**
 * Of all transactions in the files those that the ledger's channels are about: what funded them, what
 * closed them, and what claimed the outputs of that. Nothing else is kept, however large the files are.
 */

import { looksLikeCommitment } from '../../lightning/closing.ts';
import { type Outpoint, splitOutpoint, type Txid } from '../../lightning/ids.ts';
import { classifyWitness } from '../../lightning/scripts.ts';
import type { TransactionInput } from '../../lightning/transaction.ts';
import type { KnownChannel } from '../known.ts';
import type { BlockRecord, ChainRecord, TransactionRecord } from './chain-records.ts';

export class Found {
  readonly transactions = new Map<Txid, TransactionRecord>();
  readonly blocks = new Map<string, BlockRecord>();
  /** By the output that it spends. */
  readonly spends = new Map<Outpoint, TransactionRecord>();
  readonly #fundings = new Set<Outpoint>();
  readonly #fundingTxids = new Set<Txid>();
  /** Closing transactions, and second stages: what spends their outputs is looked for. */
  readonly #parents = new Set<Txid>();
  readonly #blockHashes = new Set<string>();
  readonly #indices = new Map<Txid, number>();

  constructor(channels: Iterable<KnownChannel>) {
    for (const { outpoints, closingTxid, outputs } of channels) {
      for (const outpoint of outpoints) {
        this.#fundings.add(outpoint);
        this.#fundingTxids.add(splitOutpoint(outpoint).txid);
      }
      if (closingTxid !== undefined) this.#parents.add(closingTxid);
      for (const { stage, sweepTxid } of outputs) {
        if (stage === 'first' && sweepTxid !== undefined) this.#parents.add(sweepTxid);
      }
    }
  }

  /** Grows while transactions are found whose outputs others may spend, told before them. */
  get parents(): number {
    return this.#parents.size;
  }

  takeTransaction(record: ChainRecord): void {
    if (record.kind !== 'transaction' || record.blockHash === undefined) return;
    const { txid, transaction, blockHash } = record;
    let isOfChannel = this.#fundingTxids.has(txid);
    for (const input of transaction.inputs) {
      if (!this.#isSpent(input)) continue;
      isOfChannel = true;
      if (!this.spends.has(input.outpoint)) this.spends.set(input.outpoint, record);
    }
    if (!isOfChannel) return;
    this.transactions.set(txid, merged(this.transactions.get(txid), record));
    this.#blockHashes.add(blockHash);
  }

  #isSpent({ outpoint, witness }: TransactionInput): boolean {
    const { txid } = splitOutpoint(outpoint);
    return this.#fundings.has(outpoint) || (this.#parents.has(txid) && witness.length > 0);
  }

  /** Marks the transactions whose outputs matter too, once all that are known were looked at. */
  follow(): void {
    for (const [outpoint, { txid, transaction }] of this.spends) {
      // What a cooperative close pays out is nobody's business any more.
      const isClose = this.#fundings.has(outpoint) && looksLikeCommitment(transaction);
      const input = transaction.inputs.find((one) => one.outpoint === outpoint);
      const isSecondStage = classifyWitness(input?.witness ?? []).htlc?.isSecondStage === true;
      if (isClose || isSecondStage) this.#parents.add(txid);
    }
  }

  /** A block in which one of the transactions is. */
  takeBlock(record: ChainRecord): void {
    if (record.kind !== 'block' || !this.#blockHashes.has(record.blockHash)) return;
    const { txids, ...header } = record;
    this.blocks.set(record.blockHash, header);
    for (const [index, txid] of (txids ?? []).entries()) {
      const known = typeof txid === 'string' ? this.transactions.get(txid as Txid) : undefined;
      if (known?.blockHash === record.blockHash) this.#indices.set(known.txid, index);
    }
  }

  /** Where the transaction stands in its block. */
  indexOf(txid: Txid): number | undefined {
    return this.#indices.get(txid);
  }
}

/** Told by Core and by lnd, each knows what the other does not. */
function merged(
  before: TransactionRecord | undefined,
  record: TransactionRecord,
): TransactionRecord {
  return before === undefined || before.blockHash !== record.blockHash
    ? record
    : { ...before, ...record, ...(before.feeSat !== undefined && { feeSat: before.feeSat }) };
}
