/**
 * The logical order of a stream into which something was recorded late: by (happenedAt, revision),
 * DESIGN §4. Nearly every stream is in order and needs none of this.
 */
import { timeNsOf } from '../schema/time.ts';
import type { LocalStore, StoredEvent } from '../store/event-store.ts';
import { happenedAtOf } from './event-times.ts';

/** Events that are known and have happened, in the order in which they did. */
export interface LogicalOrder {
  /** Typed arrays: a stream of 200,000 events takes 2.4 MB, not 50. */
  readonly revisions: Uint32Array;
  readonly timesNs: BigInt64Array;
}

export const emptyOrder = (): LogicalOrder => ({
  revisions: new Uint32Array(),
  timesNs: new BigInt64Array(),
});

/** The events of the stream up to a revision, by logical order. */
export function logicalOrderOf(
  store: LocalStore,
  stream: string,
  toRevision: number,
): LogicalOrder {
  const timesByRevision = new BigInt64Array(toRevision + 1);
  for (const { revision, metadata } of store.streamBodies(stream, { toRevision })) {
    timesByRevision[revision] = timeNsOf(happenedAtOf(metadata));
  }
  return withNewer(emptyOrder(), timesByRevision).order;
}

/**
 * The order with the events that were recorded after its own, given by their times in the order of
 * recording; and the first and last place that one of them took.
 */
export function withNewer(
  { revisions: older, timesNs: olderNs }: LogicalOrder,
  newerNs: BigInt64Array,
): { readonly order: LogicalOrder; readonly first: number; readonly last: number } {
  const newer = new Uint32Array(newerNs.length).map((_, index) => index);
  newer.sort((a, b) => {
    const [left = 0n, right = 0n] = [newerNs[a], newerNs[b]];
    return left < right ? -1 : left > right ? 1 : a - b;
  });
  const revisions = new Uint32Array(older.length + newer.length);
  const timesNs = new BigInt64Array(revisions.length);
  let first = revisions.length;
  let last = -1;
  let from = 0;
  let nth = 0;
  for (let place = 0; place < revisions.length; place++) {
    const next = newer[nth];
    const nextNs = next === undefined ? undefined : newerNs[next];
    const olderAtNs = olderNs[from];
    // Of one moment, what was recorded first comes first.
    const isOlder = nextNs === undefined || (olderAtNs !== undefined && olderAtNs <= nextNs);
    revisions[place] = isOlder ? (older[from] ?? 0) : older.length + (next ?? 0);
    timesNs[place] = (isOlder ? olderAtNs : nextNs) ?? 0n;
    if (isOlder) from++;
    else {
      nth++;
      first = Math.min(first, place);
      last = place;
    }
  }
  return { order: { revisions, timesNs }, first, last };
}

/** The stored events of an order from a place on. */
export function* eventsInOrder(
  store: LocalStore,
  stream: string,
  order: LogicalOrder,
  from = 0,
): Generator<StoredEvent> {
  for (const run of runsOf(order, from, order.revisions.length)) {
    yield* store.streamEvents(stream, run);
  }
}

/** The last event of a moment: it and what comes before it in logical order has happened. */
export interface LastHappened {
  readonly timeNs: bigint;
  /** Of several at that very time, the last one. */
  readonly revision: number;
}

/** Every event at a time belongs to it, whatever its revision. */
export const ALL_AT_ONCE = Number.MAX_SAFE_INTEGER;

/** How many events of the order have happened by then. */
export function countHappened({ revisions, timesNs }: LogicalOrder, by: LastHappened): number {
  let low = 0;
  let high = revisions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const timeNs = timesNs[middle] ?? 0n;
    const isBy =
      timeNs < by.timeNs || (timeNs === by.timeNs && (revisions[middle] ?? 0) <= by.revision);
    if (isBy) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * For each number of events n at which the first n in logical order are also the first n recorded: a
 * snapshot of revision n - 1 is the state there.
 */
export function prefixesOf({ revisions }: LogicalOrder): Uint8Array {
  const isPrefix = new Uint8Array(revisions.length + 1);
  isPrefix[0] = 1;
  let newest = -1;
  for (const [index, revision] of revisions.entries()) {
    if (revision > newest) newest = revision;
    if (newest === index) isPrefix[index + 1] = 1;
  }
  return isPrefix;
}

/** Stretches of the order, from one count to another, that lie one after the other in the stream. */
export function* runsOf(
  { revisions }: LogicalOrder,
  from: number,
  to: number,
): Generator<{ readonly fromRevision: number; readonly toRevision: number }> {
  let start = from;
  for (let index = from; index < to; index++) {
    const revision = revisions[index] ?? 0;
    if (index + 1 < to && revisions[index + 1] === revision + 1) continue;
    yield { fromRevision: revisions[start] ?? 0, toRevision: revision };
    start = index + 1;
  }
}
