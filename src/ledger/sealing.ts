/** Sealed fields: whose key seals them, and how they are opened again (DESIGN §8). */
import { createDecipheriv } from 'node:crypto';
import { boundTo, NONCE_BYTES, type SealedPlace, sealedBox, TAG_BYTES } from '../store/unsealed.ts';
import type { Keyring } from './keyring.ts';
import type { LedgerEvent, SealedField } from './stored-event.ts';
import type { StreamName } from './streams.ts';
import type { HistoryEntry } from './view-types.ts';

/** Whose key seals a stream: the channel's own, or the node's for everything else of it. */
export function sealSubject({
  category,
  nodeId,
  subjectId,
}: Pick<StreamName, 'category' | 'nodeId' | 'subjectId'>): string {
  return category === 'channel' ? `channel/${nodeId}/${subjectId}` : `node/${nodeId}`;
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
  return { keyId: state.key.keyId, box: sealedBox(state.key, place, text) };
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
