/**
 * Recorded events given out again in the rhythm in which they happened. The clock and the waiting are
 * handed in, so that a replay of a year can be tested in a millisecond.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { timeNsOf } from '../../schema/time.ts';
import type { LocalStore, StoredEvent } from '../../store/event-store.ts';
import type { HistoryQuery } from '../answers/history.ts';
import { bodiesInParts } from '../answers/in-parts.ts';
import { spanOf } from '../answers/span.ts';
import { cutsOf } from '../answers/window.ts';
import { happenedAtOf } from '../event-times.ts';
import { QuestionError } from '../query.ts';
import { Slices } from '../slices.ts';
import { sortedInSlices } from '../sorted-in-slices.ts';

export interface ReplayPace {
  /** 1 (or none): as fast as it happened; 60: an hour in a minute. */
  readonly speed?: number;
  /** A longer pause is shortened to this. */
  readonly maxPauseMs?: number;
  readonly signal?: AbortSignal;
  readonly clock?: ReplayClock;
}

export interface ReplayClock {
  nowMs(): number;
  /** At most 2^31 - 1 ms. Returns early, and does not throw, where the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export type Replayed =
  | { readonly kind: 'event'; readonly event: StoredEvent }
  /** Told before the waiting: nothing happened for so long, at the replay's speed. */
  | { readonly kind: 'shortened'; readonly pauseMs: number; readonly waitedMs: number };

const DEFAULT_MAX_PAUSE_MS = 5_000;
/** What is cut off of a pause is told from here on: at a great speed nearly every pause is shortened a little. */
const NOTICED_MS = 100;
const NS_PER_MS = 1_000_000;
/** Node's timers count milliseconds in 31 bits: some 24.8 days. A longer one would be due at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const realClock: ReplayClock = {
  nowMs: () => performance.now(),
  async sleep(ms, signal) {
    try {
      await wait(ms, undefined, signal && { signal });
    } catch (cause) {
      if (signal?.aborted !== true) throw cause;
    }
  },
};

export function assertPace({ speed = 1, maxPauseMs = 0 }: ReplayPace): void {
  if (speed > 0 && speed < Number.POSITIVE_INFINITY && maxPauseMs >= 0) return;
  throw new QuestionError('wrong', 'a replay takes a speed above 0 and a pause of 0 or more');
}

/** The events of these streams, oldest first; ends when the signal aborts. */
export async function* replayed(
  store: LocalStore,
  streams: readonly string[],
  query: HistoryQuery,
  pace: ReplayPace,
): AsyncGenerator<Replayed> {
  const { speed = 1, maxPauseMs = DEFAULT_MAX_PAUSE_MS, signal, clock = realClock } = pace;
  const order = await orderOf(store, streams, query, signal);
  if (order === undefined) return;
  let beforeNs: bigint | undefined;
  let dueMs = clock.nowMs();
  for (const { event, atNs } of inOrder(store, streams, order)) {
    const pauseMs = beforeNs === undefined ? 0 : Number(atNs - beforeNs) / NS_PER_MS / speed;
    beforeNs = atNs;
    // A pause that nobody would notice is none.
    if (pauseMs > maxPauseMs && pauseMs >= NOTICED_MS)
      yield { kind: 'shortened', pauseMs, waitedMs: maxPauseMs };
    // Counted from when the one before was due, not from when it was taken: nothing adds up.
    dueMs += Math.min(pauseMs, maxPauseMs);
    const leftMs = dueMs - clock.nowMs();
    await slept(leftMs, clock, signal);
    if (signal?.aborted) return;
    yield { kind: 'event', event };
  }
}

async function slept(ms: number, clock: ReplayClock, signal: AbortSignal | undefined) {
  for (let left = ms; left > 0 && signal?.aborted !== true; left -= LONGEST_TIMER_MS) {
    await clock.sleep(Math.min(left, LONGEST_TIMER_MS), signal);
  }
}

/** Where each event lies and when it happened, oldest first: some thirty bytes an event, no JSON. */
interface Order {
  readonly atNs: BigInt64Array;
  readonly stream: Int32Array;
  readonly revision: Int32Array;
}

/** In slices: what is looked for may be rare, and others are answered meanwhile. */
async function orderOf(
  store: LocalStore,
  streams: readonly string[],
  query: HistoryQuery,
  signal: AbortSignal | undefined,
): Promise<Order | undefined> {
  const slices = new Slices();
  const isInSpan = spanOf(store, query);
  const cutOf = cutsOf(store, query);
  const wanted = query.types === undefined ? {} : { types: query.types };
  const found: Found = { times: [], positions: [], owners: [], revisions: [] };
  for (const [owner, stream] of streams.entries()) {
    if (slices.isOver) await slices.rest();
    const cut = cutOf(stream);
    if (cut === undefined) continue;
    for await (const body of bodiesInParts(store, stream, cut, slices, wanted)) {
      const at = happenedAtOf(body.metadata);
      if (!isInSpan(body, at)) continue;
      found.times.push(timeNsOf(at));
      found.owners.push(owner);
      found.revisions.push(body.revision);
      found.positions.push(body.position);
    }
    if (signal?.aborted) return undefined;
  }
  const order = await sortedInSlices(found.times.length, isBeforeIn(found), slices);
  return {
    atNs: BigInt64Array.from(order, (index) => found.times[index] ?? 0n),
    stream: Int32Array.from(order, (index) => found.owners[index] ?? 0),
    revision: Int32Array.from(order, (index) => found.revisions[index] ?? 0),
  };
}

interface Found {
  readonly times: bigint[];
  readonly positions: number[];
  readonly owners: number[];
  readonly revisions: number[];
}

/** By time; of one moment, by the order of recording. */
function isBeforeIn({ times, positions }: Found): (a: number, b: number) => boolean {
  return (a, b) => {
    const [one = 0n, other = 0n] = [times[a], times[b]];
    return one === other ? (positions[a] ?? 0) < (positions[b] ?? 0) : one < other;
  };
}

/** Read in one go: events of one stream that follow each other in the order too. */
const MAX_RUN = 256;

function* inOrder(
  store: LocalStore,
  streams: readonly string[],
  { atNs, stream, revision }: Order,
): Generator<{ readonly event: StoredEvent; readonly atNs: bigint }> {
  for (let start = 0; start < revision.length; ) {
    let end = start + 1;
    while (
      end < revision.length &&
      end - start < MAX_RUN &&
      stream[end] === stream[start] &&
      revision[end] === (revision[end - 1] ?? 0) + 1
    ) {
      end += 1;
    }
    const range = { fromRevision: revision[start] ?? 0, toRevision: revision[end - 1] ?? 0 };
    // Whole, since a store's reading must not stay open while a replay waits.
    const events = [...store.streamEvents(streams[stream[start] ?? 0] ?? '', range)];
    for (const [offset, event] of events.entries()) {
      yield { event, atNs: atNs[start + offset] ?? 0n };
    }
    start = end;
  }
}
