/**
 * HMAC-SHA-256 (RFC 2104) by two one-shot hashes over pads made once: every sealed event needs one, and
 * Node's Hmac object takes three times as long.
 */
import { hash } from 'node:crypto';

/** Bytes in front of a message, where the key's inner pad goes. */
export const HMAC_BLOCK = 64;
const DIGEST_BYTES = 32;

export interface HmacKey {
  readonly innerPad: Uint8Array;
  readonly outerPad: Uint8Array;
}

/** `key` is no longer than a block: the ledger's have 32 bytes. */
export function hmacKeyOf(key: Uint8Array): HmacKey {
  if (key.length > HMAC_BLOCK) throw new Error(`an HMAC key of ${key.length} bytes`);
  const padded = new Uint8Array(HMAC_BLOCK);
  padded.set(key);
  return {
    innerPad: padded.map((byte) => byte ^ 0x36),
    outerPad: padded.map((byte) => byte ^ 0x5c),
  };
}

const outer = Buffer.alloc(HMAC_BLOCK + DIGEST_BYTES);

/** Of the message in `buffer` from HMAC_BLOCK to `end`, in hex; the bytes before it are written over. */
export function hmacHex({ innerPad, outerPad }: HmacKey, buffer: Buffer, end: number): string {
  buffer.set(innerPad, 0);
  outer.set(outerPad, 0);
  outer.write(hash('sha256', buffer.subarray(0, end), 'binary'), HMAC_BLOCK, 'latin1');
  return hash('sha256', outer, 'hex');
}

/** Of a text's UTF-8 bytes, in hex. */
export function hmacOfText(key: HmacKey, text: string): string {
  const message = Buffer.from(text);
  return hmacHex(key, Buffer.concat([key.innerPad, message]), HMAC_BLOCK + message.length);
}
