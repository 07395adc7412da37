/** A raw event as programs read it, from `tail` and from the event stream alike. */
import { harmlessJson } from '../schema/json-text.ts';
import type { Checkpoint, StoredEvent } from '../store/event-store.ts';

/** `data` and `metadata` are the stored JSON itself: its bytes are what the digest is over. */
export function eventLine(event: StoredEvent, checkpoint: Checkpoint): string {
  const { stream, revision, position, id, type, data, metadata, digest } = event;
  const head = JSON.stringify({ checkpoint, stream, revision, position, id, type });
  const tail = JSON.stringify({ digest: Buffer.from(digest).toString('hex') });
  return harmlessJson(
    `${head.slice(0, -1)},"data":${data},"metadata":${metadata},${tail.slice(1)}`,
  );
}
