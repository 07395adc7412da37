/**
 * A close of which a source told only the height was placed by what its import knew. Here it gets the time
 * that all tellers together know of its block, and what was placed right behind it goes along. Pure.
 */
import type { ChannelRow, CloseRow, OutputRow } from '../../../projections/channel-row.ts';
import type { BlockTimes } from '../../lightning/block-times.ts';
import { atHeight, placedBehind, placedBy, type TimeTold, timeAs } from './merge-times.ts';
import { compareText, greatest } from './tellers.ts';

/** `blocks` is asked only where a time was placed whose height is told. */
export function datedClose(row: ChannelRow, blocks: () => BlockTimes): ChannelRow {
  const { close } = row;
  if (close === undefined || !isByHeight(close)) return row;
  const dated = closeDated(close, blocks());
  const { lastEventAt: _at, lastEventAtBounds: _bounds, ...rest } = row;
  return { ...rest, close: dated, ...lastEvent(row, close, dated) };
}

function isByHeight({ height, closedAtBounds, resolvedHeight, ...close }: CloseRow): boolean {
  return (
    (height !== undefined && closedAtBounds !== undefined) ||
    (resolvedHeight !== undefined && close.resolvedAtBounds !== undefined) ||
    close.outputs.some((output) => output.height !== undefined && output.atBounds !== undefined)
  );
}

function closeDated(close: CloseRow, blocks: BlockTimes): CloseRow {
  const { closedAt, closedAtBounds, resolvedAt, resolvedAtBounds, outputs, ...rest } = close;
  const { height, resolvedHeight } = rest;
  const timeOf = (block: number | undefined): TimeTold =>
    block === undefined ? { at: undefined, bounds: undefined } : atHeight(blocks, block);
  const placed = { at: closedAt, bounds: closedAtBounds };
  const closed = placedBy(placed, timeOf(height));
  const told = { at: resolvedAt, bounds: resolvedAtBounds };
  const resolved =
    resolvedHeight === undefined || resolvedHeight === height
      ? placedBehind(told, placed, closed)
      : placedBy(told, timeOf(resolvedHeight));
  return {
    ...rest,
    ...timeAs('closedAt', closed),
    ...timeAs('resolvedAt', resolved),
    outputs: outputs.map(({ at, atBounds, ...output }): OutputRow => {
      const claimed = { at, bounds: atBounds };
      const dated =
        output.height === undefined
          ? placedBehind(claimed, placed, closed)
          : placedBy(claimed, timeOf(output.height));
      return { ...output, ...timeAs('at', dated) };
    }),
  };
}

/** The row's last event, where that was of the close: it may be another now. */
function lastEvent(row: ChannelRow, before: CloseRow, dated: CloseRow) {
  const { lastEventAt, lastEventAtBounds } = row;
  const isOfClose = timesOf(before).some(({ at }) => at === lastEventAt);
  const last = { at: lastEventAt, bounds: lastEventAtBounds };
  const others = isOfClose ? otherTimes(row) : [last];
  const latest = greatest([...others, ...timesOf(dated)], (a, b) =>
    compareText(a.at ?? '', b.at ?? ''),
  );
  return timeAs('lastEventAt', latest ?? last);
}

function timesOf({ closedAt, closedAtBounds, resolvedAt, ...close }: CloseRow): TimeTold[] {
  return [
    { at: closedAt, bounds: closedAtBounds },
    { at: resolvedAt, bounds: close.resolvedAtBounds },
    ...close.outputs.map(({ at, atBounds }) => ({ at, bounds: atBounds })),
  ];
}

/** What else the row tells of when things were. */
function otherTimes(row: ChannelRow): readonly TimeTold[] {
  const { localPolicy, remotePolicy, close } = row;
  return [
    { at: row.openedAt, bounds: row.openedAtBounds },
    { at: row.readyAt, bounds: row.readyAtBounds },
    { at: row.balanceAt, bounds: row.balanceAtBounds },
    { at: close?.startedAt, bounds: close?.startedAtBounds },
    { at: localPolicy?.at, bounds: localPolicy?.atBounds },
    { at: remotePolicy?.at, bounds: remotePolicy?.atBounds },
    ...row.gaps.map(({ at, atBounds }) => ({ at, bounds: atBounds })),
  ];
}
