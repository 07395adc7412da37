/** Subscriptions: what is there already, then what comes, until the client leaves. */
import type { LocalStore, StoredEvent } from '../store/event-store.ts';
import type { EventFilter } from './filter.ts';
import type { Outgoing } from './outgoing.ts';
import type { From, ReadRequest } from './read-request.ts';
import { newestPosition } from './reading.ts';
import { type Encoding, eventResponse } from './recorded-event.ts';
import { caughtUp, checkpoint, confirmation } from './replies.ts';

/** Confirms the subscription, then sends events for as long as somebody takes them. */
export async function subscribe(
  { store }: { readonly store: LocalStore },
  request: ReadRequest,
  encoding: Encoding,
  out: Outgoing,
): Promise<void> {
  const { stream, from } = request;
  await out.send(confirmation(crypto.randomUUID()));
  if (stream === undefined) await subscribeToAll(store, request, encoding, out);
  else await subscribeToStream(store, { stream, from }, encoding, out);
  out.end();
}

async function subscribeToAll(
  store: LocalStore,
  { from, filter }: ReadRequest,
  encoding: Encoding,
  out: Outgoing,
): Promise<void> {
  const after = from === 'start' ? 0 : from === 'end' ? await newestPosition(store) : from;
  const marks = new Marks(store, out, filter);
  await marks.reached(after);
  for await (const event of store.subscribe(String(after), undefined, out.signal)) {
    if (filter === undefined || filter.isWanted(event)) {
      const full = out.send(eventResponse(event, encoding));
      if (full !== undefined) await full;
    }
    const pause = marks.passed(event);
    if (pause !== undefined) await pause;
    if (out.isOver) return;
  }
}

/** What a subscriber to $all is told between events: how far it has got, and that nothing waits. */
class Marks {
  readonly #store: LocalStore;
  readonly #out: Outgoing;
  readonly #filter: EventFilter | undefined;
  #sinceCheckpoint = 0;
  #newest = 0;
  #isCaughtUp = false;

  constructor(store: LocalStore, out: Outgoing, filter: EventFilter | undefined) {
    this.#store = store;
    this.#out = out;
    this.#filter = filter;
  }

  /** Undefined while there is nothing to say. */
  passed({ position }: StoredEvent): Promise<void> | undefined {
    const isDue =
      this.#filter !== undefined && ++this.#sinceCheckpoint >= this.#filter.checkpointEvery;
    const mayBeCaughtUp = !this.#isCaughtUp && position >= this.#newest;
    return isDue || mayBeCaughtUp ? this.#say(position, isDue) : undefined;
  }

  async reached(position: number): Promise<void> {
    if (this.#isCaughtUp) return;
    this.#newest = await newestPosition(this.#store);
    if (position < this.#newest) return;
    this.#isCaughtUp = true;
    // A filter that has matched nothing so far leaves no other trace of how far it has looked.
    if (this.#filter !== undefined && position > 0) await this.#checkpoint(position);
    await this.#out.send(caughtUp());
  }

  async #say(position: number, isDue: boolean): Promise<void> {
    if (isDue) await this.#checkpoint(position);
    await this.reached(position);
  }

  async #checkpoint(position: number): Promise<void> {
    if (this.#sinceCheckpoint === 0) return;
    this.#sinceCheckpoint = 0;
    await this.#out.send(checkpoint(position));
  }
}

async function subscribeToStream(
  store: LocalStore,
  { stream, from }: { readonly stream: string; readonly from: From },
  encoding: Encoding,
  out: Outgoing,
): Promise<void> {
  const newest = store.streamHead(stream)?.revision ?? -1;
  let revision = from === 'start' ? -1 : from === 'end' ? newest : from;
  for await (const event of streamFrom(store, stream, revision + 1, out.signal)) {
    if (event === 'caught up') {
      await out.send(caughtUp());
      continue;
    }
    if (event.revision <= revision) continue;
    revision = event.revision;
    const full = out.send(eventResponse(event, encoding));
    if (full !== undefined) await full;
    if (out.isOver) return;
  }
}

/** By the stream's own index as far as it goes; what comes later is picked out of everything. */
export async function* streamFrom(
  store: LocalStore,
  stream: string,
  fromRevision: number,
  signal: AbortSignal,
): AsyncGenerator<StoredEvent | 'caught up'> {
  let next = fromRevision;
  let after = await store.lastCheckpoint();
  for (;;) {
    for (const event of store.streamEvents(stream, { fromRevision: next })) {
      next = event.revision + 1;
      yield event;
    }
    // What was appended while a slow client read: read by the index again, not one by one.
    const now = await store.lastCheckpoint();
    if (now === after) break;
    after = now;
  }
  yield 'caught up';
  const filter = { streamPrefixes: [stream] };
  for await (const event of store.subscribe(after, filter, signal)) {
    // A longer name begins the same.
    if (event.stream === stream) yield event;
  }
}
