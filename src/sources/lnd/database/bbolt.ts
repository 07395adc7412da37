/**
 * Reads a bbolt file (go.etcd.io/bbolt, `page.go`, `bucket.go`): a tree of buckets in pages. One page is
 * in memory at a time and for each level; every length and page number from the file is held against the
 * file before it is used, and no page is met twice.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { ImportError } from '../../importer.ts';

const PAGE_HEADER = 16;
const ELEMENT = 16;
const BUCKET_HEADER = 16;
const META_BYTES = 64;
const MAGIC = 0xed0cdaed;
const VERSION = 2;
const [BRANCH_PAGE, LEAF_PAGE] = [0x01, 0x02];
const BUCKET_LEAF = 0x01;
/** Of the machine that wrote it: 4 KiB, 16 KiB on newer Macs, 64 KiB on some ARM and POWER. */
const PAGE_SIZES = [4096, 8192, 16_384, 32_768, 65_536];
/** A key's value may run over many pages; lnd's largest is an invoice. */
const MAX_RUN_BYTES = 64 << 20;
/** With two entries on each page, a tree as deep has more pages than a file can. */
const MAX_DEPTH = 40;

export interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly isBucket: boolean;
}

interface Meta {
  readonly pageSize: number;
  readonly root: bigint;
  readonly pages: bigint;
  /** Rises with every transaction. */
  readonly txid: bigint;
}

export class BoltFile {
  readonly txid: bigint;
  readonly #file: number;
  readonly #bytes: number;
  readonly #pageSize: number;
  readonly #root: number;

  private constructor(file: number, bytes: number, meta: Meta) {
    this.#file = file;
    this.#bytes = bytes;
    this.#pageSize = meta.pageSize;
    this.#root = Number(meta.root);
    this.txid = meta.txid;
  }

  /** Opens a copy of our own. Throws an ImportError where it is no bbolt file. */
  static open(path: string): BoltFile {
    const file = openSync(path, 'r');
    try {
      const bytes = fstatSync(file).size;
      const meta = newestMeta(file);
      if (meta === undefined) {
        throw new ImportError(
          'neither of its two meta pages is whole: it is damaged, or no bbolt file',
        );
      }
      return new BoltFile(file, bytes, meta);
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  /** The top-level bucket of that name. */
  bucket(name: string): Bucket | undefined {
    return this.top().bucket(name);
  }

  /** What holds the top-level buckets. */
  top(): Bucket {
    return new Bucket(this, { page: this.#root });
  }

  /** The page and those it runs over into, of which all but the first have no header. */
  page(number: number): Buffer {
    const at = number * this.#pageSize;
    if (!Number.isSafeInteger(number) || number < 2 || at + PAGE_HEADER > this.#bytes) {
      throw damaged(`it names page ${number}, and the file ends before that`);
    }
    const header = this.#read(at, PAGE_HEADER);
    const runBytes = (header.readUInt32LE(12) + 1) * this.#pageSize;
    if (runBytes > MAX_RUN_BYTES) throw damaged(`page ${number} runs over ${runBytes} bytes`);
    if (at + runBytes > this.#bytes) throw damaged(`page ${number} goes beyond the file's end`);
    return this.#read(at, runBytes);
  }

  #read(at: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafe(length);
    const count = readSync(this.#file, buffer, 0, length, at);
    if (count !== length) throw damaged(`it ends at byte ${at + count}`);
    return buffer;
  }
}

type Root = { readonly page: number } | { readonly inline: Buffer };

/** Keys and values in the keys' order; a value may be a bucket again. */
export class Bucket {
  readonly #file: BoltFile;
  readonly #root: Root;

  constructor(file: BoltFile, root: Root) {
    this.#file = file;
    this.#root = root;
  }

  *entries(): Generator<Entry, void, undefined> {
    const root = this.#root;
    if ('inline' in root) yield* leafEntries(root.inline, 'a bucket within its parent');
    else yield* this.#entriesOf(root.page, 0, new Set());
  }

  /** The buckets within it, with their keys. */
  *buckets(): Generator<{ readonly key: Buffer; readonly bucket: Bucket }, void, undefined> {
    for (const entry of this.entries()) {
      if (entry.isBucket) yield { key: entry.key, bucket: this.#within(entry) };
    }
  }

  get(key: string | Uint8Array): Buffer | undefined {
    const entry = this.#find(Buffer.from(key));
    return entry === undefined || entry.isBucket ? undefined : entry.value;
  }

  bucket(key: string | Uint8Array): Bucket | undefined {
    const entry = this.#find(Buffer.from(key));
    return entry?.isBucket ? this.#within(entry) : undefined;
  }

  /** How many keys it has; those of buckets within are not counted. */
  count(): number {
    let count = 0;
    for (const { isBucket } of this.entries()) if (!isBucket) count++;
    return count;
  }

  #within({ value }: Entry): Bucket {
    if (value.length < BUCKET_HEADER) throw damaged('a bucket has no header');
    const page = Number(value.readBigUInt64LE(0));
    return new Bucket(
      this.#file,
      page === 0 ? { inline: value.subarray(BUCKET_HEADER) } : { page },
    );
  }

  *#entriesOf(page: number, depth: number, met: Set<number>): Generator<Entry, void, undefined> {
    if (depth > MAX_DEPTH) throw damaged('its pages are deeper than any tree of this size');
    if (met.has(page)) throw damaged(`page ${page} is in the tree twice`);
    met.add(page);
    const bytes = this.#file.page(page);
    if (isBranch(bytes, `page ${page}`)) {
      for (const child of childrenOf(bytes, page))
        yield* this.#entriesOf(child.page, depth + 1, met);
    } else yield* leafEntries(bytes, `page ${page}`);
  }

  #find(key: Buffer): Entry | undefined {
    const root = this.#root;
    if ('inline' in root) return among(leafEntries(root.inline, 'a bucket within its parent'), key);
    let page = root.page;
    for (let depth = 0; depth <= MAX_DEPTH; depth++) {
      const bytes = this.#file.page(page);
      if (!isBranch(bytes, `page ${page}`)) return among(leafEntries(bytes, `page ${page}`), key);
      let next: number | undefined;
      for (const child of childrenOf(bytes, page)) {
        if (next !== undefined && Buffer.compare(child.key, key) > 0) break;
        next = child.page;
      }
      if (next === undefined) return undefined;
      page = next;
    }
    throw damaged('its pages are deeper than any tree of this size');
  }
}

function among(entries: Iterable<Entry>, key: Buffer): Entry | undefined {
  for (const entry of entries) if (entry.key.equals(key)) return entry;
  return undefined;
}

/** A page is either; anything else is no page of a bucket. */
function isBranch(bytes: Buffer, name: string): boolean {
  if (bytes.length < PAGE_HEADER) throw damaged(`${name} has no header`);
  const flags = bytes.readUInt16LE(8);
  if (flags === BRANCH_PAGE) return true;
  if (flags === LEAF_PAGE) return false;
  throw damaged(`${name} is no page of a bucket`);
}

function* childrenOf(
  bytes: Buffer,
  page: number,
): Generator<{ readonly key: Buffer; readonly page: number }, void, undefined> {
  for (const at of elementsOf(bytes, `page ${page}`)) {
    const start = at + bytes.readUInt32LE(at);
    const end = start + bytes.readUInt32LE(at + 4);
    if (end > bytes.length) throw damaged(`a key on page ${page} goes beyond it`);
    yield { key: bytes.subarray(start, end), page: Number(bytes.readBigUInt64LE(at + 8)) };
  }
}

function* leafEntries(bytes: Buffer, name: string): Generator<Entry, void, undefined> {
  if (isBranch(bytes, name)) throw damaged(`${name} is a branch where a leaf must be`);
  for (const at of elementsOf(bytes, name)) {
    const start = at + bytes.readUInt32LE(at + 4);
    const middle = start + bytes.readUInt32LE(at + 8);
    const end = middle + bytes.readUInt32LE(at + 12);
    if (end > bytes.length) throw damaged(`a value on ${name} goes beyond it`);
    const isBucket = (bytes.readUInt32LE(at) & BUCKET_LEAF) !== 0;
    yield { key: bytes.subarray(start, middle), value: bytes.subarray(middle, end), isBucket };
  }
}

function elementsOf(bytes: Buffer, name: string): readonly number[] {
  const count = bytes.readUInt16LE(10);
  if (PAGE_HEADER + count * ELEMENT > bytes.length) {
    throw damaged(`${name} tells of ${count} entries, and has no room for them`);
  }
  return Array.from({ length: count }, (_, nth) => PAGE_HEADER + nth * ELEMENT);
}

/** bbolt writes its two meta pages in turn: the newer whole one counts. */
function newestMeta(file: number): Meta | undefined {
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
    pages: bytes.readBigUInt64LE(40),
    txid: bytes.readBigUInt64LE(48),
  };
}

/** The 64-bit FNV-1a hash, as Go's `hash/fnv` has it. */
function fnv1a(bytes: Buffer): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash;
}

function damaged(why: string): ImportError {
  return new ImportError(`the database is damaged: ${why}`);
}
