/** Decisions about appends: what may share a call, and what became of one whose answer was lost. */
import { type AppendRequest, MAX_APPEND_BYTES, type NewEvent } from '../event-store.ts';
import { isSameEvent } from '../limits.ts';
import { clusterBytes } from './stored-form.ts';

type StoredAgain = Pick<NewEvent, 'id' | 'type' | 'data' | 'metadata'> & {
  readonly digest: Uint8Array;
};

export type Landed =
  | { readonly kind: 'landed'; readonly revision: number; readonly digest: Uint8Array }
  | { readonly kind: 'other' }
  | { readonly kind: 'nothing' };

const MOST_MERGED_EVENTS = 1000;

/** What the stream holds after the expected revision, against what was to be appended there. */
export function landedOf(
  events: readonly NewEvent[],
  stored: readonly StoredAgain[],
  expectedRevision: number,
): Landed {
  const last = stored[events.length - 1];
  if (stored.length === 0) return { kind: 'nothing' };
  const isSame = events.every((event, index) => isSameEvent(stored[index], event));
  if (!isSame || last === undefined) return { kind: 'other' };
  return { kind: 'landed', revision: expectedRevision + events.length, digest: last.digest };
}

/** How many of the requests on one stream, from the first on, follow each other and fit in one call. */
export function mergeable(requests: readonly AppendRequest[]): number {
  let count = 0;
  let events = 0;
  let bytes = 0;
  let next: number | undefined;
  for (const request of requests) {
    if (next !== undefined && request.expectedRevision !== next) break;
    events += request.events.length;
    for (const event of request.events) bytes += clusterBytes(event);
    if (count > 0 && (events > MOST_MERGED_EVENTS || bytes > MAX_APPEND_BYTES)) break;
    count++;
    next = request.expectedRevision + request.events.length;
  }
  return count;
}
