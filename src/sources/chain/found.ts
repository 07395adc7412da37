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
  readonly blocks = new Map<string, BlockRecord>();
  /** Each transaction once for each block that it was told in: all but one of them left the chain. */
  readonly #transactions = new Map<Txid, Map<string, TransactionRecord>>();
  /** By the output that they spend. */
  readonly #spends = new Map<Outpoint, Set<Txid>>();
  readonly #leftBlocks = new Set<string>();
  readonly #fundings = new Set<Outpoint>();
  readonly #fundingTxids = new Set<Txid>();
  /** Closing transactions, and second stages: what spends their outputs is looked for. */
  readonly #parents = new Set<Txid>();
  readonly #blockHashes = new Set<string>();
  /** By transaction and block. */
  readonly #indices = new Map<string, number>();

  /** `toldBlocks`: in which earlier imports told transactions; they may have left the chain since. */
  constructor(channels: Iterable<KnownChannel>, toldBlocks: Iterable<string>) {
    for (const blockHash of toldBlocks) this.#blockHashes.add(blockHash);
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
      const spends = this.#spends.get(input.outpoint);
      if (spends === undefined) this.#spends.set(input.outpoint, new Set([txid]));
      else spends.add(txid);
    }
    if (!isOfChannel) return;
    const inBlocks = this.#transactions.get(txid) ?? new Map<string, TransactionRecord>();
    inBlocks.set(blockHash, merged(inBlocks.get(blockHash), record));
    this.#transactions.set(txid, inBlocks);
    this.#blockHashes.add(blockHash);
    if (record.isBlockLeft) this.#leftBlocks.add(blockHash);
  }

  has(txid: Txid): boolean {
    return this.#transactions.has(txid);
  }

  /** Once for each block that it was told in. */
  transactions(txid: Txid): readonly TransactionRecord[] {
    return [...(this.#transactions.get(txid)?.values() ?? [])];
  }

  /** All that spend it, each in each block that it was told in. */
  spends(outpoint: Outpoint): readonly TransactionRecord[] {
    return [...(this.#spends.get(outpoint) ?? [])].flatMap((txid) => this.transactions(txid));
  }

  /** Some record says that it is no longer part of the chain: that was told after what says it is. */
  hasLeft(blockHash: string): boolean {
    return this.#leftBlocks.has(blockHash);
  }

  #isSpent({ outpoint, witness }: TransactionInput): boolean {
    const { txid } = splitOutpoint(outpoint);
    return this.#fundings.has(outpoint) || (this.#parents.has(txid) && witness.length > 0);
  }

  /** Marks the transactions whose outputs matter too, once all that are known were looked at. */
  follow(): void {
    for (const outpoint of this.#spends.keys()) {
      for (const { txid, transaction } of this.spends(outpoint)) {
        // What a cooperative close pays out is nobody's business any more.
        const isClose = this.#fundings.has(outpoint) && looksLikeCommitment(transaction);
        const input = transaction.inputs.find((one) => one.outpoint === outpoint);
        const isSecondStage = classifyWitness(input?.witness ?? []).htlc?.isSecondStage === true;
        if (isClose || isSecondStage) this.#parents.add(txid);
      }
    }
  }

  /** A block in which one of the transactions is, or was told to be. */
  takeBlock(record: ChainRecord): void {
    if (record.kind !== 'block' || !this.#blockHashes.has(record.blockHash)) return;
    const { txids, ...header } = record;
    const { blockHash } = record;
    this.blocks.set(blockHash, header);
    if (!record.isInChain) this.#leftBlocks.add(blockHash);
    for (const [index, txid] of (txids ?? []).entries()) {
      if (typeof txid === 'string' && this.#transactions.get(txid as Txid)?.has(blockHash)) {
        this.#indices.set(`${txid} ${blockHash}`, index);
      }
    }
  }

  /** Where the transaction stands in the block. */
  indexOf(txid: Txid, blockHash: string): number | undefined {
    return this.#indices.get(`${txid} ${blockHash}`);
  }
}

/** Told by Core and by lnd, each knows what the other does not; a fee that Core told was checked. */
function merged(
  before: TransactionRecord | undefined,
  record: TransactionRecord,
): TransactionRecord {
  if (before === undefined) return record;
  const [worse, better] =
    record.feeSat === undefined || (before.feeSat !== undefined && before.from === CORE)
      ? [record, before]
      : [before, record];
  return { ...worse, ...better };
}

const CORE = 'getrawtransaction';
