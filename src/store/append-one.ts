/** One stream's append, made of the one that takes many: the same in every store. */
import { type AppendResult, type EventStore, type NewEvent, StoreError } from './event-store.ts';

export async function appendOne(
  store: Pick<EventStore, 'appendMany'>,
  stream: string,
  events: readonly NewEvent[],
  { expectedRevision }: { readonly expectedRevision: number },
): Promise<AppendResult> {
  const [result] = await store.appendMany([{ stream, events, expectedRevision }]);
  if (result === undefined) throw new StoreError('an append got no answer');
  return result;
}
