/** The places of a channel's newest entries, found from the ends of its streams: the rest is not read. */
import type { LocalStore, StoredEvent } from '../../store/event-store.ts';
import { happenedAtOf } from '../event-times.ts';
import type { Query } from '../query.ts';
import { mergedInTime } from './in-time.ts';
import { eventsFromLast } from './window.ts';

/** Where an entry stands in the order of all tellers. */
export interface HistoryPlace {
  readonly at: string;
  readonly stream: string;
  readonly revision: number;
}

interface Last {
  readonly isShown: (event: StoredEvent, at: string) => boolean;
  /** Only so many, the newest of those that come before a place in the order. */
  readonly count: number;
  readonly before?: HistoryPlace;
}

/** The revisions of these entries, by stream. */
export function lastPlaces(
  store: LocalStore,
  streams: readonly string[],
  query: Query,
  last: Last,
): ReadonlyMap<string, ReadonlySet<number>> {
  const { count, before } = last;
  const places = [
    ...mergedInTime(streams.map((stream) => lastOfStream(store, stream, query, last).values())),
  ];
  const found = places.findIndex(
    ({ stream, revision }) => stream === before?.stream && revision === before.revision,
  );
  const end = found === -1 ? placesBefore(places, before) : found;
  const byStream = new Map<string, Set<number>>();
  for (const { stream, revision } of places.slice(Math.max(0, end - count), end)) {
    const revisions = byStream.get(stream) ?? new Set();
    byStream.set(stream, revisions.add(revision));
  }
  return byStream;
}

/** As many of one stream as may be among the last of all, in order; beside them those of the place's own time. */
function lastOfStream(
  store: LocalStore,
  stream: string,
  query: Query,
  { isShown, count, before }: Last,
): readonly HistoryPlace[] {
  const places: HistoryPlace[] = [];
  let earlier = 0;
  for (const event of eventsFromLast(store, stream, query)) {
    if (earlier >= count) break;
    const at = happenedAtOf(event.metadata);
    if (before !== undefined && at > before.at) continue;
    if (!isShown(event, at)) continue;
    places.push({ at, stream, revision: event.revision });
    if (before === undefined || at < before.at) earlier++;
  }
  return places.reverse();
}

/** Of a place that is not among them: as many as happened before it. */
function placesBefore(places: readonly HistoryPlace[], before: HistoryPlace | undefined): number {
  return before === undefined ? places.length : places.filter(({ at }) => at < before.at).length;
}
