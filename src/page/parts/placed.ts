/** Times that were placed between others: shown as the span in which they lie. */
import type { TimeBounds } from '../../schema/time-bounds.ts';
import { time } from '../format.ts';

const DAY = '2021-03-04'.length;

/** `2021-03-04 – 2021-03-09`; to the second where both ends are of one day; `unknown` without a time. */
export function placed(at: string | undefined, bounds: TimeBounds | undefined): string {
  if (at === undefined || bounds === undefined) return time(at);
  const { notBefore, notAfter } = bounds;
  if (notBefore === undefined && notAfter === undefined) return `about ${time(at).slice(0, DAY)}`;
  if (notAfter === undefined) return `≥ ${time(notBefore).slice(0, DAY)}`;
  if (notBefore === undefined) return `≤ ${time(notAfter).slice(0, DAY)}`;
  const [from, to] = [time(notBefore), time(notAfter)];
  if (from === to) return from;
  if (from.slice(0, DAY) === to.slice(0, DAY)) return `${from} – ${to.slice(DAY + 1)}`;
  return `${from.slice(0, DAY)} – ${to.slice(0, DAY)}`;
}
