/** Reads that end: one stream or $all, in either direction, from anywhere. */
import { setImmediate } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import type { LocalStore, StoredEvent } from '../store/event-store.ts';
import type { GatewayContext } from './context.ts';
import { Failure } from './failures.ts';
import type { EventFilter } from './filter.ts';
import { readParked } from './groups/parked-stream.ts';
import type { Outgoing } from './outgoing.ts';
import type { ReadRequest } from './read-request.ts';
import { type Encoding, eventResponse } from './recorded-event.ts';
import { streamBound, streamNotFound } from './replies.ts';

/** Read at once and turned round; small, because every event of it is held. */
const BACKWARDS_PAGE = 256;
/** A filter that hardly ever matches lets others run in between. */
const TURN_EVERY = 512;

/** Answers the request and ends the call. */
export async function read(
  { store, groups }: Pick<GatewayContext, 'store' | 'groups'>,
  request: ReadRequest,
  encoding: Encoding,
  out: Outgoing,
): Promise<void> {
  const { stream, filter } = request;
  if (stream === undefined) {
    await send(await allEvents(store, request), { count: request.count, filter }, encoding, out);
  } else if (store.streamHead(stream) === undefined) {
    const isParked = await readParked({ store, groups }, request, encoding, out);
    if (!isParked) await out.send(streamNotFound(stream));
  } else {
    const newest = store.streamHead(stream)?.revision ?? -1;
    const events = streamEvents(store, stream, request);
    if (request.wantsBounds && isBeyond(request, newest)) {
      await out.send(streamBound('first', newest + 1));
    }
    await send(events, { count: request.count, filter: undefined }, encoding, out);
    if (request.wantsBounds && !out.isOver) await out.send(streamBound('last', newest));
  }
  out.end();
}

/** Nothing is there yet, and the next event will not be the one that was asked for. */
function isBeyond({ from, isBackwards }: ReadRequest, newest: number): boolean {
  return !isBackwards && typeof from === 'number' && from > newest + 1;
}

async function send(
  events: Iterable<StoredEvent>,
  { count, filter }: { readonly count: number; readonly filter: EventFilter | undefined },
  encoding: Encoding,
  out: Outgoing,
): Promise<void> {
  let sent = 0;
  let passed = 0;
  for (const event of events) {
    if (filter !== undefined && !filter.isWanted(event)) {
      if (++passed % TURN_EVERY === 0) await setImmediate();
      if (out.isOver) return;
      continue;
    }
    const full = out.send(eventResponse(event, encoding));
    if (full !== undefined) await full;
    if (++sent >= count || out.isOver) return;
  }
}

function streamEvents(
  store: LocalStore,
  stream: string,
  { from, isBackwards, count }: ReadRequest,
): Iterable<StoredEvent> {
  const newest = store.streamHead(stream)?.revision ?? -1;
  if (!isBackwards) {
    if (from === 'end') return [];
    const fromRevision = from === 'start' ? 0 : from;
    if (fromRevision > newest) return [];
    // Without the end a page is read beyond what is asked for.
    const toRevision = Math.min(newest, fromRevision + count - 1);
    return store.streamEvents(stream, { fromRevision, toRevision });
  }
  const highest = from === 'start' ? 0 : from === 'end' ? newest : Math.min(from, newest);
  return downwards(highest, 0, count, (lowest, last) =>
    store.streamEvents(stream, { fromRevision: lowest, toRevision: last }),
  );
}

/** Forwards the position itself is read too, backwards only what came before it. */
async function allEvents(
  store: LocalStore,
  { from, isBackwards, count }: ReadRequest,
): Promise<Iterable<StoredEvent>> {
  const newest = await newestPosition(store);
  if (typeof from === 'number' && from > newest) {
    throw new Failure(status.UNKNOWN, `position ${from} is not one of this ledger`);
  }
  if (!isBackwards) {
    if (from === 'end') return [];
    return store.allEvents(from === 'start' ? 0 : Math.max(0, from - 1));
  }
  const highest = from === 'start' ? 0 : from === 'end' ? newest : from - 1;
  return downwards(highest, 1, count, (lowest, last) => upTo(store.allEvents(lowest - 1), last));
}

export async function newestPosition(store: LocalStore): Promise<number> {
  return Number((await store.lastCheckpoint()) ?? 0);
}

function* upTo(events: Iterable<StoredEvent>, position: number): Generator<StoredEvent> {
  for (const event of events) {
    if (event.position > position) return;
    yield event;
  }
}

function* downwards(
  highest: number,
  lowest: number,
  count: number,
  page: (from: number, to: number) => Iterable<StoredEvent>,
): Generator<StoredEvent> {
  // Who asks for the newest event is not made to wait for a page of them.
  let size = Math.min(BACKWARDS_PAGE, count);
  for (let to = highest; to >= lowest; ) {
    const from = Math.max(lowest, to - size + 1);
    yield* [...page(from, to)].reverse();
    to = from - 1;
    size = Math.min(BACKWARDS_PAGE, size * 2);
  }
}
