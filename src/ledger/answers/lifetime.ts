/**
 * What went through a channel in its life, as every answer shows it: counted from the recorded HTLCs where
 * they are all there, or else what a source states, and marked where even that may be short.
 */
import type { ChannelRow } from '../../../projections/channel-row.ts';
import type { Lifetime } from '../view-types.ts';

type Told = Pick<ChannelRow, 'totals' | 'statedTotals' | 'statedTotalsAt' | 'balanceAt'>;

/** What a node's forward events add up to for one of its channels. */
export interface ForwardedOver {
  readonly inMsat: bigint;
  readonly inCount: number;
  readonly outMsat: bigint;
  readonly outCount: number;
  readonly feeMsat: bigint;
  /** Of a forward what came in is not told; what went out, or its fee. */
  readonly isInAtLeast: boolean;
  readonly isOutAtLeast: boolean;
}

/**
 * Of one channel. Its forwards are told twice, by its own HTLCs and by the node: either may know of fewer,
 * and whoever counts more is shown.
 */
export function lifetimeOf(
  { totals, statedTotals, statedTotalsAt, balanceAt }: Told,
  forwarded?: ForwardedOver,
): Lifetime {
  const { isAtLeast } = totals;
  const isNodes = forwarded !== undefined && isMore(forwarded, totals);
  const forwardedMsat = isNodes ? forwarded.outMsat : totals.forwardedMsat;
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
    forwardedCount: isNodes ? forwarded.outCount : totals.forwardedCount,
    feesEarnedMsat: isNodes ? forwarded.feeMsat : totals.feesEarnedMsat,
    isForwardedAtLeast:
      isAtLeast || (isNodes ? forwarded.isOutAtLeast : totals.isFeesEarnedAtLeast === true),
  };
}

/** Of an HTLC it is not always known what came in for it, and so not what it earned. */
function isMore(
  { outCount, feeMsat, isOutAtLeast }: ForwardedOver,
  { forwardedCount, feesEarnedMsat, isFeesEarnedAtLeast = false }: Told['totals'],
): boolean {
  if (outCount !== forwardedCount) return outCount > forwardedCount;
  return feeMsat > feesEarnedMsat || (isFeesEarnedAtLeast && !isOutAtLeast);
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
    forwardedCount: all.reduce((total, one) => total + one.forwardedCount, 0),
    feesEarnedMsat: sum(({ feesEarnedMsat }) => feesEarnedMsat),
    isForwardedAtLeast: all.some(({ isForwardedAtLeast }) => isForwardedAtLeast),
  };
}
