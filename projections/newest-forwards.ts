/**
 * A forward that one teller told more than once is counted once. lnd's older releases print its time in whole
 * seconds, later ones to the nanosecond, the newest its HTLCs as well: who imports a list again after an
 * upgrade has all of them. They are of one second and come in the order of time, so that only the newest
 * second is looked at.
 */
import { MSAT_PER_SAT } from '../src/lightning/amounts.ts';
import type { NewestForwardRow, NodeRow } from './node-row.ts';

export interface ForwardAmounts {
  readonly inMsat: bigint;
  readonly outMsat: bigint;
  readonly feeMsat: bigint;
}

interface Telling extends ForwardAmounts {
  /** What all tellings of the forward have: its channels, and what came in. */
  readonly name: string;
  readonly at: string;
  readonly hasHtlc: boolean;
}

/** What is to be added to the sums: nothing but a difference where the forward was told before. */
export interface ForwardAdded extends ForwardAmounts {
  readonly count: 0 | 1;
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
    row.newestForwards.push({ name, at, ...none, [by]: true, ...told });
    return { count: 1, ...told };
  }
  before[by] = true;
  const isBetter = by === 'byHtlc' || (by === 'byInstant' && !before.byHtlc);
  if (!isBetter) return { count: 0, inMsat: 0n, outMsat: 0n, feeMsat: 0n };
  const added: ForwardAdded = {
    count: 0,
    inMsat: told.inMsat - before.inMsat,
    outMsat: told.outMsat - before.outMsat,
    feeMsat: told.feeMsat - before.feeMsat,
  };
  Object.assign(before, told, { at });
  return added;
}

const isBySecond = ({ byInstant, byHtlc }: NewestForwardRow): boolean => !byInstant && !byHtlc;
