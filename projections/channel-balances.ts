/** Commitments and balances: what each end holds, and what is shown as the channel's balance. */
import type { ChannelEvent, ChannelEventData } from '../src/channel/events.ts';
import { addHtlc, findHtlc, pruneHtlcs } from './channel-htlcs.ts';
import type { CandidateRow, ChannelRow, CommitmentRow, HtlcRow } from './channel-row.ts';
import { setBalanceBounds } from './placed-times.ts';
import type { Handlers } from './projection.ts';

export const balanceHandlers: Handlers<ChannelRow, ChannelEvent> = {
  CommitmentUpdated(row, event) {
    commitmentUpdated(row, event.data, event.happenedAt);
    setBalanceBounds(row, event);
  },
  CommitmentRevoked(row, { data }) {
    if (data.side === 'local') row.localRevoked = data.number;
    else row.remoteRevoked = data.number;
  },
  BalanceObserved(row, event) {
    balanceObserved(row, event.data, event.happenedAt);
    setBalanceBounds(row, event);
  },
};

interface Shown {
  readonly localBalanceMsat: bigint;
  readonly remoteBalanceMsat: bigint;
  readonly precision: 'msat' | 'sat';
}

/** Sets what is shown: the newest local commitment's balances, or a snapshot's newer than that. */
export function showBalance(row: ChannelRow, shown: Shown, at: string): void {
  row.localBalanceMsat = shown.localBalanceMsat;
  row.remoteBalanceMsat = shown.remoteBalanceMsat;
  row.precision = shown.precision;
  row.balanceAt = at;
  if (row.unexplainedMsat !== undefined) delete row.unexplainedMsat;
}

function commitmentUpdated(
  row: ChannelRow,
  data: ChannelEventData<'CommitmentUpdated'>,
  at: string,
): void {
  const { side, fundingOutpoint, unknownHtlcs } = data;
  if (row.fundingOutpoint === undefined) {
    row.fundingOutpoint = fundingOutpoint;
    row.outpoints.unshift(fundingOutpoint);
  }
  const isActive = fundingOutpoint === row.fundingOutpoint;
  const holder: ChannelRow | CandidateRow | undefined = isActive
    ? row
    : row.candidates.find((candidate) => candidate.fundingOutpoint === fundingOutpoint);
  if (holder === undefined) return;
  if (unknownHtlcs !== undefined) {
    // Once the gap is filled, this is the first commitment that holds them.
    const isNext = (holder[side]?.number ?? -1) + 1 === data.number;
    for (const htlc of unknownHtlcs) {
      const isKnown = findHtlc(row, htlc.direction, htlc.id) !== undefined;
      addHtlc(row, htlc, isNext && !isKnown ? at : undefined);
    }
  }
  holder[side] = commitmentRow(data, at);
  if (isActive) {
    if (side === 'local') {
      showBalance(row, data, at);
      if (data.unexplainedMsat) row.unexplainedMsat = data.unexplainedMsat;
    }
    // BOLT 2: nothing is updated before both ends said channel_ready.
    const mayBeReady = row.status === 'pending' || row.status === 'unknown';
    if (mayBeReady && data.number > 0) row.status = 'open';
  }
  pruneHtlcs(row, isActive ? side : undefined);
}

function commitmentRow(data: ChannelEventData<'CommitmentUpdated'>, at: string): CommitmentRow {
  const { number, localBalanceMsat, remoteBalanceMsat, precision, feeratePerKw } = data;
  // In the schema's order, so that a row just folded and one read back print the same.
  return {
    number,
    localBalanceMsat,
    remoteBalanceMsat,
    precision,
    ...(feeratePerKw !== undefined && { feeratePerKw }),
    offered: data.offered,
    received: data.received,
    at,
  };
}

/** From a source that shows no commitments; beside commitments it only newly shows the balance. */
function balanceObserved(
  row: ChannelRow,
  data: ChannelEventData<'BalanceObserved'>,
  at: string,
): void {
  showBalance(row, data, at);
  if (data.unexplainedMsat !== 0n) row.unexplainedMsat = data.unexplainedMsat;
  if (data.totals !== undefined) {
    row.statedTotals = { ...data.totals };
    row.statedTotalsAt = at;
  }
  if (data.alias !== undefined && !row.shortChannelIds.includes(data.alias)) {
    row.shortChannelIds.push(data.alias);
  }
  if (row.status === 'unknown') row.status = 'open';
  if (row.local !== undefined || row.remote !== undefined) return;
  // Between two snapshots HTLCs come and go unseen.
  row.totals.isAtLeast = true;
  row.htlcs = data.htlcs.map(({ id, direction, amountMsat, cltvExpiry, forwardOf }): HtlcRow => {
    const known = row.htlcs.find((htlc) => htlc.id === id && htlc.direction === direction);
    return {
      id,
      direction,
      amountMsat,
      cltvExpiry,
      ...(forwardOf !== undefined && { forwardOf }),
      ...(known?.addedAt !== undefined && { addedAt: known.addedAt }),
    };
  });
}
