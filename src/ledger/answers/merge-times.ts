/** One time told by several: the best known is shown, with the bounds that it was placed between. */

import type { BlockTimes } from '../../lightning/block-times.ts';
import { timeNsOf, timeText } from '../../schema/time.ts';
import type { TimeBounds } from '../../schema/time-bounds.ts';
import { present } from './tellers.ts';

export interface TimeTold {
  readonly at: string | undefined;
  /** Of a time that was placed between others. */
  readonly bounds: TimeBounds | undefined;
}

/** A block's time may be two hours ahead of the clocks (Bitcoin Core, MAX_FUTURE_BLOCK_TIME). */
const CLOCK_TOLERANCE_NS = 2n * 3_600n * 1_000_000_000n;

/**
 * What a source told, or was recorded as it happened, before what was placed; of placed times the one
 * with the narrowest bounds. Of equally good ones the first. Undefined where nobody tells it.
 */
export function bestTime<T extends TimeTold>(told: readonly T[]): T | undefined {
  let best: T | undefined;
  for (const one of told) {
    if (one.at === undefined) continue;
    if (best === undefined || isBetterKnown(one, best)) best = one;
  }
  return best;
}

/** The fields of a row that show it: the time by its name, and its bounds. */
export function bestTimeAs<Name extends string>(
  name: Name,
  told: readonly TimeTold[],
): { [Field in Name]?: string } & { [Field in `${Name}Bounds`]?: TimeBounds } {
  const best = bestTime(told);
  return timeAs(name, best ?? { at: undefined, bounds: undefined });
}

/** A time by its name, and its bounds. */
export function timeAs<Name extends string>(
  name: Name,
  { at, bounds }: TimeTold,
): { [Field in Name]?: string } & { [Field in `${Name}Bounds`]?: TimeBounds } {
  return {
    ...(at !== undefined && { [name]: at }),
    ...(bounds !== undefined && { [`${name}Bounds`]: bounds }),
  } as { [Field in Name]?: string } & { [Field in `${Name}Bounds`]?: TimeBounds };
}

/**
 * A placed time with what is known of another of the same moment: that one where it was told, else the
 * bounds that both leave. Bounds that contradict each other narrow nothing.
 */
export function narrowedBy(time: TimeTold, other: TimeTold): TimeTold {
  if (time.at === undefined || time.bounds === undefined || other.at === undefined) return time;
  if (other.bounds === undefined) return other;
  return within(
    time.at,
    {
      notBefore: later(time.bounds.notBefore, other.bounds.notBefore),
      notAfter: earlier(time.bounds.notAfter, other.bounds.notAfter),
    },
    time,
  );
}

/**
 * A placed time with what others know of its block: the block's own time, else a place between the bounds that
 * both leave. What adds nothing to its bounds leaves it where it is.
 */
export function placedBy(time: TimeTold, block: TimeTold): TimeTold {
  if (time.at === undefined || time.bounds === undefined || block.at === undefined) return time;
  if (block.bounds === undefined) return block;
  const notBefore = later(time.bounds.notBefore, block.bounds.notBefore);
  const notAfter = earlier(time.bounds.notAfter, block.bounds.notAfter);
  const { bounds } = time;
  if (notBefore === bounds.notBefore && notAfter === bounds.notAfter) return time;
  const at = staysAtLatest(time, block) ? time.at : block.at;
  return within(at, { notBefore, notAfter }, time);
}

/** True of a time at its own upper bound: it was so by then, and when before that nobody told. */
export function isAtLatest({ at, bounds }: TimeTold): boolean {
  return at !== undefined && at === bounds?.notAfter;
}

/** A block that nothing above it dates stands at its lower bound, which says less than that. */
function staysAtLatest(time: TimeTold, { bounds }: TimeTold): boolean {
  return isAtLatest(time) && bounds !== undefined && bounds.notAfter === undefined;
}

/**
 * A placed time of what was there once a block was: at the block where nothing places it later. How far it was
 * put behind the block says only in which order facts were found.
 */
export function notBeforeBlock(time: TimeTold, block: TimeTold): TimeTold {
  if (time.at === undefined || time.bounds === undefined || block.at === undefined) return time;
  const notBefore = block.bounds === undefined ? block.at : block.bounds.notBefore;
  const { notBefore: known, notAfter } = time.bounds;
  if (notBefore === undefined || (known !== undefined && known > notBefore)) return time;
  const at = staysAtLatest(time, block) ? time.at : block.at;
  return within(at, { notBefore, notAfter }, time);
}

/** When a block was found, as it is shown. */
export function atHeight(blocks: BlockTimes, height: number): TimeTold {
  const { timeNs, isExact, notBeforeNs, notAfterNs } = blocks.at(height);
  const text = (ns: bigint | undefined) => (ns === undefined ? undefined : timeText(ns));
  if (isExact) return { at: timeText(timeNs), bounds: undefined };
  const bounds = present({ notBefore: text(notBeforeNs), notAfter: text(notAfterNs) });
  return { at: timeText(timeNs), bounds };
}

/** A time that was placed right behind another, where that one stands elsewhere now: so far behind as before. */
export function placedBehind(time: TimeTold, before: TimeTold, now: TimeTold): TimeTold {
  const { at, bounds } = time;
  if (at === undefined || bounds === undefined) return time;
  if (before.at === undefined || now.at === undefined || at < before.at) return time;
  const movedNs = timeNsOf(at) - timeNsOf(before.at) + timeNsOf(now.at);
  const earliest = now.bounds === undefined ? now.at : now.bounds.notBefore;
  const notBefore = later(bounds.notBefore, earliest);
  return within(timeText(movedNs), { notBefore, notAfter: bounds.notAfter }, time);
}

/** The time within narrower bounds, moved to the nearer one where it lies outside. */
function within(
  at: string,
  { notBefore, notAfter: end }: { notBefore: string | undefined; notAfter: string | undefined },
  otherwise: TimeTold,
): TimeTold {
  if (notBefore !== undefined && end !== undefined && notBefore > end) return otherwise;
  const placed = notBefore !== undefined && at < notBefore ? notBefore : at;
  return {
    at: end !== undefined && placed > end ? end : placed,
    bounds: present({ notBefore, notAfter: end }),
  };
}

const later = (a: string | undefined, b: string | undefined) =>
  a === undefined || (b !== undefined && b > a) ? b : a;

const earlier = (a: string | undefined, b: string | undefined) =>
  a === undefined || (b !== undefined && b < a) ? b : a;

function isBetterKnown(a: TimeTold, b: TimeTold): boolean {
  const [left, right] = [vagueness(a), vagueness(b)];
  if (left.kind !== right.kind) return left.kind < right.kind;
  return left.widthNs < right.widthNs;
}

/** 0: told. 1: between two bounds. 2: one bound. 3: none. */
function vagueness({ bounds }: TimeTold): { readonly kind: number; readonly widthNs: bigint } {
  if (bounds === undefined) return { kind: 0, widthNs: 0n };
  const { notBefore, notAfter } = bounds;
  if (notBefore === undefined || notAfter === undefined) {
    return { kind: notBefore === notAfter ? 3 : 2, widthNs: 0n };
  }
  return { kind: 1, widthNs: timeNsOf(notAfter) - timeNsOf(notBefore) };
}

/** When it was at the earliest and at the latest, as this teller has it. */
export interface Span {
  readonly fromNs: bigint | undefined;
  readonly toNs: bigint | undefined;
  readonly isPlaced: boolean;
}

export function spanOfTime(at: string, bounds: TimeBounds | undefined): Span {
  const ns = (text: string | undefined) => (text === undefined ? undefined : timeNsOf(text));
  if (bounds === undefined) return { fromNs: timeNsOf(at), toNs: timeNsOf(at), isPlaced: false };
  return { fromNs: ns(bounds.notBefore), toNs: ns(bounds.notAfter), isPlaced: true };
}

/**
 * Times that cannot both be right. Of two that were told neither is called wrong: a recorder hears of
 * things after they happened, and a source may tell another moment of the same.
 */
export function areApart(a: Span, b: Span): boolean {
  if (!a.isPlaced && !b.isPlaced) return false;
  return isBefore(a, b) || isBefore(b, a);
}

function isBefore({ toNs }: Span, { fromNs }: Span): boolean {
  return toNs !== undefined && fromNs !== undefined && toNs + CLOCK_TOLERANCE_NS < fromNs;
}
