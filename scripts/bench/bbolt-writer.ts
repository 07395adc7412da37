/**
 * Writes a bbolt file at once (go.etcd.io/bbolt, `page.go`, `bucket.go`): keys in their order into leaves,
 * branches above them. For large inputs of the bench, and no more than these need.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Bucket } from '../../src/sources/lnd/database/bbolt.ts';

const PAGE_BYTES = 4096;
const PAGE_HEADER = 16;
const ELEMENT = 16;
const META_BYTES = 64;
const [BRANCH_PAGE, LEAF_PAGE, META_PAGE, FREELIST_PAGE] = [0x01, 0x02, 0x04, 0x10];
const BUCKET_LEAF = 0x01;
const [MAGIC, VERSION, TXID] = [0xed0cdaed, 2, 1n];

export interface WrittenEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly isBucket: boolean;
}

interface Child {
  readonly key: Uint8Array;
  readonly page: number;
}

const ownValue = (_key: Uint8Array, value: Uint8Array): Uint8Array => value;

export class BboltWriter {
  readonly #file: number;
  /** Two meta pages and the list of free ones come first. */
  #next = 3;

  constructor(path: string) {
    this.#file = openSync(path, 'w');
  }

  /** A bucket of entries in their keys' order; answers it as its parent keeps it. */
  bucket(key: string, entries: Iterable<WrittenEntry>): WrittenEntry {
    const value = Buffer.alloc(16);
    value.writeBigUInt64LE(BigInt(this.#tree(entries)), 0);
    return { key: Buffer.from(key), value, isBucket: true };
  }

  /** Another file's bucket with all that it holds, or with other values than it has. */
  copied(key: Uint8Array, bucket: Bucket, changed = ownValue): WrittenEntry {
    const value = Buffer.alloc(16);
    value.writeBigUInt64LE(BigInt(this.#tree(this.#entriesOf(bucket, changed))), 0);
    return { key, value, isBucket: true };
  }

  /** Writes the top-level buckets, in their names' order, and what a reader looks at first. */
  end(buckets: readonly WrittenEntry[]): void {
    const root = this.#tree(buckets);
    const free = Buffer.alloc(PAGE_BYTES);
    headPage(free, 2, FREELIST_PAGE, 0);
    writeSync(this.#file, free, 0, PAGE_BYTES, 2 * PAGE_BYTES);
    for (const page of [0, 1]) {
      const bytes = Buffer.alloc(PAGE_BYTES);
      headPage(bytes, page, META_PAGE, 0);
      writeMeta(bytes.subarray(PAGE_HEADER, PAGE_HEADER + META_BYTES), root, this.#next, page);
      writeSync(this.#file, bytes, 0, PAGE_BYTES, page * PAGE_BYTES);
    }
    closeSync(this.#file);
  }

  *#entriesOf(bucket: Bucket, changed: typeof ownValue): Generator<WrittenEntry> {
    const within = new Map(
      Array.from(bucket.buckets(), ({ key, bucket }) => [key.toString('hex'), bucket] as const),
    );
    for (const { key, value, isBucket } of bucket.entries()) {
      const inner = isBucket ? within.get(key.toString('hex')) : undefined;
      yield inner === undefined
        ? { key, value: changed(key, value), isBucket: false }
        : this.copied(key, inner, changed);
    }
  }

  /** The page of the tree's root. */
  #tree(entries: Iterable<WrittenEntry>): number {
    let level: Child[] = [];
    let held: WrittenEntry[] = [];
    let heldBytes = PAGE_HEADER;
    for (const entry of entries) {
      const bytes = ELEMENT + entry.key.length + entry.value.length;
      if (held.length > 0 && heldBytes + bytes > PAGE_BYTES) {
        level.push(this.#leaf(held));
        [held, heldBytes] = [[], PAGE_HEADER];
      }
      held.push(entry);
      heldBytes += bytes;
    }
    level.push(this.#leaf(held));
    while (level.length > 1) level = this.#branches(level);
    return level[0]?.page ?? 0;
  }

  #leaf(entries: readonly WrittenEntry[]): Child {
    const dataBytes = entries.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
    const bytes = this.#room(PAGE_HEADER + entries.length * ELEMENT + dataBytes);
    const page = this.#head(bytes, LEAF_PAGE, entries.length);
    let at = PAGE_HEADER;
    let data = PAGE_HEADER + entries.length * ELEMENT;
    for (const { key, value, isBucket } of entries) {
      bytes.writeUInt32LE(isBucket ? BUCKET_LEAF : 0, at);
      bytes.writeUInt32LE(data - at, at + 4);
      bytes.writeUInt32LE(key.length, at + 8);
      bytes.writeUInt32LE(value.length, at + 12);
      bytes.set(key, data);
      bytes.set(value, data + key.length);
      data += key.length + value.length;
      at += ELEMENT;
    }
    writeSync(this.#file, bytes, 0, bytes.length, page * PAGE_BYTES);
    return { key: entries[0]?.key ?? new Uint8Array(0), page };
  }

  #branches(children: readonly Child[]): Child[] {
    const longest = Math.max(...children.slice(0, 1000).map(({ key }) => key.length));
    const perPage = Math.floor((PAGE_BYTES - PAGE_HEADER) / (ELEMENT + longest));
    const count = Math.ceil(children.length / perPage);
    return Array.from({ length: count }, (_, nth) =>
      this.#branch(children.slice(nth * perPage, (nth + 1) * perPage)),
    );
  }

  #branch(children: readonly Child[]): Child {
    const bytes = this.#room(
      PAGE_HEADER + children.reduce((sum, { key }) => sum + ELEMENT + key.length, 0),
    );
    const page = this.#head(bytes, BRANCH_PAGE, children.length);
    let at = PAGE_HEADER;
    let data = PAGE_HEADER + children.length * ELEMENT;
    for (const child of children) {
      bytes.writeUInt32LE(data - at, at);
      bytes.writeUInt32LE(child.key.length, at + 4);
      bytes.writeBigUInt64LE(BigInt(child.page), at + 8);
      bytes.set(child.key, data);
      data += child.key.length;
      at += ELEMENT;
    }
    writeSync(this.#file, bytes, 0, bytes.length, page * PAGE_BYTES);
    return { key: children[0]?.key ?? new Uint8Array(0), page };
  }

  #room(bytes: number): Buffer {
    return Buffer.alloc(Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES);
  }

  #head(bytes: Buffer, flags: number, count: number): number {
    const page = this.#next;
    this.#next += bytes.length / PAGE_BYTES;
    headPage(bytes, page, flags, count);
    return page;
  }
}

function headPage(bytes: Buffer, page: number, flags: number, count: number): void {
  bytes.writeBigUInt64LE(BigInt(page), 0);
  bytes.writeUInt16LE(flags, 8);
  bytes.writeUInt16LE(count, 10);
  bytes.writeUInt32LE(bytes.length / PAGE_BYTES - 1, 12);
}

function writeMeta(meta: Buffer, root: number, pages: number, nth: number): void {
  meta.writeUInt32LE(MAGIC, 0);
  meta.writeUInt32LE(VERSION, 4);
  meta.writeUInt32LE(PAGE_BYTES, 8);
  meta.writeBigUInt64LE(BigInt(root), 16);
  meta.writeBigUInt64LE(2n, 32);
  meta.writeBigUInt64LE(BigInt(pages), 40);
  meta.writeBigUInt64LE(TXID + BigInt(nth), 48);
  meta.writeBigUInt64LE(fnv1a(meta.subarray(0, 56)), 56);
}

/** The 64-bit FNV-1a hash, as Go's `hash/fnv` has it. */
function fnv1a(bytes: Uint8Array): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash;
}
