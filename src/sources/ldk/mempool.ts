/** Transactions waiting for a block, under the rules that matter here: conflicts, locktime, CSV. */
import type { Outpoint, Txid } from '../../lightning/ids.ts';
import { outpointOf, splitOutpoint } from '../../lightning/ids.ts';
import type { Transaction, TransactionOutput } from '../../lightning/transaction.ts';

/** BIP 65 and nLockTime: from here on a locktime is a time, below it a height. */
const LOCKTIME_IS_TIME = 500_000_000;
const FINAL_SEQUENCE = 0xffffffff;
/** BIP 68. */
const SEQUENCE_DISABLED = 0x80000000;
const SEQUENCE_IS_TIME = 1 << 22;
const SEQUENCE_MASK = 0xffff;

export interface ChainTransaction {
  readonly raw: Uint8Array;
  readonly parsed: Transaction;
}

export type Submission = 'accepted' | 'known' | 'input-missing' | 'conflict-pays-more';

/** What the mempool asks of the chain below it. */
export interface ConfirmedOutputs {
  output(
    outpoint: Outpoint,
  ): { readonly output: TransactionOutput; readonly height: number } | undefined;
}

export class Mempool {
  readonly #confirmed: ConfirmedOutputs;
  readonly #waiting = new Map<Txid, ChainTransaction>();
  readonly #spentBy = new Map<Outpoint, Txid>();

  constructor(confirmed: ConfirmedOutputs) {
    this.#confirmed = confirmed;
  }

  get size(): number {
    return this.#waiting.size;
  }

  has(txid: Txid): boolean {
    return this.#waiting.has(txid);
  }

  transactions(): readonly ChainTransaction[] {
    return [...this.#waiting.values()];
  }

  isSpent(outpoint: Outpoint): boolean {
    return this.#spentBy.has(outpoint);
  }

  /** A conflicting transaction takes another's place only with a higher fee (BIP 125, simplified). */
  submit(transaction: ChainTransaction): Submission {
    const { parsed } = transaction;
    if (this.#waiting.has(parsed.txid)) return 'known';
    const feeSat = this.#feeSat(parsed);
    if (feeSat === undefined) return 'input-missing';
    const rivals = new Set(
      parsed.inputs.flatMap(({ outpoint }) => this.#spentBy.get(outpoint) ?? []),
    );
    for (const rival of rivals) {
      const waiting = this.#waiting.get(rival);
      const rivalFeeSat = waiting === undefined ? 0n : (this.#feeSat(waiting.parsed) ?? 0n);
      if (rivalFeeSat >= feeSat) return 'conflict-pays-more';
    }
    for (const rival of rivals) this.remove(rival);
    this.#waiting.set(parsed.txid, transaction);
    for (const { outpoint } of parsed.inputs) this.#spentBy.set(outpoint, parsed.txid);
    return 'accepted';
  }

  /** What may go into the block of this height, parents before children. */
  takeReady(height: number): readonly ChainTransaction[] {
    const taken = new Map<Txid, ChainTransaction>();
    for (let progress = true; progress; ) {
      progress = false;
      for (const [txid, transaction] of this.#waiting) {
        if (taken.has(txid) || !this.#isReady(transaction.parsed, height, taken)) continue;
        taken.set(txid, transaction);
        progress = true;
      }
    }
    for (const txid of taken.keys()) this.#forget(txid);
    return [...taken.values()];
  }

  /** Takes out a transaction and whatever spends it. */
  remove(txid: Txid): void {
    const transaction = this.#waiting.get(txid);
    if (transaction === undefined) return;
    transaction.parsed.outputs.forEach((_output, vout) => {
      const child = this.#spentBy.get(outpointOf(txid, vout));
      if (child !== undefined) this.remove(child);
    });
    this.#forget(txid);
  }

  #forget(txid: Txid): void {
    for (const { outpoint } of this.#waiting.get(txid)?.parsed.inputs ?? []) {
      this.#spentBy.delete(outpoint);
    }
    this.#waiting.delete(txid);
  }

  #feeSat(transaction: Transaction): bigint | undefined {
    let feeSat = 0n;
    for (const { outpoint } of transaction.inputs) {
      const output = this.#confirmed.output(outpoint)?.output ?? this.#unconfirmedOutput(outpoint);
      if (output === undefined) return undefined;
      feeSat += output.valueSat;
    }
    for (const { valueSat } of transaction.outputs) feeSat -= valueSat;
    return feeSat;
  }

  #unconfirmedOutput(outpoint: Outpoint): TransactionOutput | undefined {
    const { txid, vout } = splitOutpoint(outpoint);
    return this.#waiting.get(txid)?.parsed.outputs[vout];
  }

  #isReady(
    transaction: Transaction,
    height: number,
    inSameBlock: ReadonlyMap<Txid, ChainTransaction>,
  ): boolean {
    const { locktime, inputs, version } = transaction;
    const isFinal =
      locktime < height ||
      locktime >= LOCKTIME_IS_TIME ||
      inputs.every(({ sequence }) => sequence === FINAL_SEQUENCE);
    if (!isFinal) return false;
    return inputs.every(({ outpoint, sequence }) => {
      const parentHeight =
        this.#confirmed.output(outpoint)?.height ??
        (inSameBlock.has(splitOutpoint(outpoint).txid) ? height : undefined);
      if (parentHeight === undefined) return false;
      const isRelative =
        version >= 2 && (sequence & SEQUENCE_DISABLED) === 0 && (sequence & SEQUENCE_IS_TIME) === 0;
      return !isRelative || parentHeight + (sequence & SEQUENCE_MASK) <= height;
    });
  }
}
