/** A ledger's events as any client may send them. */
import {
  NO_STREAM as CLIENT_NO_STREAM,
  type EventData,
  type EventStoreDBClient,
} from '@eventstore/db-client';
import { wireId, wireMetadata } from '../../src/gateway/wire-form.ts';
import type { LocalStore, StoredEvent } from '../../src/store/event-store.ts';
import { eventsOf } from '../ledger/recording.ts';

export function sent({ type, data, metadata, id, digest }: StoredEvent): EventData {
  return {
    id: wireId(digest),
    type,
    contentType: 'application/json',
    data: JSON.parse(data),
    metadata: new TextEncoder().encode(wireMetadata(metadata, { id, digest })),
  };
}

export const expectedOf = ({ revision }: StoredEvent) =>
  revision === 0 ? CLIENT_NO_STREAM : BigInt(revision - 1);

/** Every event of a ledger in an append of its own, each waiting for the one before. */
export async function copyEach(from: LocalStore, client: EventStoreDBClient): Promise<void> {
  for (const stored of await eventsOf(from)) {
    const expectedRevision = expectedOf(stored);
    await client.appendToStream(stored.stream, sent(stored), { expectedRevision });
  }
}
