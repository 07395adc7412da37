/** Digests: each event seals the one before it, and the head seals all streams. DESIGN §4. */
import { createHash, hash } from 'node:crypto';

const DOMAIN = Buffer.from('channel-ledger/1');
const FIRST = new Uint8Array(32);
/** Before the first length: domain, previous digest, revision. */
const FIXED_BYTES = DOMAIN.length + 32 + 8;
const LENGTHS_BYTES = 5 * 4;
const ID_BYTES = 16;
const MAX_BYTES_PER_UNIT = 3;
const SCRATCH_BYTES = 64 * 1024;

/** What a digest covers, over the stored (sealed) bytes. */
export interface DigestedEvent {
  readonly stream: string;
  readonly revision: number;
  readonly id: string | Uint8Array;
  readonly type: string;
  readonly data: string | Uint8Array;
  readonly metadata: string | Uint8Array;
}

/** Digesting is a third of an append's own cost: one buffer is written again and again. */
const scratch = Buffer.allocUnsafe(SCRATCH_BYTES);
scratch.set(DOMAIN, 0);

/**
 * SHA-256(domain ‖ previous digest ‖ u64be revision ‖ u32be length and bytes of each of stream,
 * id (16 bytes), type, data, metadata); `previous` is undefined at revision 0.
 */
export function eventDigest(event: DigestedEvent, previous: Uint8Array | undefined): Uint8Array {
  const { stream, id, type, data, metadata } = event;
  const capacity =
    FIXED_BYTES +
    LENGTHS_BYTES +
    ID_BYTES +
    (stream.length + type.length + data.length + metadata.length) * MAX_BYTES_PER_UNIT;
  const buffer = capacity <= SCRATCH_BYTES ? scratch : Buffer.allocUnsafe(capacity);
  if (buffer !== scratch) buffer.set(DOMAIN, 0);
  buffer.set(previous ?? FIRST, DOMAIN.length);
  let offset = DOMAIN.length + 32;
  offset = buffer.writeUInt32BE(Math.floor(event.revision / 2 ** 32), offset);
  offset = buffer.writeUInt32BE(event.revision >>> 0, offset);
  offset = writePart(buffer, offset, stream);
  offset = writePart(buffer, offset, typeof id === 'string' ? uuidBytes(id) : id);
  offset = writePart(buffer, offset, type);
  offset = writePart(buffer, offset, data);
  offset = writePart(buffer, offset, metadata);
  // Through a string: a digest handed over as a buffer costs three times as much (its own memory).
  return Buffer.from(hash('sha256', buffer.subarray(0, offset), 'binary'), 'latin1');
}

function writePart(buffer: Buffer, offset: number, part: string | Uint8Array): number {
  const start = offset + 4;
  let length = part.length;
  if (typeof part === 'string') length = buffer.write(part, start);
  else buffer.set(part, start);
  buffer.writeUInt32BE(length, offset);
  return start + length;
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
  const bytes = Buffer.allocUnsafe(ID_BYTES);
  writeUuid(bytes, id);
  return bytes;
}

/** Digit by digit: taking the hyphens out first would make a string for each event. */
export function writeUuid(bytes: Uint8Array, id: string): void {
  let at = 0;
  for (let index = 0; at < ID_BYTES; index += 2) {
    if (id.charCodeAt(index) === HYPHEN) index++;
    bytes[at++] = (digit(id.charCodeAt(index)) << 4) | digit(id.charCodeAt(index + 1));
  }
}

const HYPHEN = 0x2d;

/** The value of a lower-case hexadecimal digit: '0' is 0x30, 'a' is 0x61. */
function digit(code: number): number {
  return code < 0x61 ? code - 0x30 : code - 0x57;
}

export function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The same from the hash in hex: cutting text is all it takes. */
export function uuidV8OfHex(sha256: string): string {
  const variant = '89ab'[Number.parseInt(sha256[16] ?? '0', 16) & 3];
  return `${sha256.slice(0, 8)}-${sha256.slice(8, 12)}-8${sha256.slice(13, 16)}-${variant}${sha256.slice(17, 20)}-${sha256.slice(20, 32)}`;
}

/** A UUIDv8 (RFC 9562 §5.8) that names whatever was hashed. */
export function uuidV8Of(sha256: Uint8Array): string {
  const bytes = Buffer.from(sha256.subarray(0, 16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return uuidText(bytes);
}
