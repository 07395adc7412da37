/** A bbolt file's meta pages (go.etcd.io/bbolt, `meta` in `db.go`): where its tree begins. */
import { readSync } from 'node:fs';

const PAGE_HEADER = 16;
const META_BYTES = 64;
const MAGIC = 0xed0cdaed;
const VERSION = 2;
/** Of the machine that wrote it: 4 KiB, 16 KiB on newer Macs, 64 KiB on some ARM and POWER. */
const PAGE_SIZES = [4096, 8192, 16_384, 32_768, 65_536];

export interface Meta {
  readonly pageSize: number;
  readonly root: bigint;
  /** Rises with every transaction. */
  readonly txid: bigint;
}

/** bbolt writes its two meta pages in turn: the newer whole one counts. */
export function newestMeta(file: number): Meta | undefined {
  const first = metaAt(file, 0);
  const sizes = first === undefined ? PAGE_SIZES : [first.pageSize];
  const second = sizes.map((size) => metaAt(file, size)).find((meta) => meta !== undefined);
  if (first === undefined || second === undefined) return first ?? second;
  return second.txid > first.txid ? second : first;
}

function metaAt(file: number, at: number): Meta | undefined {
  const bytes = Buffer.alloc(META_BYTES);
  if (readSync(file, bytes, 0, META_BYTES, at + PAGE_HEADER) !== META_BYTES) return undefined;
  if (bytes.readUInt32LE(0) !== MAGIC || bytes.readUInt32LE(4) !== VERSION) return undefined;
  if (bytes.readBigUInt64LE(56) !== fnv1a(bytes.subarray(0, 56))) return undefined;
  const pageSize = bytes.readUInt32LE(8);
  if (!PAGE_SIZES.includes(pageSize)) return undefined;
  return {
    pageSize,
    root: bytes.readBigUInt64LE(16),
    txid: bytes.readBigUInt64LE(48),
  };
}

/** The 64-bit FNV-1a hash, as Go's `hash/fnv` has it. */
function fnv1a(bytes: Buffer): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash;
}
