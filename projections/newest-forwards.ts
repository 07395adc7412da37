/**
 * A forward that one teller told more than once is counted once. lnd's older releases print its time in whole
 * seconds, later ones to the nanosecond, the newest its HTLCs as well: who imports a list again after an
 * upgrade has all of them. They are of one second and come in the order of time, so that only the newest
 * second is looked at.
 */
import { MSAT_PER_SAT } from '../src/lightning/amounts.ts';
import type { NewestForwardRow, NodeRow } from './node-row.ts';

/** As they are told: undefined where they are not. */
export interface ForwardAmounts {
  readonly inMsat: bigint | undefined;
  readonly outMsat: bigint | undefined;
  readonly feeMsat: bigint | undefined;
}

/** What is to be added to a sum, and to the number of those of which it was not told. */
export interface Added {
  readonly msat: bigint;
  readonly untold: number;
}

interface Telling extends ForwardAmounts {
  /** What all tellings of the forward have: its channels, and what came in. */
  readonly name: string;
  readonly at: string;
  readonly hasHtlc: boolean;
}

/** What is to be added to the sums: nothing but a difference where the forward was told before. */
export interface ForwardAdded {
  readonly count: 0 | 1;
  readonly in: Added;
  readonly out: Added;
  readonly fee: Added;
}

/** Older releases print whole satoshi. */
export function forwardName(
  from: string | undefined,
  to: string | undefined,
  amountInMsat: bigint | undefined,
): string {
  return [from, to, amountInMsat && amountInMsat / MSAT_PER_SAT].join();
}

const WHOLE_SECOND = '.000000000Z';
export const secondOf = (at: string): string => at.slice(0, -WHOLE_SECOND.length);
export const isWholeSecond = (at: string): boolean => at.endsWith(WHOLE_SECOND);

export function addForward(row: NodeRow, { name, at, hasHtlc, ...told }: Telling): ForwardAdded {
  row.newestForwards = row.newestForwards.filter(
    (one) => one.at === at || (isBySecond(one) && secondOf(one.at) === secondOf(at)),
  );
  const by = hasHtlc ? 'byHtlc' : isWholeSecond(at) ? 'bySecond' : 'byInstant';
  const alike = row.newestForwards.filter((one) => one.name === name && !one[by]);
  const before = alike.find((one) => one.at === at && !isBySecond(one)) ?? alike.find(isBySecond);
  if (before === undefined) {
    const none = { bySecond: false, byInstant: false, byHtlc: false };
    row.newestForwards.push({ name, at, ...none, [by]: true, ...toldOnly(told) });
    return { count: 1, ...addedBy((field) => newly(told[field])) };
  }
  before[by] = true;
  const isBetter = by === 'byHtlc' || (by === 'byInstant' && !before.byHtlc);
  if (!isBetter) return { count: 0, ...addedBy(() => NOTHING) };
  // What the better telling leaves out is known all the same.
  const added = addedBy((field) => {
    const [now, then] = [newly(told[field]), newly(before[field])];
    if (told[field] === undefined) return NOTHING;
    return { msat: now.msat - then.msat, untold: now.untold - then.untold };
  });
  Object.assign(before, toldOnly(told), { at });
  return { count: 0, ...added };
}

const NOTHING: Added = { msat: 0n, untold: 0 };

const newly = (msat: bigint | undefined): Added =>
  msat === undefined ? { msat: 0n, untold: 1 } : { msat, untold: 0 };

function addedBy(of: (field: keyof ForwardAmounts) => Added): Omit<ForwardAdded, 'count'> {
  return { in: of('inMsat'), out: of('outMsat'), fee: of('feeMsat') };
}

function toldOnly({ inMsat, outMsat, feeMsat }: ForwardAmounts) {
  return {
    ...(inMsat !== undefined && { inMsat }),
    ...(outMsat !== undefined && { outMsat }),
    ...(feeMsat !== undefined && { feeMsat }),
  };
}

const isBySecond = ({ byInstant, byHtlc }: NewestForwardRow): boolean => !byInstant && !byHtlc;
