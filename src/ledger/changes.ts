/**
 * The ledger as it grows: catches up from a checkpoint, then goes on live. Plainly subscribed it is an
 * rxjs Observable; iterated, or piped into `handleInTurn`, it is pulled and so never runs ahead of a
 * slow consumer. Either way only one page of events is in memory.
 */
import { Observable, type OperatorFunction } from 'rxjs';
import type { Checkpoint, EventStore, ReadFilter } from '../store/event-store.ts';
import { decodeEvent, type LedgerEvent } from './stored-event.ts';

export interface Change {
  readonly event: LedgerEvent;
  /** Hand it to `changes(after)` to get exactly what came later. */
  readonly checkpoint: Checkpoint;
}

export class Changes extends Observable<Change> implements AsyncIterable<Change> {
  readonly #pull: (signal: AbortSignal) => AsyncIterable<Change>;

  constructor(store: EventStore, after?: Checkpoint, filter?: ReadFilter) {
    const pull = (signal: AbortSignal) => pulled(store, after, filter, signal);
    super((subscriber) => {
      const stop = new AbortController();
      push(pull(stop.signal), stop.signal, (change) => subscriber.next(change)).then(
        () => subscriber.complete(),
        (error: unknown) => subscriber.error(error),
      );
      return () => stop.abort();
    });
    this.#pull = pull;
  }

  /** Pulls one change at a time; leaving the loop ends the subscription. */
  async *[Symbol.asyncIterator](): AsyncIterator<Change> {
    const stop = new AbortController();
    try {
      yield* this.#pull(stop.signal);
    } finally {
      stop.abort();
    }
  }
}

/**
 * Awaits the handler for each change before the next one is read, and emits the change then. Placed
 * first in `changes().pipe(…)` it keeps memory bounded whatever the handler's pace.
 */
export function handleInTurn(
  handler: (change: Change) => Promise<void> | void,
): OperatorFunction<Change, Change> {
  return (source) => {
    if (!(source instanceof Changes)) {
      throw new Error('handleInTurn must be the first operator after changes()');
    }
    return new Observable<Change>((subscriber) => {
      const stop = new AbortController();
      push(source, stop.signal, async (change) => {
        await handler(change);
        subscriber.next(change);
      }).then(
        () => subscriber.complete(),
        (error: unknown) => subscriber.error(error),
      );
      return () => stop.abort();
    });
  };
}

async function* pulled(
  store: EventStore,
  after: Checkpoint | undefined,
  filter: ReadFilter | undefined,
  signal: AbortSignal,
): AsyncIterable<Change> {
  for await (const event of store.subscribe(after, filter, signal)) {
    yield { event: decodeEvent(event), checkpoint: store.checkpointOf(event) };
  }
}

async function push(
  changes: AsyncIterable<Change>,
  signal: AbortSignal,
  handle: (change: Change) => Promise<void> | void,
): Promise<void> {
  for await (const change of changes) {
    if (signal.aborted) return;
    const handled = handle(change);
    if (handled !== undefined) await handled;
    if (signal.aborted) return;
  }
}
