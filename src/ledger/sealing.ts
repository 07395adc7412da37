/**
 * Sealed fields: AES-256-GCM under the subject's data key, bound to stream, type and id, so that a
 * value moved to another event does not open. Sealing the same twice gives the same bytes (DESIGN §8).
 */
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import type { DataKey, Keyring } from './keyring.ts';
import type { LedgerEvent, SealedField } from './stored-event.ts';
import type { StreamName } from './streams.ts';
import type { HistoryEntry } from './view-types.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

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
  const { key } = state;
  const plain = Buffer.from(text);
  const bound = boundTo(place);
  const nonce = nonceOf(key, bound, plain);
  const cipher = createCipheriv('aes-256-gcm', key.encryptionKey, nonce);
  cipher.setAAD(bound);
  const body = cipher.update(plain);
  cipher.final();
  const box = Buffer.concat([nonce, body, cipher.getAuthTag()]).toString('base64');
  return { keyId: key.keyId, box };
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
  decipher.setAAD(boundTo(place));
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

function nonceOf(key: DataKey, bound: Uint8Array, plain: Uint8Array): Uint8Array {
  const hmac = createHmac('sha256', key.nonceKey).update(bound).update(plain).digest();
  return hmac.subarray(0, NONCE_BYTES);
}

/** Length-prefixed, so that no two places have the same bytes. */
function boundTo({ stream, type, id }: SealedPlace): Uint8Array {
  return Buffer.from(`${stream.length}:${stream}${type.length}:${type}${id}`);
}
