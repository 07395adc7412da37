/** Digests: each event seals the one before it, and the head seals all streams. DESIGN §4. */
import { createHash, hash } from 'node:crypto';

const DOMAIN = Buffer.from('channel-ledger/1');
const FIRST = new Uint8Array(32);

/** What a digest covers, over the stored (sealed) bytes. */
export interface DigestedEvent {
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly data: string | Uint8Array;
  readonly metadata: string | Uint8Array;
}

/**
 * SHA-256(domain ‖ previous digest ‖ u64be revision ‖ u32be length and bytes of each of stream,
 * id (16 bytes), type, data, metadata); `previous` is undefined at revision 0.
 */
export function eventDigest(event: DigestedEvent, previous: Uint8Array | undefined): Uint8Array {
  const parts = [
    Buffer.from(event.stream),
    uuidBytes(event.id),
    Buffer.from(event.type),
    bytesOf(event.data),
    bytesOf(event.metadata),
  ];
  let length = DOMAIN.length + 32 + 8;
  for (const part of parts) length += 4 + part.length;
  const buffer = Buffer.allocUnsafe(length);
  buffer.set(DOMAIN, 0);
  buffer.set(previous ?? FIRST, DOMAIN.length);
  let offset = buffer.writeBigUInt64BE(BigInt(event.revision), DOMAIN.length + 32);
  for (const part of parts) {
    offset = buffer.writeUInt32BE(part.length, offset);
    buffer.set(part, offset);
    offset += part.length;
  }
  return hash('sha256', buffer, 'buffer');
}

/** SHA-256 over (stream name, revision, digest) of every stream, length-prefixed, by name bytes. */
export function ledgerHead(
  heads: Iterable<{
    readonly stream: string;
    readonly revision: number;
    readonly digest: Uint8Array;
  }>,
): Uint8Array {
  const sorted = [...heads]
    .map((head) => ({ ...head, name: Buffer.from(head.stream) }))
    .sort((a, b) => Buffer.compare(a.name, b.name));
  const sha = createHash('sha256');
  const number = Buffer.alloc(12);
  for (const { name, revision, digest } of sorted) {
    number.writeUInt32BE(name.length, 0);
    number.writeBigUInt64BE(BigInt(revision), 4);
    sha.update(number.subarray(0, 4)).update(name).update(number.subarray(4)).update(digest);
  }
  return sha.digest();
}

export function uuidBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex');
}

export function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** A UUIDv8 (RFC 9562 §5.8) that names whatever was hashed. */
export function uuidV8Of(sha256: Uint8Array): string {
  const bytes = Buffer.from(sha256.subarray(0, 16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return uuidText(bytes);
}

function bytesOf(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? Buffer.from(text) : text;
}
