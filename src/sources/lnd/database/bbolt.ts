/**
 * Reads a bbolt file (go.etcd.io/bbolt, `page.go`, `bucket.go`): a tree of buckets in pages. One page is
 * in memory at a time and for each level; every length and page number from the file is held against the
 * file before it is used. No two places lead to one page and no two entries share a byte, as in every
 * file that bbolt wrote: so what is read is never more than the file holds.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { ImportError } from '../../importer.ts';
import { type Meta, newestMeta } from './bbolt-meta.ts';

const PAGE_HEADER = 16;
const ELEMENT = 16;
const BUCKET_HEADER = 16;
const [BRANCH_PAGE, LEAF_PAGE] = [0x01, 0x02];
const BUCKET_LEAF = 0x01;
/** A key's value may run over many pages; lnd's largest is an invoice. */
const MAX_RUN_BYTES = 64 << 20;
/** With two entries on each page, a tree as deep has more pages than a file can. */
const MAX_DEPTH = 40;
/** Looking up each channel by its outpoint reads pages again, of small records a few hundred times. */
const MAX_READINGS = 1024;
/** A place in the file is its page's number and the byte within the page's run, in one number. */
const PLACES_PER_PAGE = MAX_RUN_BYTES;
/** The meta page leads to the root. */
const ROOT_PLACE = 1;

export interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly isBucket: boolean;
  /** Of the value. */
  readonly place: number;
}

export class BoltFile {
  readonly txid: bigint;
  readonly #file: number;
  readonly #bytes: number;
  readonly #pageSize: number;
  readonly #root: number;
  /** The one place that leads to each page; 0 of those that were not met. */
  readonly #ledFrom: Float64Array;
  #unreadBytes: number;

  private constructor(file: number, bytes: number, meta: Meta) {
    this.#file = file;
    this.#bytes = bytes;
    this.#pageSize = meta.pageSize;
    this.#root = Number(meta.root);
    this.txid = meta.txid;
    this.#ledFrom = new Float64Array(Math.ceil(bytes / meta.pageSize));
    this.#unreadBytes = bytes * MAX_READINGS;
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
    return new Bucket(this, { page: this.#root, from: ROOT_PLACE });
  }

  /** The page to which that place leads and those it runs over into, which have no header. */
  page(number: number, from: number): Buffer {
    const at = number * this.#pageSize;
    if (!Number.isSafeInteger(number) || number < 2 || at + PAGE_HEADER > this.#bytes) {
      throw damaged(`it names page ${number}, and the file ends before that`);
    }
    const header = this.#read(at, PAGE_HEADER);
    const runBytes = (header.readUInt32LE(12) + 1) * this.#pageSize;
    if (runBytes > MAX_RUN_BYTES) throw damaged(`page ${number} runs over ${runBytes} bytes`);
    if (at + runBytes > this.#bytes) throw damaged(`page ${number} goes beyond the file's end`);
    for (let nth = number; nth < number + runBytes / this.#pageSize; nth++) {
      const other = this.#ledFrom[nth];
      if (other !== 0 && other !== from) throw damaged(`page ${nth} is in the tree twice`);
      this.#ledFrom[nth] = from;
    }
    this.#unreadBytes -= runBytes;
    if (this.#unreadBytes < 0) throw damaged('its pages lead to more than it can hold');
    return this.#read(at, runBytes);
  }

  #read(at: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafe(length);
    const count = readSync(this.#file, buffer, 0, length, at);
    if (count !== length) throw damaged(`it ends at byte ${at + count}`);
    return buffer;
  }
}

type Root =
  | { readonly page: number; readonly from: number }
  | { readonly inline: Buffer; readonly place: number };

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
    if ('inline' in root) yield* leafEntries(root.inline, WITHIN, root.place);
    else yield* this.#entriesOf(root.page, root.from, 0);
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

  #within({ value, place }: Entry): Bucket {
    if (value.length < BUCKET_HEADER) throw damaged('a bucket has no header');
    const page = Number(value.readBigUInt64LE(0));
    return new Bucket(
      this.#file,
      page === 0
        ? { inline: value.subarray(BUCKET_HEADER), place: place + BUCKET_HEADER }
        : { page, from: place },
    );
  }

  *#entriesOf(page: number, from: number, depth: number): Generator<Entry, void, undefined> {
    if (depth > MAX_DEPTH) throw damaged('its pages are deeper than any tree of this size');
    const bytes = this.#file.page(page, from);
    if (isBranch(bytes, `page ${page}`)) {
      for (const child of childrenOf(bytes, page)) {
        yield* this.#entriesOf(child.page, child.from, depth + 1);
      }
    } else yield* leafEntries(bytes, `page ${page}`, page * PLACES_PER_PAGE);
  }

  #find(key: Buffer): Entry | undefined {
    const root = this.#root;
    if ('inline' in root) return among(leafEntries(root.inline, WITHIN, root.place), key);
    let { page, from } = root;
    for (let depth = 0; depth <= MAX_DEPTH; depth++) {
      const bytes = this.#file.page(page, from);
      const name = `page ${page}`;
      if (!isBranch(bytes, name)) {
        return among(leafEntries(bytes, name, page * PLACES_PER_PAGE), key);
      }
      let next: Child | undefined;
      for (const child of childrenOf(bytes, page)) {
        if (next !== undefined && Buffer.compare(child.key, key) > 0) break;
        next = child;
      }
      if (next === undefined) return undefined;
      ({ page, from } = next);
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

interface Child {
  readonly key: Buffer;
  readonly page: number;
  readonly from: number;
}

function* childrenOf(bytes: Buffer, page: number): Generator<Child, void, undefined> {
  const elements = elementsOf(bytes, `page ${page}`);
  let free = PAGE_HEADER + elements.length * ELEMENT;
  for (const at of elements) {
    const start = at + bytes.readUInt32LE(at);
    const end = start + bytes.readUInt32LE(at + 4);
    if (end > bytes.length) throw damaged(`a key on page ${page} goes beyond it`);
    if (start < free) throw damaged(`two keys on page ${page} share their bytes`);
    free = end;
    yield {
      key: bytes.subarray(start, end),
      page: Number(bytes.readBigUInt64LE(at + 8)),
      from: page * PLACES_PER_PAGE + at,
    };
  }
}

const WITHIN = 'a bucket within its parent';

function* leafEntries(
  bytes: Buffer,
  name: string,
  place: number,
): Generator<Entry, void, undefined> {
  if (isBranch(bytes, name)) throw damaged(`${name} is a branch where a leaf must be`);
  const elements = elementsOf(bytes, name);
  let free = PAGE_HEADER + elements.length * ELEMENT;
  for (const at of elements) {
    const start = at + bytes.readUInt32LE(at + 4);
    const middle = start + bytes.readUInt32LE(at + 8);
    const end = middle + bytes.readUInt32LE(at + 12);
    if (end > bytes.length) throw damaged(`a value on ${name} goes beyond it`);
    if (start < free) throw damaged(`two entries on ${name} share their bytes`);
    free = end;
    yield {
      key: bytes.subarray(start, middle),
      value: bytes.subarray(middle, end),
      isBucket: (bytes.readUInt32LE(at) & BUCKET_LEAF) !== 0,
      place: place + middle,
    };
  }
}

function elementsOf(bytes: Buffer, name: string): readonly number[] {
  const count = bytes.readUInt16LE(10);
  if (PAGE_HEADER + count * ELEMENT > bytes.length) {
    throw damaged(`${name} tells of ${count} entries, and has no room for them`);
  }
  return Array.from({ length: count }, (_, nth) => PAGE_HEADER + nth * ELEMENT);
}

function damaged(why: string): ImportError {
  return new ImportError(`the database is damaged: ${why}`);
}
