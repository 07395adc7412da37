/**
 * An event as it travels in EventStoreDB's protocol, which knows only id, type, data and metadata: the
 * id is UUIDv8 of the digest, and the event's own id and its digest are the last members of the
 * metadata, cut off again on reading (DESIGN §4). The adapter of a cluster writes the same form.
 */
import { uuidV8Of } from '../store/digest.ts';

export interface WireIdentity {
  /** The event's own id, of its fact. */
  readonly id: string;
  /** 32 bytes. */
  readonly digest: Uint8Array;
}

export interface CutMetadata extends WireIdentity {
  readonly metadata: string;
}

const UUID_LENGTH = 36;
const DIGEST_LENGTH = 64;
const BEFORE_ID = ',"$id":"';
const BEFORE_DIGEST = '","digest":"';
const END = '"}';
const TAIL_LENGTH =
  BEFORE_ID.length + UUID_LENGTH + BEFORE_DIGEST.length + DIGEST_LENGTH + END.length;
const TAIL =
  /^,"\$id":"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})","digest":"([0-9a-f]{64})"\}$/;
/** Metadata that is no JSON object with members travels as text inside of one; no ledger's own does. */
const WRAPPED = '{"$text":';

/** The id on the wire: a retry repeats it, another writer's version of the same fact has another. */
export function wireId(digest: Uint8Array): string {
  return uuidV8Of(digest);
}

/** The metadata with `$id` and `digest` as its last members. */
export function wireMetadata(metadata: string, { id, digest }: WireIdentity): string {
  const isOrdinary =
    metadata.startsWith('{"') && metadata.endsWith('}') && !metadata.startsWith(WRAPPED);
  const object = isOrdinary ? metadata : `${WRAPPED}${JSON.stringify(metadata)}}`;
  const hex = Buffer.from(digest.buffer, digest.byteOffset, digest.length).toString('hex');
  return `${object.slice(0, -1)}${BEFORE_ID}${id}${BEFORE_DIGEST}${hex}${END}`;
}

/** The metadata as it is stored, and what was cut off; undefined where nothing of ours is there. */
export function cutMetadata(wire: string): CutMetadata | undefined {
  const match = TAIL.exec(wire.slice(-TAIL_LENGTH));
  const [, id, hex] = match ?? [];
  if (id === undefined || hex === undefined) return undefined;
  const object = `${wire.slice(0, -TAIL_LENGTH)}}`;
  const metadata = object.startsWith(WRAPPED) ? unwrapped(object) : object;
  return metadata === undefined ? undefined : { metadata, id, digest: Buffer.from(hex, 'hex') };
}

function unwrapped(object: string): string | undefined {
  try {
    const text: unknown = JSON.parse(object.slice(WRAPPED.length, -1));
    return typeof text === 'string' ? text : undefined;
  } catch {
    // It only looked like text that was wrapped: it is not ours.
    return undefined;
  }
}
