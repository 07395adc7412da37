/** Which of the reasons that were told for a close is the one that decided it. Pure. */
import { reasonOf, saysAgreed, saysForced } from '../src/channel/close-reasons.ts';
import type { CloseReasonRow, CloseRow } from './channel-row.ts';

type Kind = CloseRow['kind'];

/** All that was told, the deciding one first. */
export function reasonsOf(close: CloseRow): readonly CloseReasonRow[] {
  const { reason, sourceReason, reasonAt, otherReasons = [] } = close;
  if (reason === undefined || reasonAt === undefined) return otherReasons;
  const first = { reason, ...(sourceReason !== undefined && { sourceReason }), at: reasonAt };
  return [first, ...otherReasons];
}

/** Returns the deciding one, which the close then has as its reason; undefined where none was told. */
export function setReasons(
  close: CloseRow,
  all: readonly CloseReasonRow[],
): CloseReasonRow | undefined {
  const decided = decidingReason(all, close.kind);
  delete close.sourceReason;
  delete close.isReasonOvertaken;
  delete close.otherReasons;
  if (decided === undefined) return undefined;
  const { reason, sourceReason, at } = decided;
  close.reason = reason;
  close.reasonAt = at;
  if (sourceReason !== undefined) close.sourceReason = sourceReason;
  if (isWish(decided) && isForceKind(close.kind)) close.isReasonOvertaken = true;
  const others = withoutRepeats(all, decided);
  if (others.length > 0) close.otherReasons = others;
  return decided;
}

/**
 * As a dossier's verdict takes them (src/ledger/forensics/verdict.ts): the earliest that names a cause. Where one
 * end gave up without the other, why somebody had wished an end by agreement counts only where nothing else is
 * told. Of one moment the first by what they say.
 */
export function decidingReason<R extends CloseReasonRow>(
  all: readonly R[],
  kind: Kind,
): R | undefined {
  const isForced =
    isForceKind(kind) ||
    (kind !== 'cooperative' && all.some((told) => saysForced(told.reason, told.sourceReason)));
  const weight = isForced ? weightOfForced : weightOfAgreed;
  return all.reduce<R | undefined>((best, told) => {
    if (best === undefined) return told;
    return (weight(told) - weight(best) || compareReasons(best, told)) > 0 ? told : best;
  }, undefined);
}

/** One that names a cause, one that says that it was forced, one in words that are not known, a wish. */
function weightOfForced(told: CloseReasonRow): number {
  if (isWish(told)) return 0;
  if (!saysForced(told.reason, told.sourceReason)) return 1;
  return 2 + weightOfAgreed(told);
}

function weightOfAgreed({ reason, sourceReason }: CloseReasonRow): number {
  return reasonOf(reason, sourceReason)?.cause === undefined ? 0 : 1;
}

function isWish({ reason, sourceReason }: CloseReasonRow): boolean {
  return saysAgreed(reason, sourceReason);
}

function isForceKind(kind: Kind): boolean {
  return kind === 'local-force' || kind === 'remote-force' || kind === 'breach';
}

/** In the order of time. What was said again in the same words stands where it was said first. */
function withoutRepeats(all: readonly CloseReasonRow[], decided: CloseReasonRow): CloseReasonRow[] {
  const others: CloseReasonRow[] = [];
  for (const told of [...all].sort(compareReasons)) {
    const isSaid = [decided, ...others].some((other) => areSameWords(other, told));
    if (!isSaid) others.push(told);
  }
  return others;
}

function areSameWords(a: CloseReasonRow, b: CloseReasonRow): boolean {
  return a.reason === b.reason && a.sourceReason === b.sourceReason;
}

export function compareReasons(a: CloseReasonRow, b: CloseReasonRow): number {
  return (
    compared(a.at, b.at) ||
    compared(a.reason, b.reason) ||
    compared(a.sourceReason ?? '', b.sourceReason ?? '')
  );
}

function compared(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
