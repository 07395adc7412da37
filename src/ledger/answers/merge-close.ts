/** How a channel ended, from tellers that each saw a part of it. */
import type { ChannelRow, CloseRow, OutputRow } from '../../../projections/channel-row.ts';
import { reasonsOf, setReasons } from '../../../projections/close-reason.ts';
import { sweepFees } from '../../../projections/sweep-fees.ts';
import { bestTimeAs, narrowedBy, timeAs } from './merge-times.ts';
import { compareText, firstOf, greatest, groupedBy, present } from './tellers.ts';

/**
 * The teller who saw the closing transaction deepest leads; the others fill in what it left open, as
 * long as they speak of the same transaction. `rows` in source order.
 */
export function mergeClose(rows: readonly ChannelRow[]): CloseRow | undefined {
  const all = rows.flatMap((row) => row.close ?? []);
  const lead = greatest(all, compareKnowledge);
  if (lead === undefined || all.length === 1) return lead && inOneBlock(lead);
  const { closingTxid } = lead;
  const same = [lead, ...all.filter((c) => c !== lead && isSameClose(c, closingTxid))];
  const outputs = mergeOutputs(same);
  const kind = firstOf(same, (c) => known(c.kind)) ?? lead.kind;
  const initiator = firstOf(same, (c) => known(c.initiator)) ?? lead.initiator;
  return inOneBlock({
    ...mergeStart(all, kind),
    ...present({
      kind,
      initiator,
      closingTxid,
      commitmentNumber: firstOf(same, (c) => c.commitmentNumber),
      height: firstOf(same, (c) => c.height),
    }),
    ...bestTimeAs(
      'closedAt',
      same.map((c) => ({ at: c.closedAt, bounds: c.closedAtBounds })),
    ),
    ...present({
      feeSat: firstOf(same, (c) => c.feeSat),
      settledBalanceSat: firstOf(same, (c) => c.settledBalanceSat),
      timeLockedBalanceSat: firstOf(same, (c) => c.timeLockedBalanceSat),
      finalLocalBalanceMsat: firstOf(same, (c) => c.finalLocalBalanceMsat),
    }),
    outputs,
    ...sweepFees({ outputs, ...present({ kind, initiator }) }),
    ...bestTimeAs(
      'resolvedAt',
      same.map((c) => ({ at: c.resolvedAt, bounds: c.resolvedAtBounds })),
    ),
    ...present({ resolvedHeight: firstOf(same, (c) => c.resolvedHeight) }),
  });
}

/** Who gave up and why is known by the one that did, whoever saw the transaction. */
function mergeStart(all: readonly CloseRow[], kind: CloseRow['kind']): Partial<CloseRow> {
  const starts = [...all].sort((a, b) => startKnowledge(b) - startKnowledge(a));
  const started = starts.find((close) => startKnowledge(close) > 0);
  const why: CloseRow = { outputs: [], ...present({ kind }) };
  const told = starts.flatMap((close) => reasonsOf(close).map((reason) => ({ reason, close })));
  const decided = setReasons(
    why,
    told.map(({ reason }) => reason),
  );
  const teller = told.find(({ reason }) => reason === decided)?.close;
  const { reason, sourceReason, reasonAt, isReasonOvertaken, otherReasons } = why;
  return present({
    startedBy: known(teller?.startedBy) ?? started?.startedBy,
    reason,
    sourceReason,
    reasonAt,
    isReasonOvertaken,
    otherReasons,
    startedAt: started?.startedAt,
    startedAtBounds: started?.startedAtBounds,
  });
}

/** A close that left nothing to claim is resolved by its own block, which was found once. */
function inOneBlock(close: CloseRow): CloseRow {
  const { height, resolvedHeight, closedAt, resolvedAt, ...rest } = close;
  const isOne = height !== undefined && height === resolvedHeight;
  if (!isOne || closedAt === undefined || resolvedAt === undefined) return close;
  const { closedAtBounds, resolvedAtBounds, ...others } = rest;
  const closed = { at: closedAt, bounds: closedAtBounds };
  const resolved = { at: resolvedAt, bounds: resolvedAtBounds };
  return {
    ...others,
    height,
    resolvedHeight,
    ...timeAs('closedAt', narrowedBy(closed, resolved)),
    ...timeAs('resolvedAt', narrowedBy(resolved, closed)),
  };
}

function isSameClose(close: CloseRow, closingTxid: string | undefined): boolean {
  return close.closingTxid === undefined || close.closingTxid === closingTxid;
}

function compareKnowledge(a: CloseRow, b: CloseRow): number {
  return (
    Number(a.closingTxid !== undefined) - Number(b.closingTxid !== undefined) ||
    Number(a.height !== undefined) - Number(b.height !== undefined) ||
    claimed(a) - claimed(b) ||
    a.outputs.length - b.outputs.length ||
    compareText(a.closedAt ?? '', b.closedAt ?? '')
  );
}

const claimed = (close: CloseRow): number =>
  close.outputs.filter((output) => output.outcome !== undefined).length;

const known = <W extends string>(word: W | undefined): W | undefined =>
  word === 'unknown' ? undefined : word;

function startKnowledge({ startedBy, reason }: CloseRow): number {
  if (startedBy === undefined && reason === undefined) return 0;
  return 1 + Number(known(startedBy) !== undefined);
}

/** Each output once, as told by whoever followed it furthest; others may know better what it was. */
function mergeOutputs(closes: readonly CloseRow[]): OutputRow[] {
  const byOutpoint = groupedBy(
    closes.flatMap((close) => close.outputs),
    (output) => output.outpoint,
  );
  return [...byOutpoint.values()].flatMap((told) => {
    const best = greatest(told, (a, b) => progress(a) - progress(b) || detail(a) - detail(b));
    if (best === undefined) return [];
    const htlcId = best.htlcId ?? firstOf(told, (output) => output.htlcId);
    const what = known(best.what) ?? firstOf(told, (output) => known(output.what)) ?? best.what;
    const { at: _at, atBounds: _atBounds, ...claim } = best;
    const alike = told.filter((o) => o.outcome === best.outcome && o.stage === best.stage);
    const at = bestTimeAs(
      'at',
      [best, ...alike].map((o) => ({ at: o.at, bounds: o.atBounds })),
    );
    return { ...claim, what, ...(htlcId !== undefined && { htlcId }), ...at };
  });
}

function progress(output: OutputRow): number {
  if (output.outcome === undefined) return 0;
  return output.stage === 'last' ? 2 : 1;
}

function detail({ atBounds: _atBounds, ...output }: OutputRow): number {
  return Object.values(output).filter((value) => value !== undefined).length;
}
