/** How a channel ends: who began, the closing transaction, and what became of its outputs. */
import type { ChannelEvent, ChannelEventData } from '../src/channel/events.ts';
import { type Outpoint, outpointOf, type Txid } from '../src/lightning/ids.ts';
import type { TimeBounds } from '../src/schema/time-bounds.ts';
import type { ChannelRow, CloseRow, OutputRow } from './channel-row.ts';
import { reasonsOf, setReasons } from './close-reason.ts';
import { setBounds } from './placed-times.ts';
import type { Handlers, ViewedEvent } from './projection.ts';
import { sweepFees } from './sweep-fees.ts';

export const closeHandlers: Handlers<ChannelRow, ChannelEvent> = {
  ShutdownStarted(row, event) {
    const { data } = event;
    const close = closeOf(row);
    started(close, event);
    if (close.startedBy === undefined) close.startedBy = data.by;
    beginClosing(row);
  },
  CloseStarted(row, event) {
    const { by, reason, sourceReason } = event.data;
    const close = closeOf(row);
    started(close, event);
    beginClosing(row);
    const told = {
      reason,
      ...(sourceReason !== undefined && { sourceReason }),
      at: event.happenedAt,
    };
    const isDeciding = setReasons(close, [...reasonsOf(close), told]) === told;
    const { startedBy = 'unknown' } = close;
    close.startedBy = by !== 'unknown' && (isDeciding || startedBy === 'unknown') ? by : startedBy;
  },
  ChannelClosed(row, { data, happenedAt, timeBounds }) {
    closed(row, data, happenedAt);
    setBounds(closeOf(row), 'closedAtBounds', timeBounds);
  },
  CloseUnconfirmed(row, { data }) {
    const { close } = row;
    if (close?.closingTxid !== undefined && close.closingTxid !== data.closingTxid) return;
    if (close !== undefined) row.close = onlyStarted(close);
    // It was broadcast, so it is on its way again.
    if (row.status === 'closed' || row.status === 'resolved') row.status = 'closing';
  },
  OutputResolved(row, { data, happenedAt, timeBounds }) {
    const close = closeOf(row);
    const output = close.outputs.find(({ outpoint }) => outpoint === data.outpoint);
    // Not of the closing transaction: what a first-stage claim left to be claimed again.
    if (output === undefined) close.outputs.push(resolved(data, happenedAt, timeBounds));
    else {
      // The witness that spends it may tell what its script hid.
      if (output.what === 'unknown') output.what = data.what;
      Object.assign(output, resolution(data, happenedAt));
      setBounds(output, 'atBounds', timeBounds);
    }
    updateSweepFees(close);
  },
  OutputUnconfirmed(row, { data }) {
    outputUnconfirmed(row, data);
  },
  ChannelFullyResolved(row, { data, happenedAt, timeBounds }) {
    const close = closeOf(row);
    if (data.isTimeUntold !== true) {
      close.resolvedAt = happenedAt;
      setBounds(close, 'resolvedAtBounds', timeBounds);
    }
    if (data.height !== undefined) close.resolvedHeight = data.height;
    row.status = 'resolved';
  },
};

/** The close, begun here if nothing was told of it before. */
function closeOf(row: ChannelRow): CloseRow {
  if (row.close === undefined) row.close = { outputs: [] };
  return row.close;
}

/** Who heard of it first says when it began. */
function started(close: CloseRow, { happenedAt, timeBounds }: ViewedEvent): void {
  if (close.startedAt !== undefined) return;
  close.startedAt = happenedAt;
  setBounds(close, 'startedAtBounds', timeBounds);
}

function beginClosing(row: ChannelRow): void {
  if (row.status !== 'closed' && row.status !== 'resolved') row.status = 'closing';
}

function closed(row: ChannelRow, data: ChannelEventData<'ChannelClosed'>, at: string): void {
  const { closingTxid, height, commitmentNumber, feeSat } = data;
  const close = closeOf(row);
  close.kind = data.kind;
  setReasons(close, reasonsOf(close));
  close.initiator = data.initiator;
  close.closedAt = at;
  if (closingTxid !== undefined) close.closingTxid = closingTxid;
  if (commitmentNumber !== undefined) close.commitmentNumber = commitmentNumber;
  if (height !== undefined) close.height = height;
  if (feeSat !== undefined) close.feeSat = feeSat;
  if (data.settledBalanceSat !== undefined) close.settledBalanceSat = data.settledBalanceSat;
  if (data.timeLockedBalanceSat !== undefined) {
    close.timeLockedBalanceSat = data.timeLockedBalanceSat;
  }
  if (data.finalLocalBalanceMsat !== undefined) {
    close.finalLocalBalanceMsat = data.finalLocalBalanceMsat;
  }
  if (closingTxid !== undefined) close.outputs = withOutputs(close.outputs, closingTxid, data);
  updateSweepFees(close);
  if (row.status !== 'resolved') row.status = 'closed';
}

/** The transaction's outputs in order, each with what was told of its claim already; then the rest. */
function withOutputs(
  known: readonly OutputRow[],
  closingTxid: Txid,
  { outputs }: ChannelEventData<'ChannelClosed'>,
): OutputRow[] {
  const own = outputs.map(({ index, valueSat, what, htlcId }): OutputRow => {
    const outpoint = outpointOf(closingTxid, index);
    const output: OutputRow = { outpoint, what, valueSat };
    if (htlcId !== undefined) output.htlcId = htlcId;
    return { ...known.find((other) => other.outpoint === outpoint), ...output };
  });
  const outpoints = new Set<Outpoint>(own.map(({ outpoint }) => outpoint));
  return [...own, ...known.filter(({ outpoint }) => !outpoints.has(outpoint))];
}

function onlyStarted(close: CloseRow): CloseRow {
  const { startedBy, startedAt, startedAtBounds } = close;
  const begun: CloseRow = {
    ...(startedBy !== undefined && { startedBy }),
    ...(startedAt !== undefined && { startedAt }),
    ...(startedAtBounds !== undefined && { startedAtBounds }),
    outputs: [],
  };
  setReasons(begun, reasonsOf(close));
  return begun;
}

function resolved(
  data: ChannelEventData<'OutputResolved'>,
  at: string,
  bounds: TimeBounds | undefined,
): OutputRow {
  const { outpoint, what, amountSat } = data;
  const output: OutputRow = { outpoint, what, valueSat: amountSat, ...resolution(data, at) };
  setBounds(output, 'atBounds', bounds);
  return output;
}

function resolution(data: ChannelEventData<'OutputResolved'>, at: string): Partial<OutputRow> {
  const { outcome, stage, sweepTxid, sweptSat, feeSat, height } = data;
  return {
    outcome,
    stage,
    ...(sweepTxid !== undefined && { sweepTxid }),
    ...(sweptSat !== undefined && { sweptSat }),
    ...(feeSat !== undefined && { feeSat }),
    ...(height !== undefined && { height }),
    at,
  };
}

function updateSweepFees(close: CloseRow): void {
  delete close.sweepFeesSat;
  delete close.isSweepFeesAtLeast;
  Object.assign(close, sweepFees(close));
}

function outputUnconfirmed(row: ChannelRow, data: ChannelEventData<'OutputUnconfirmed'>): void {
  const { close } = row;
  const output = close?.outputs.find(({ outpoint }) => outpoint === data.outpoint);
  if (close === undefined || output?.sweepTxid !== data.sweepTxid) return;
  const isOfClosing =
    close.closingTxid !== undefined && data.outpoint.startsWith(close.closingTxid);
  close.outputs = isOfClosing
    ? close.outputs.map((other) => (other.outpoint === data.outpoint ? unclaimed(other) : other))
    : close.outputs.filter(({ outpoint }) => outpoint !== data.outpoint);
  updateSweepFees(close);
  delete close.resolvedAt;
  delete close.resolvedAtBounds;
  delete close.resolvedHeight;
  if (row.status === 'resolved') row.status = 'closed';
}

function unclaimed({ outpoint, what, valueSat, htlcId }: OutputRow): OutputRow {
  return { outpoint, what, valueSat, ...(htlcId !== undefined && { htlcId }) };
}
