/** A stream's events in logical order, by (happenedAt, revision). */
import { type LocalStore, NO_STREAM } from '../store/event-store.ts';
import { decodeEvent, type LedgerEvent } from './stored-event.ts';

/** As they are read: a long stream that is in order is never in memory as a whole. */
export function* inLogicalOrder(store: LocalStore, stream: string): Generator<LedgerEvent> {
  if (store.isOutOfOrder(stream)) {
    yield* Array.from(store.streamEvents(stream), decodeEvent).sort(byLogicalOrder);
  } else {
    for (const event of store.streamEvents(stream)) yield decodeEvent(event);
  }
}

/**
 * All of one stream, for those that are late in it. It is kept until another is asked for: whoever loses
 * a race to a writer that never pauses would read a long stream again for ever.
 */
export class LogicalOrder {
  readonly #store: LocalStore;
  #stream: string | undefined;
  #events: readonly LedgerEvent[] = [];
  #revision = NO_STREAM;

  constructor(store: LocalStore) {
    this.#store = store;
  }

  of(stream: string): readonly LedgerEvent[] {
    if (stream !== this.#stream) this.release();
    this.#stream = stream;
    const fromRevision = this.#revision + 1;
    const fresh = Array.from(this.#store.streamEvents(stream, { fromRevision }), decodeEvent);
    this.#revision += fresh.length;
    if (fresh.length > 0) this.#events = [...this.#events, ...fresh].sort(byLogicalOrder);
    return this.#events;
  }

  release(): void {
    this.#stream = undefined;
    this.#events = [];
    this.#revision = NO_STREAM;
  }
}

function byLogicalOrder(a: LedgerEvent, b: LedgerEvent): number {
  const [left, right] = [a.metadata.happenedAt, b.metadata.happenedAt];
  return left < right ? -1 : left > right ? 1 : a.revision - b.revision;
}
