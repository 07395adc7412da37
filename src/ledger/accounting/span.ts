/** Which entries lie in a span of time: by where they stand, and which may lie there by their bounds. Pure. */
import type { AccountingEntry } from './entry.ts';

/** RFC 3339 with nine decimals: the first moment that belongs to it, and the first that does not. */
export interface Span {
  readonly from: string | undefined;
  readonly to: string | undefined;
}

type Placed = Pick<AccountingEntry, 'at' | 'atBounds' | 'isAtLatest'>;

export function isIn({ at }: Pick<Placed, 'at'>, { from, to }: Span): boolean {
  return (from === undefined || at >= from) && (to === undefined || at < to);
}

/** It stands outside, and its time was not told: within its bounds it may belong to the span. */
export function mayBeIn(entry: Placed, span: Span): boolean {
  const { at, atBounds, isAtLatest = false } = entry;
  if (isIn(entry, span) || (atBounds === undefined && !isAtLatest)) return false;
  const { notBefore, notAfter = isAtLatest ? at : undefined } = atBounds ?? {};
  const { from, to } = span;
  const isPast = from !== undefined && notAfter !== undefined && notAfter < from;
  const isToCome = to !== undefined && notBefore !== undefined && notBefore >= to;
  return !isPast && !isToCome;
}
