/** A stream's events in the order in which they happened. */
import type { LocalStore, StoredEvent } from '../../store/event-store.ts';
import { logicalOrderOf, runsOf } from '../logical-order.ts';

/** The stream's events by (happenedAt, revision), read in pages. */
export function* logicalEvents(
  store: LocalStore,
  stream: string,
  toPosition: number,
): Generator<StoredEvent> {
  if (!store.isOutOfOrder(stream)) {
    yield* store.streamEvents(stream, { toPosition });
    return;
  }
  const order = logicalOrderOf(store, stream, store.revisionAtPosition(stream, toPosition));
  for (const run of runsOf(order, 0, order.revisions.length)) {
    yield* store.streamEvents(stream, run);
  }
}
