/**
 * A channel's balance sheet: what it began with, every movement, what it holds. There is no balancing row:
 * what is left over is unexplained, and says so.
 */
import { isWithin } from '../answers/merge-balance.ts';
import { bookedOpening } from './booked.ts';
import type { AccountedChannel } from './channel-facts.ts';

export interface BalanceSheet {
  readonly nodeId: string;
  readonly channelId: string;
  /** Our balance when the record begins: of the opening, or where the channel was adopted. */
  readonly openingMsat?: bigint;
  /** Settled HTLCs that our commitment has taken in, the forwards' among them. */
  readonly receivedMsat: bigint;
  readonly sentMsat: bigint;
  /** Offered and not ended: it is in no balance meanwhile. */
  readonly inFlightMsat: bigint;
  /** Our balance in the newest commitment of ours: of a closed channel, what left it with the close. */
  readonly closingMsat?: bigint;
  readonly unexplainedMsat?: bigint;
  /** What all of it is from: recorded HTLCs and commitments, or a source's own account of the channel. */
  readonly basis: 'recorded' | 'stated';
  /** True where movements before the record, or in its gaps, are missing from the sums. */
  readonly isAtLeast?: boolean;
  /** Told in whole satoshi: what is unexplained up to this is their rounding. */
  readonly roundingMsat?: bigint;
  readonly outcome: 'explained' | 'unexplained' | 'not-checkable';
  readonly whyNot?: string;
}

/** From what is recorded where that can be checked, or else from what a source states. */
export function balanceSheet(channel: AccountedChannel): BalanceSheet {
  const recorded = recordedSheet(channel);
  const { stated, isRefunded } = channel;
  if (recorded.outcome !== 'not-checkable' || stated === undefined || isRefunded) return recorded;
  const { openingMsat, receivedMsat, sentMsat, inFlightMsat, closingMsat, roundingMsat } = stated;
  const { nodeId, channelId } = recorded;
  const unexplainedMsat = closingMsat - (openingMsat + receivedMsat - sentMsat - inFlightMsat);
  return {
    nodeId,
    channelId,
    openingMsat,
    receivedMsat,
    sentMsat,
    inFlightMsat,
    closingMsat,
    unexplainedMsat,
    basis: 'stated',
    ...(roundingMsat > 0n && { roundingMsat }),
    outcome: isWithin(unexplainedMsat, 0n, roundingMsat) ? 'explained' : 'unexplained',
  };
}

function recordedSheet(channel: AccountedChannel): BalanceSheet {
  const { view, isRefunded } = channel;
  const { nodeId, channelId, local, localBalanceMsat, totals, precision } = view;
  const htlcs = (view.htlcs ?? []).filter(({ direction, id }) => local?.[direction].includes(id));
  let { receivedMsat, sentMsat } = totals;
  let inFlightMsat = 0n;
  for (const { direction, amountMsat, outcome } of htlcs) {
    // Told as settled by the other side's commitment or the chain, and not yet in ours.
    if (direction === 'received' && outcome === 'settled') receivedMsat -= amountMsat;
    // Told as failed there: ours still holds it.
    if (direction === 'offered' && outcome !== 'settled') inFlightMsat += amountMsat;
  }
  const openingMsat = openingOf(channel);
  const known = {
    nodeId,
    channelId,
    ...(openingMsat !== undefined && { openingMsat }),
    receivedMsat,
    sentMsat,
    inFlightMsat,
    ...(localBalanceMsat !== undefined && { closingMsat: localBalanceMsat }),
    basis: 'recorded' as const,
  };
  const notCheckable = (whyNot: string): BalanceSheet => {
    const { isAtLeast } = totals;
    return { ...known, ...(isAtLeast && { isAtLeast }), outcome: 'not-checkable', whyNot };
  };
  if (isRefunded) return notCheckable('its funding was replaced, which moves balances too');
  if (openingMsat === undefined) return notCheckable('what it began with is not known');
  if (localBalanceMsat === undefined) return notCheckable('its balance is not known');
  if (precision !== 'msat') return notCheckable('its balance is known to the satoshi only');
  const unexplainedMsat = localBalanceMsat - (openingMsat + receivedMsat - sentMsat - inFlightMsat);
  const outcome = unexplainedMsat === 0n ? 'explained' : 'unexplained';
  return { ...known, unexplainedMsat, outcome };
}

function openingOf(channel: AccountedChannel): bigint | undefined {
  const { opened, adopted } = channel;
  if (opened !== undefined) return opened.data.localBalanceMsat;
  const booked = bookedOpening(channel);
  if (booked !== undefined) return booked;
  const { localCommitment: first, htlcs = [] } = adopted?.data ?? {};
  if (first === undefined || first.precision !== 'msat') return undefined;
  const offered = htlcs.filter(({ direction, id }) => {
    return direction === 'offered' && first.offered.includes(id);
  });
  return offered.reduce((sum, { amountMsat }) => sum + amountMsat, first.localBalanceMsat);
}
