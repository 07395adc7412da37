/**
 * What went through a channel in its life, as every answer shows it: counted from the recorded HTLCs where
 * they are all there, or else what a source states, and marked where even that may be short.
 */
import type { ChannelRow } from '../../../projections/channel-row.ts';
import type { Lifetime } from '../view-types.ts';

type Told = Pick<ChannelRow, 'totals' | 'statedTotals' | 'statedTotalsAt' | 'balanceAt'>;

/** Of one channel. */
export function lifetimeOf({ totals, statedTotals, statedTotalsAt, balanceAt }: Told): Lifetime {
  const { isAtLeast, forwardedMsat, feesEarnedMsat } = totals;
  // A balance that is newer than the totals may have moved on from them.
  const isOutdated = (balanceAt ?? '') > (statedTotalsAt ?? '');
  const total = (countedMsat: bigint, statedMsat: bigint | undefined) => {
    const isStated = isAtLeast && statedMsat !== undefined && statedMsat >= countedMsat;
    return isStated
      ? { msat: statedMsat, isAtLeast: isOutdated }
      : { msat: countedMsat, isAtLeast };
  };
  const sent = total(totals.sentMsat, statedTotals?.sentMsat);
  const received = total(totals.receivedMsat, statedTotals?.receivedMsat);
  return {
    sentMsat: sent.msat,
    isSentAtLeast: sent.isAtLeast,
    receivedMsat: received.msat,
    isReceivedAtLeast: received.isAtLeast,
    forwardedMsat,
    feesEarnedMsat,
    isForwardedAtLeast: isAtLeast,
  };
}

/** Of several channels: one sum that may be short makes theirs so. */
export function lifetimeSum(all: readonly Lifetime[]): Lifetime {
  const sum = (amount: (one: Lifetime) => bigint) =>
    all.reduce((total, one) => total + amount(one), 0n);
  return {
    sentMsat: sum(({ sentMsat }) => sentMsat),
    isSentAtLeast: all.some(({ isSentAtLeast }) => isSentAtLeast),
    receivedMsat: sum(({ receivedMsat }) => receivedMsat),
    isReceivedAtLeast: all.some(({ isReceivedAtLeast }) => isReceivedAtLeast),
    forwardedMsat: sum(({ forwardedMsat }) => forwardedMsat),
    feesEarnedMsat: sum(({ feesEarnedMsat }) => feesEarnedMsat),
    isForwardedAtLeast: all.some(({ isForwardedAtLeast }) => isForwardedAtLeast),
  };
}
