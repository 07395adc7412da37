/** A time as tables show it: one that was placed between others with how far off it may be. */
import { placedTimeText } from '../schema/placed-time.ts';
import type { TimeBounds } from '../schema/time-bounds.ts';
import { time } from './format.ts';
import type { Style } from './style.ts';

/** As `placedTimeText`; `exact` shows a time without bounds. Empty where there is none. */
export function placedTime(
  at: string | undefined,
  bounds: TimeBounds | undefined,
  { glyphs }: Pick<Style, 'glyphs'>,
  exact: (at: string) => string = time,
): string {
  if (at === undefined) return '';
  return bounds === undefined ? exact(at) : placedTimeText(at, bounds, glyphs);
}
