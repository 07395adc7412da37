/**
 * The ledger as it grows: catches up from a checkpoint, then goes on live. Plainly subscribed it is an
 * rxjs Observable; iterated, or piped into `handleInTurn`, it is pulled and so never runs ahead of a
 * slow consumer. Either way only one page of events is in memory.
 */
import type { MonoTypeOperatorFunction } from 'rxjs';
import type { Checkpoint, EventStore, ReadFilter } from '../store/event-store.ts';
import { Pulled, pullable } from './operators/pulled.ts';
import { decodeEvent, type LedgerEvent } from './stored-event.ts';

export interface Change {
  readonly event: LedgerEvent;
  /** Hand it to `changes(after)` to get exactly what came later. */
  readonly checkpoint: Checkpoint;
}

export class Changes extends Pulled<Change> {
  readonly #store: EventStore;
  readonly #filter: ReadFilter | undefined;

  constructor(store: EventStore, after?: Checkpoint, filter?: ReadFilter) {
    super((signal) => pulled(store, after, filter, signal));
    this.#store = store;
    this.#filter = filter;
  }

  /** The same changes from another place on; from the start where none is given. */
  after(checkpoint: Checkpoint | undefined): Changes {
    return new Changes(this.#store, checkpoint, this.#filter);
  }
}

/**
 * Awaits the handler for each change before the next one is read, and emits the change then. Placed
 * first in `changes().pipe(…)` it keeps memory bounded whatever the handler's pace.
 */
export function handleInTurn(
  handler: (change: Change) => Promise<void> | void,
): MonoTypeOperatorFunction<Change> {
  return (source) => {
    const changes = pullable(source, 'handleInTurn');
    return new Pulled<Change>(async function* (signal) {
      for await (const change of changes.pull(signal)) {
        if (signal.aborted) return;
        await handler(change);
        yield change;
      }
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
