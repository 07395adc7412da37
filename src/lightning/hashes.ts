/** The hashes of Bitcoin's formats. */
import { hash } from 'node:crypto';
import { ripemd160 } from '@noble/hashes/legacy.js';

export function sha256(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(hash('sha256', bytes, 'buffer'));
}

/** SHA-256 twice: transaction ids, signature hashes, gossip (BOLT 7, signatures). */
export function doubleSha256(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(hash('sha256', hash('sha256', bytes, 'buffer'), 'buffer'));
}

/** RIPEMD-160 of SHA-256: addresses of keys (BIP 141). */
export function hash160(bytes: Uint8Array): Uint8Array {
  return ripemd160(sha256(bytes));
}
