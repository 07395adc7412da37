/**
 * An event as it lies in a cluster, and back (DESIGN §4). EventStoreDB knows of an event its id, type,
 * data and metadata: our id and digest go into the metadata as its last members and are cut off on reading.
 */
import { eventDigest, uuidV8Of } from '../digest.ts';
import { type NewEvent, StoreError } from '../event-store.ts';
import { eventBytes } from '../limits.ts';

/** What is sent: bytes, because the client would write anything else again in its own way. */
export interface ClusterEvent {
  /** UUIDv8 of the digest: a retry repeats it, and another writer's version of the fact does not. */
  readonly id: string;
  readonly type: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

export interface Sealed {
  readonly event: ClusterEvent;
  readonly digest: Uint8Array;
}

/** What was read: the client has parsed the metadata, if it is JSON. */
export interface ReadBack {
  readonly type: string;
  readonly data: unknown;
  readonly metadata: unknown;
}

const encoder = new TextEncoder();
const ID = ',"$id":"';
const DIGEST = '","digest":"';
const ID_FORM = /^[0-9a-f-]{36}$/;
const DIGEST_FORM = /^[0-9a-f]{64}$/;
const WRAPPED = '{"$text":';
const TAIL_BYTES = `${ID}${'0'.repeat(36)}${DIGEST}${'0'.repeat(64)}"}`.length;
/** The server counts two bytes for each character of a type. */
const TYPE_CHARACTER_BYTES = 2;

/** The event as it is sent, on top of the stream's digest so far. */
export function sealedEvent(
  stream: string,
  revision: number,
  event: NewEvent,
  previous: Uint8Array | undefined,
): Sealed {
  const { id, type, data, metadata } = event;
  const digest = eventDigest({ stream, revision, id, type, data, metadata }, previous);
  const hex = Buffer.from(digest).toString('hex');
  const start = isRepeatable(metadata) ? metadata : `${WRAPPED}${JSON.stringify(metadata)}}`;
  const body = start === '{}' ? '{"$text":"{}"' : start.slice(0, -1);
  const text = `${body},"$id":"${id}","digest":"${hex}"}`;
  return {
    event: {
      id: uuidV8Of(digest),
      type,
      data: encoder.encode(data),
      metadata: encoder.encode(text),
    },
    digest,
  };
}

/** What the server's limit of one append counts of an event. */
export function clusterBytes(event: NewEvent): number {
  return eventBytes(event) + TAIL_BYTES + event.type.length * TYPE_CHARACTER_BYTES;
}

/** Reading parses metadata and writes it again: only what survives that stands as it is. */
function isRepeatable(metadata: string): boolean {
  if (!metadata.startsWith('{') || metadata.startsWith(WRAPPED)) return false;
  try {
    const parsed: unknown = JSON.parse(metadata);
    if (typeof parsed !== 'object' || parsed === null) return false;
    if (Object.hasOwn(parsed, '$id') || Object.hasOwn(parsed, 'digest')) return false;
    return JSON.stringify(parsed) === metadata;
  } catch {
    return false;
  }
}

/** What was handed in, of an event read back; throws a StoreError for one that no ledger wrote. */
export function unsealedEvent(
  { type, data, metadata }: ReadBack,
  place: () => string,
): Pick<NewEvent, 'id' | 'type' | 'data' | 'metadata'> & { readonly digest: Uint8Array } {
  const text = metadata instanceof Uint8Array ? '' : (JSON.stringify(metadata) ?? '');
  const start = text.length - TAIL_BYTES;
  const idAt = start + ID.length;
  const digestAt = idAt + 36 + DIGEST.length;
  const id = text.slice(idAt, idAt + 36);
  const hex = text.slice(digestAt, -2);
  const isOurs =
    text.startsWith(ID, start) &&
    text.startsWith(DIGEST, idAt + 36) &&
    text.endsWith('"}') &&
    ID_FORM.test(id) &&
    DIGEST_FORM.test(hex);
  if (!isOurs) {
    throw new StoreError(
      `${place()} in the cluster was not written by a channel-ledger: give the ledger a name of its own (?ledger=NAME)`,
    );
  }
  const body = text.slice(0, start);
  return {
    id,
    type,
    data: textOf(data),
    metadata: body.startsWith(WRAPPED) ? unwrapped(body) : `${body}}`,
    digest: Buffer.from(hex, 'hex'),
  };
}

/** Where the server calls the data JSON, the client has parsed it; canonical text comes out again. */
function textOf(data: unknown): string {
  if (!(data instanceof Uint8Array)) return JSON.stringify(data) ?? '';
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8');
}

function unwrapped(body: string): string {
  const parsed: unknown = JSON.parse(body.slice(WRAPPED.length));
  return String(parsed);
}
