/** A channel's history page by page. A page is found again by the entry it begins after. */
import type { HistoryPlace } from '../ledger/answers/last-places.ts';
import type { Span } from '../ledger/answers/span.ts';
import type { Query } from '../ledger/query.ts';
import type { HistoryEntry } from '../ledger/view-types.ts';
import { parseTimeNs } from '../schema/time.ts';
import { Refusal } from './problem.ts';
import type { ServedLedger } from './served-ledger.ts';

export const USUAL_PAGE = 100;
export const LARGEST_PAGE = 1000;

interface Paging {
  /** `next` of the page before. */
  readonly after: string | undefined;
  readonly limit: number;
  readonly showsSecrets: boolean;
  /** The newest first, each page older than the one before. */
  readonly isNewestFirst?: boolean;
}

export interface HistoryPage {
  readonly entries: readonly object[];
  /** Absent at the end. */
  readonly next?: string;
}

/**
 * What is recorded meanwhile takes its place in time: an entry that comes after the page's end is on a
 * later page, and no entry is on two.
 */
export function historyPage(
  ledger: ServedLedger,
  name: string,
  query: Query & Span & { readonly types?: readonly string[] },
  { after, limit, showsSecrets, isNewestFirst = false }: Paging,
): HistoryPage {
  const place = after === undefined ? undefined : placeOf(after);
  if (isNewestFirst) {
    const last = { count: limit + 1, ...(place && { before: place }) };
    const newest = [...ledger.history(name, { ...query, last })].reverse();
    const [page, more] = [newest.slice(0, limit), newest[limit]];
    const end = page.at(-1);
    return { entries: shown(page, showsSecrets), ...(more && end && { next: cursorOf(end) }) };
  }
  const entries: HistoryEntry[] = [];
  for (const entry of beyond(ledger.history(name, startingAt(query, place)), place)) {
    if (entries.length === limit) {
      const last = entries.at(-1);
      return { entries: shown(entries, showsSecrets), ...(last && { next: cursorOf(last) }) };
    }
    entries.push(entry);
  }
  return { entries: shown(entries, showsSecrets) };
}

/** What happened before the place need not be shown, only folded. */
function startingAt<Q extends Span>(query: Q, place: HistoryPlace | undefined): Q {
  if (place === undefined) return query;
  const atNs = parseTimeNs(place.at);
  const { fromNs } = query;
  return { ...query, fromNs: fromNs === undefined || fromNs < atNs ? atNs : fromNs };
}

/** Several entries may have the place's own time: those up to it were on the page before. */
function* beyond(
  entries: Iterable<HistoryEntry>,
  place: HistoryPlace | undefined,
): Generator<HistoryEntry> {
  let isBeyond = place === undefined;
  const ofThatTime: HistoryEntry[] = [];
  for (const entry of entries) {
    if (isBeyond || place === undefined) {
      yield entry;
      continue;
    }
    if (entry.at === place.at) {
      if (entry.stream === place.stream && entry.revision === place.revision) {
        isBeyond = true;
        ofThatTime.length = 0;
      } else ofThatTime.push(entry);
      continue;
    }
    isBeyond = true;
    // The place itself is not among them: its type is left out this time.
    yield* ofThatTime;
    yield entry;
  }
  if (!isBeyond) yield* ofThatTime;
}

function shown(entries: readonly HistoryEntry[], showsSecrets: boolean): readonly object[] {
  if (showsSecrets) return entries;
  return entries.map(withoutSecrets);
}

export function withoutSecrets(entry: HistoryEntry): object {
  return entry.sealed?.state === 'open' ? { ...entry, sealed: { state: 'sealed' } } : entry;
}

function cursorOf({ at, stream, revision }: HistoryEntry): string {
  return Buffer.from(JSON.stringify([at, stream, revision])).toString('base64url');
}

function placeOf(cursor: string): HistoryPlace {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(parsed)) {
      const [at, stream, revision]: unknown[] = parsed;
      if (typeof at === 'string' && typeof stream === 'string' && typeof revision === 'number') {
        parseTimeNs(at);
        return { at, stream, revision };
      }
    }
  } catch {
    // Whatever it is, it is none of ours.
  }
  throw new Refusal(400, 'after takes the text that "next" of the page before has');
}
