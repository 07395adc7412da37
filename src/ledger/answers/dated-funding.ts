/**
 * A channel that was there when its record began is no older than the block of its funding, which its short
 * channel id names. Where the times of its facts were placed by what one import knew, they get the lower bound
 * that all tellers together know of that block. Pure.
 */
import type { ChannelRow } from '../../../projections/channel-row.ts';
import type { BlockTimes } from '../../lightning/block-times.ts';
import { FIRST_ALIAS_HEIGHT, ShortChannelId, splitShortChannelId } from '../../lightning/ids.ts';
import type { TimeBounds } from '../../schema/time-bounds.ts';
import { atHeight, isAtLatest, notBeforeBlock, type TimeTold, timeAs } from './merge-times.ts';
import { compareText, greatest, present } from './tellers.ts';

type Named = Pick<ChannelRow, 'isAdopted' | 'outpoints' | 'shortChannelId'>;

/**
 * The block before which nothing that was met of the channel was so. Undefined where no short id names one,
 * and after a splice, whose short id is another; a channel that was seen opening was told of before its block.
 */
export function fundingHeight({ isAdopted, outpoints, shortChannelId }: Named): number | undefined {
  if (!isAdopted || outpoints.length > 1 || shortChannelId === undefined) return undefined;
  const { blockHeight } = splitShortChannelId(ShortChannelId(shortChannelId));
  return blockHeight < FIRST_ALIAS_HEIGHT ? blockHeight : undefined;
}

/** `blocks` is asked only where a time was placed. */
export function datedFunding(row: ChannelRow, blocks: () => BlockTimes): ChannelRow {
  const { balanceAt, balanceAtBounds, lastEventAt, lastEventAtBounds } = row;
  const height = fundingHeight(row);
  if (height === undefined) return row;
  if (balanceAtBounds === undefined && lastEventAtBounds === undefined) return row;
  const block = atHeight(blocks(), height);
  const balance = notBeforeBlock({ at: balanceAt, bounds: balanceAtBounds }, block);
  const told = { at: lastEventAt, bounds: lastEventAtBounds };
  // A close has a block of its own.
  const isOfClose = row.close !== undefined && lastEventAt !== balanceAt;
  const last = isOfClose ? told : notBeforeBlock(told, block);
  const {
    balanceAt: _a,
    balanceAtBounds: _b,
    lastEventAt: _c,
    lastEventAtBounds: _d,
    ...rest
  } = row;
  const isStatedThen = row.statedTotalsAt !== undefined && row.statedTotalsAt === balanceAt;
  return {
    ...rest,
    ...timeAs('balanceAt', balance),
    ...(isStatedThen && balance.at !== undefined && { statedTotalsAt: balance.at }),
    ...timeAs('lastEventAt', later(last, balance)),
  };
}

/**
 * False as of a time before the place of the block that a channel's record begins with, as the node's tellers
 * date it, where only a time that was placed says otherwise. `blocks` is asked only of such rows.
 */
export function isThereBy(row: ChannelRow, timeNs: bigint, blocks: () => BlockTimes): boolean {
  if (row.lastEventAtBounds === undefined) return true;
  const height = metWithClose(row) ?? fundingHeight(row);
  return height === undefined || blocks().at(height).timeNs <= timeNs;
}

/** The block of a close that nothing of the channel was told before. */
function metWithClose({ isAdopted, close, ...row }: ChannelRow): number | undefined {
  const { balanceAt, localPolicy, remotePolicy } = row;
  if (!isAdopted || close?.closedAtBounds === undefined) return undefined;
  const isAlone =
    balanceAt === undefined && localPolicy === undefined && remotePolicy === undefined;
  return isAlone && close.startedAt === undefined ? close.height : undefined;
}

/**
 * When the funding of a channel that was met later was in its block, and no later than the channel was met.
 * Undefined where nothing dates the block, or nothing above it does and when it was met is told.
 */
export function fundingTime(
  named: Named,
  met: TimeTold,
  blocks: () => BlockTimes,
): { readonly at: string; readonly atBounds?: TimeBounds; readonly isAtLatest?: true } | undefined {
  const height = fundingHeight(named);
  if (height === undefined) return undefined;
  const { at, bounds } = atHeight(blocks(), height);
  if (at === undefined || bounds === undefined) return at === undefined ? undefined : { at };
  if (bounds.notBefore === undefined) return undefined;
  if (bounds.notAfter === undefined && met.bounds === undefined) return undefined;
  const atBounds = { ...present({ notAfter: met.bounds?.notAfter, ...bounds }) };
  const isLatest = bounds.notAfter === undefined && isAtLatest(met);
  return isLatest && met.at !== undefined
    ? { at: met.at, atBounds, isAtLatest: true }
    : { at, atBounds };
}

function later(a: TimeTold, b: TimeTold): TimeTold {
  const told = [a, b].filter(({ at }) => at !== undefined);
  return greatest(told, (x, y) => compareText(x.at ?? '', y.at ?? '')) ?? a;
}
