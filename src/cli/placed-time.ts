/**
 * Times as people read them, with what is not known of them: one that was placed between others is
 * shown with how far off it may be. Lengths are rounded up, so that the true time is never outside.
 */
import { parseTimeNs, secondFrom, timeNsOf } from '../schema/time.ts';
import type { TimeBounds } from '../schema/time-bounds.ts';
import { time } from './format.ts';
import type { Style } from './style.ts';

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
 * one bound alone, and `± ?` with none. `exact` shows a time without bounds.
 */
export function placedTime(
  at: string | undefined,
  bounds: TimeBounds | undefined,
  { glyphs }: Pick<Style, 'glyphs'>,
  exact: (at: string) => string = time,
): string {
  if (at === undefined) return '';
  if (bounds === undefined) return exact(at);
  const { notBefore, notAfter } = bounds;
  if (notBefore === undefined && notAfter === undefined) {
    return `${minute(at)} ${glyphs.plusMinus} ?`;
  }
  if (notAfter === undefined) return `${glyphs.atLeast} ${time(notBefore)}`;
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

function lengthText(ns: bigint): string {
  if (ns <= 0n) return '0';
  for (const { name, ns: unit, most } of UNITS) {
    const number = (ns + unit - 1n) / unit;
    if (most === undefined || number <= most) return `${number} ${name}`;
  }
  return '';
}
