/**
 * Times as people read them, with what is not known of them: one that was placed between others is
 * shown with how far off it may be. Lengths are rounded up, so that the true time is never outside.
 */
import { parseTimeNs, secondFrom, timeNsOf } from './time.ts';
import type { TimeBounds } from './time-bounds.ts';

export interface PlacedGlyphs {
  readonly atLeast: string;
  readonly atMost: string;
  readonly plusMinus: string;
}

/** UTC to the second. */
const time = (at: string): string => at.slice(0, '2021-03-04T10:00:00'.length).replace('T', ' ');

const SECOND_NS = 1_000_000_000n;
/** The last length that is said in each unit: `100 min` is 2 h to nobody. */
const UNITS = [
  { name: 's', ns: SECOND_NS, most: 119n },
  { name: 'min', ns: 60n * SECOND_NS, most: 119n },
  { name: 'h', ns: 3_600n * SECOND_NS, most: 47n },
  { name: 'd', ns: 86_400n * SECOND_NS, most: undefined },
] as const;
/** From here on seconds say nothing. */
const COARSE_NS = 7_200n * SECOND_NS;

/**
 * `2021-03-04 10:00 ± 3 d`; `-1 d +9 d` where one side is twice as far as the other; `≥` and `≤` with
 * one bound alone, and `± ?` with none.
 */
export function placedTimeText(at: string, bounds: TimeBounds, glyphs: PlacedGlyphs): string {
  const { notBefore, notAfter } = bounds;
  if (notAfter === undefined) {
    return notBefore === undefined
      ? `${minute(at)} ${glyphs.plusMinus} ?`
      : `${glyphs.atLeast} ${time(notBefore)}`;
  }
  if (notBefore === undefined) return `${glyphs.atMost} ${time(secondFrom(notAfter))}`;
  const isCoarse = timeNsOf(notAfter) - timeNsOf(notBefore) >= COARSE_NS;
  const shown = isCoarse ? minute(at) : time(at);
  const shownNs = parseTimeNs(shown);
  const [before, after] = [shownNs - timeNsOf(notBefore), timeNsOf(notAfter) - shownNs];
  const [less, more] = before < after ? [before, after] : [after, before];
  if (less > 0n && more < 2n * less) return `${shown} ${glyphs.plusMinus} ${lengthText(more)}`;
  return `${shown} -${lengthText(before)} +${lengthText(after)}`;
}

function minute(at: string): string {
  return time(at).slice(0, '2021-03-04 10:00'.length);
}

/** `36 h`: never less than it is. */
export function lengthText(ns: bigint): string {
  return ns <= 0n ? '0' : lengthIn((unit) => (ns + unit - 1n) / unit);
}

/** The same, never more than it is. */
export function lengthBelow(ns: bigint): string {
  return ns < SECOND_NS ? '0' : lengthIn((unit) => ns / unit);
}

function lengthIn(numberOf: (unitNs: bigint) => bigint): string {
  for (const { name, ns, most } of UNITS) {
    const number = numberOf(ns);
    if (most === undefined || number <= most) return `${number} ${name}`;
  }
  return '';
}
