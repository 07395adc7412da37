/**
 * Fields that are sealed where their event is written: enciphering takes longer than writing, and the
 * writer's thread has the time. AES-256-GCM, bound to stream, type and id, so that a value moved to
 * another event does not open; sealing the same twice gives the same bytes (DESIGN §8).
 */
import { createCipheriv, type KeyObject } from 'node:crypto';
import type { AppendRequest, NewEvent } from './event-store.ts';
import { HMAC_BLOCK, type HmacKey, hmacHex } from './hmac.ts';

export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;
/** UTF-8 needs at most this many bytes for one UTF-16 unit. */
const MAX_BYTES_PER_UNIT = 3;

export interface SealingKey {
  readonly keyId: string;
  /** No bytes: Node takes ten times longer to make sure of bytes, at every use. */
  readonly encryptionKey: KeyObject;
  /** Derived from the data key; makes nonces that never serve two texts. */
  readonly nonceKey: HmacKey;
}

/** What stands last in an event's data once it is sealed. */
export interface Unsealed {
  readonly key: SealingKey;
  /** Canonical JSON of the fields. */
  readonly text: string;
}

/** Where a sealed value stands; it opens nowhere else. */
export interface SealedPlace {
  readonly stream: string;
  readonly type: string;
  readonly id: string;
}

/** The requests with everything sealed that was still to be. */
export function sealAll(requests: readonly AppendRequest[]): readonly AppendRequest[] {
  return requests.map((request) => {
    if (request.events.every(({ unsealed }) => unsealed === undefined)) return request;
    const { stream, events } = request;
    return { ...request, events: events.map((event) => sealEvent(stream, event)) };
  });
}

/** Undone is what is only to be sealed: the event as every store keeps it. */
export function sealEvent(stream: string, event: NewEvent): NewEvent {
  const { unsealed, ...rest } = event;
  if (unsealed === undefined) return event;
  const { type, id, data } = event;
  const box = sealedBox(unsealed.key, { stream, type, id }, unsealed.text);
  return { ...rest, data: withSealed(data, { keyId: unsealed.key.keyId, box }) };
}

/** The sealed value stands last; `verify` writes it again to compare. Hex and base64 need no escapes. */
export function withSealed(
  plain: string,
  { keyId, box }: { readonly keyId: string; readonly box?: string },
): string {
  const start = plain === '{}' ? '{' : `${plain.slice(0, -1)},`;
  const boxed = box === undefined ? '' : `,"box":"${box}"`;
  return `${start}"sealed":{"keyId":"${keyId}"${boxed}}}`;
}

/** Nonce, ciphertext and tag in base64. */
export function sealedBox(key: SealingKey, place: SealedPlace, text: string): string {
  const bound = boundTo(place);
  const buffer = scratchFor(bound.length + text.length);
  const boundEnd = HMAC_BLOCK + buffer.write(bound, HMAC_BLOCK);
  const end = boundEnd + buffer.write(text, boundEnd);
  nonce.write(hmacHex(key.nonceKey, buffer, end), 'hex');
  const cipher = createCipheriv('aes-256-gcm', key.encryptionKey, nonce);
  cipher.setAAD(buffer.subarray(HMAC_BLOCK, boundEnd));
  const body = cipher.update(buffer.subarray(boundEnd, end));
  cipher.final();
  buffer.set(nonce, 0);
  buffer.set(body, NONCE_BYTES);
  buffer.set(cipher.getAuthTag(), NONCE_BYTES + body.length);
  return buffer.toString('base64', 0, NONCE_BYTES + body.length + TAG_BYTES);
}

/** Length-prefixed, so that no two places have the same bytes. */
export function boundTo({ stream, type, id }: SealedPlace): string {
  return `${stream.length}:${stream}${type.length}:${type}${id}`;
}

/** Written again and again: an event's own buffers would cost as much as sealing it. */
const scratch = Buffer.allocUnsafe(16 * 1024);
const nonce = Buffer.alloc(NONCE_BYTES);

/** With room for a block, for the text's bytes, and for what the box adds. */
function scratchFor(characters: number): Buffer {
  const bytes = HMAC_BLOCK + characters * MAX_BYTES_PER_UNIT;
  return bytes <= scratch.length ? scratch : Buffer.allocUnsafe(bytes);
}
