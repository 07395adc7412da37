/**
 * Sealed fields: AES-256-GCM under the subject's data key, bound to stream, type and id, so that a
 * value moved to another event does not open. Sealing the same twice gives the same bytes (DESIGN §8).
 */
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { HMAC_BLOCK, hmacHex } from './hmac.ts';
import type { Keyring } from './keyring.ts';
import type { LedgerEvent, SealedField } from './stored-event.ts';
import type { StreamName } from './streams.ts';
import type { HistoryEntry } from './view-types.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** UTF-8 needs at most this many bytes for one UTF-16 unit. */
const MAX_BYTES_PER_UNIT = 3;

/** Whose key seals a stream: the channel's own, or the node's for everything else of it. */
export function sealSubject({ category, nodeId, subjectId }: StreamName): string {
  return category === 'channel' ? `channel/${nodeId}/${subjectId}` : `node/${nodeId}`;
}

/** Where a sealed value stands; it opens nowhere else. */
export interface SealedPlace {
  readonly stream: string;
  readonly type: string;
  readonly id: string;
}

/** The sealed form of a text; without a box where the key is gone for good. */
export function seal(
  keyring: Keyring,
  subject: string,
  place: SealedPlace,
  text: string,
): SealedField {
  const state = keyring.forSealing(subject);
  if (state.state !== 'open') return { keyId: state.keyId ?? '' };
  const { keyId, encryptionKey, nonceKey } = state.key;
  const bound = boundTo(place);
  const buffer = scratchFor(bound.length + text.length);
  const boundEnd = HMAC_BLOCK + buffer.write(bound, HMAC_BLOCK);
  const end = boundEnd + buffer.write(text, boundEnd);
  nonce.write(hmacHex(nonceKey, buffer, end), 'hex');
  const cipher = createCipheriv('aes-256-gcm', encryptionKey, nonce);
  cipher.setAAD(buffer.subarray(HMAC_BLOCK, boundEnd));
  const body = cipher.update(buffer.subarray(boundEnd, end));
  cipher.final();
  buffer.set(nonce, 0);
  buffer.set(body, NONCE_BYTES);
  buffer.set(cipher.getAuthTag(), NONCE_BYTES + body.length);
  const box = buffer.toString('base64', 0, NONCE_BYTES + body.length + TAG_BYTES);
  return { keyId, box };
}

/** Written again and again: an event's own buffers would cost as much as sealing it. */
const scratch = Buffer.allocUnsafe(16 * 1024);
const nonce = Buffer.alloc(NONCE_BYTES);

/** With room for a block, for the text's bytes, and for what the box adds. */
function scratchFor(characters: number): Buffer {
  const bytes = HMAC_BLOCK + characters * MAX_BYTES_PER_UNIT;
  return bytes <= scratch.length ? scratch : Buffer.allocUnsafe(bytes);
}

export type Opened =
  | { readonly state: 'open'; readonly text: string }
  | { readonly state: 'no-key' | 'purged' | 'damaged' };

/** Where the key a sealed value names is looked up: a keyring, or a few keys handed to a worker. */
export type KeyLookup = Pick<Keyring, 'byId'>;

export function openSealed(keyring: KeyLookup, place: SealedPlace, sealed: SealedField): Opened {
  if (sealed.box === undefined) return { state: 'purged' };
  const key = keyring.byId(sealed.keyId);
  if (key.state !== 'open') return { state: key.state };
  const box = Buffer.from(sealed.box, 'base64');
  if (box.length < NONCE_BYTES + TAG_BYTES) return { state: 'damaged' };
  const nonce = box.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key.key.encryptionKey, nonce);
  decipher.setAAD(Buffer.from(boundTo(place)));
  decipher.setAuthTag(box.subarray(-TAG_BYTES));
  const plain = decipher.update(box.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    decipher.final();
  } catch {
    // The only error GCM reports here: the tag does not fit these bytes in this place.
    return { state: 'damaged' };
  }
  return { state: 'open', text: plain.toString() };
}

/** An event's sealed fields as they were told, or why they cannot be shown; undefined: it has none. */
export function openSecret(keyring: Keyring, event: LedgerEvent): HistoryEntry['sealed'] {
  if (event.sealed === undefined) return undefined;
  const opened = openSealed(keyring, event, event.sealed);
  return opened.state === 'open'
    ? { state: 'open', fields: JSON.parse(opened.text) as Record<string, unknown> }
    : opened;
}

/** Length-prefixed, so that no two places have the same bytes. */
function boundTo({ stream, type, id }: SealedPlace): string {
  return `${stream.length}:${stream}${type.length}:${type}${id}`;
}
