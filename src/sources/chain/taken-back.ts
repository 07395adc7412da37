/** What was told of a channel and is no longer so: its block left the chain, or another transaction stands there. */
import { type Outpoint, splitOutpoint, type Txid } from '../../lightning/ids.ts';
import type { Standing } from './standing.ts';
import { CLOSE, stepOf, type ToldBefore, type ToldConfirmation, thingOf } from './told.ts';

/** Behind all that one block holds of a channel: see `stepOf`, and the end of a close. */
const BEHIND_BLOCK_NS = 4n;

export interface Now {
  readonly fundingOf: (outpoint: Outpoint) => Standing | undefined;
  readonly close: Standing | undefined;
  readonly claimOf: (outpoint: Outpoint) => Standing | undefined;
  readonly isTakenBack: (told: ToldConfirmation, standing: Standing | undefined) => boolean;
}

/** When a block left is told by nobody: what was in it is taken back right behind what it held. */
export class TakenBack {
  readonly #before: ToldBefore;
  readonly #at = new Map<ToldConfirmation, bigint>();

  constructor(before: ToldBefore, now: Now) {
    this.#before = before;
    for (const [outpoint, funding] of before.fundings) {
      if (now.isTakenBack(funding, now.fundingOf(outpoint))) this.#add(funding);
    }
    /** Transactions that others took the place of: nothing that spends them is in the chain. */
    const replaced = new Set<Txid>();
    const { close } = before;
    if (close !== undefined && now.isTakenBack(close, now.close)) {
      this.#add(close);
      if (isOther(now.close, close)) replaced.add(close.txid);
    }
    for (const claim of [...before.claims.values()].sort(inOrderOfLife)) {
      const { outpoint } = claim.fact.data;
      const standing = now.claimOf(outpoint);
      const isOrphan = replaced.has(splitOutpoint(outpoint).txid);
      if (!isOrphan && !now.isTakenBack(claim, standing)) continue;
      this.#add(claim);
      if (isOrphan || isOther(standing, claim)) replaced.add(claim.txid);
    }
  }

  has(told: ToldConfirmation): boolean {
    return this.#at.has(told);
  }

  /** The last time that it was taken back, now or before: what is told of it now stands behind that. */
  endOf(thing: string): bigint {
    let endNs = this.#before.undoneNs(thing);
    for (const [told, atNs] of this.#at) {
      if (thingOf(told.fact) === thing && atNs > endNs) endNs = atNs;
    }
    return endNs;
  }

  /** Of all of the close, now or before: its end stands behind that. */
  get lastNs(): bigint {
    const now = [...this.#at].flatMap(([{ fact }, atNs]) =>
      fact.type === 'FundingConfirmed' ? [] : atNs,
    );
    return now.reduce((last, ns) => (ns > last ? ns : last), this.#before.lastUndoneNs);
  }

  /** The end of the close was told, and is another one now: a claim is taken back behind it, so that it is told anew. */
  reachBehind(resolvedNs: bigint): void {
    const claims = [...this.#at.keys()].filter(({ fact }) => fact.type === 'OutputResolved');
    const last = claims.sort(inOrderOfLife).at(-1);
    if (last !== undefined && !this.isBehind(resolvedNs)) this.#at.set(last, resolvedNs + 1n);
  }

  /** Something of the close is taken back later than that. */
  isBehind(resolvedNs: bigint): boolean {
    return this.lastNs > resolvedNs;
  }

  /** By time; of one block the last in its life first. */
  all(): readonly (readonly [told: ToldConfirmation, atNs: bigint])[] {
    return [...this.#at].sort(([a, atA], [b, atB]) =>
      atA === atB ? inOrderOfLife(b, a) : atA < atB ? -1 : 1,
    );
  }

  #add(told: ToldConfirmation): void {
    this.#at.set(told, told.baseNs + BEHIND_BLOCK_NS);
  }
}

function isOther(standing: Standing | undefined, told: ToldConfirmation): boolean {
  return standing?.place !== undefined && standing.txid !== told.txid;
}

function inOrderOfLife(a: ToldConfirmation, b: ToldConfirmation): number {
  if (a.baseNs !== b.baseNs) return a.baseNs < b.baseNs ? -1 : 1;
  return rank(a) - rank(b);
}

function rank({ fact }: ToldConfirmation): number {
  if (fact.type === 'FundingConfirmed') return -1;
  return thingOf(fact) === CLOSE ? 0 : Number(stepOf(fact));
}
