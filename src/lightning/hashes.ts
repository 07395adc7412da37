/** The two hashes of Bitcoin's formats. */
import { hash } from 'node:crypto';

export function sha256(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(hash('sha256', bytes, 'buffer'));
}

/** SHA-256 twice: transaction ids, signature hashes, gossip (BOLT 7, signatures). */
export function doubleSha256(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(hash('sha256', hash('sha256', bytes, 'buffer'), 'buffer'));
}
