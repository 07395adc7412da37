/**
 * BOLT 3, Per-commitment Secret Requirements: all secrets of a channel come from one seed, and
 * whoever receives them in order keeps at most 49 of them and can derive all others.
 */
import { equalBytes } from './bytes.ts';
import { sha256 } from './hashes.ts';
import { WireReader } from './wire.ts';

const INDEX_BITS = 48;
const FIRST_INDEX = (1n << 48n) - 1n;

/** Indexes count down: commitment 0 has 2^48 − 1. */
export function shachainIndex(commitmentNumber: bigint | number): bigint {
  const index =
    Number.isInteger(commitmentNumber) || typeof commitmentNumber === 'bigint'
      ? FIRST_INDEX - BigInt(commitmentNumber)
      : -1n;
  if (index < 0n || index > FIRST_INDEX) {
    throw new Error(`"commitmentNumber" expected 0 to 2^48 - 1, got ${commitmentNumber}`);
  }
  return index;
}

/** The producer's side, BOLT 3 `generate_from_seed`. */
export function shachainSecret(seed: Uint8Array, index: bigint): Uint8Array {
  checkIndex(index);
  checkSecret(seed, 'seed');
  return derived(seed, INDEX_BITS, index);
}

/** What came of an insertion. Only `contradicts` says that someone cheated or a record is wrong. */
export type ShachainInsertion =
  /** It was new, and all that it covers derives from it. */
  | 'stored'
  /** It follows from what was there. */
  | 'known'
  /** It is above the newest and fits, but no longer follows from what is kept (it was skipped). */
  | 'late'
  /** It and an earlier one do not come from the same seed. */
  | 'contradicts';

interface Entry {
  readonly index: bigint;
  readonly secret: Uint8Array;
}

/** The receiver's side. Where none was skipped, every past secret can be had back. */
export class ShachainStore {
  /** By the number of trailing zeros of the index. */
  readonly #buckets = new Map<number, Entry>();

  /** BOLT 3, `insert_secret`. */
  insert(index: bigint, secret: Uint8Array): ShachainInsertion {
    checkIndex(index);
    checkSecret(secret, 'secret');
    const known = this.secretAt(index);
    if (known !== undefined) return equalBytes(known, secret) ? 'known' : 'contradicts';
    const bits = trailingZeros(index);
    for (const entry of this.#buckets.values()) {
      if (covers(index, bits, entry.index)) {
        if (!equalBytes(derived(secret, bits, entry.index), entry.secret)) return 'contradicts';
      }
    }
    const newest = this.newestIndex;
    if (newest !== undefined && index > newest) return 'late';
    this.#buckets.set(bits, { index, secret: Uint8Array.from(secret) });
    return 'stored';
  }

  /** BOLT 3, `derive_old_secret`: undefined where it was not revealed yet, or was skipped. */
  secretAt(index: bigint): Uint8Array | undefined {
    checkIndex(index);
    for (const [bits, entry] of this.#buckets) {
      if (covers(entry.index, bits, index)) return derived(entry.secret, bits, index);
    }
    return undefined;
  }

  /** The lowest index stored, which is the last one revealed. */
  get newestIndex(): bigint | undefined {
    let newest: bigint | undefined;
    for (const { index } of this.#buckets.values()) {
      if (newest === undefined || index < newest) newest = index;
    }
    return newest;
  }

  /** u8 count, then for each u64 index and 32 bytes, indexes rising. It is all secrets. */
  toBytes(): Uint8Array {
    const entries = [...this.#buckets.values()].sort((a, b) => (a.index < b.index ? -1 : 1));
    const bytes = new Uint8Array(1 + entries.length * 40);
    const view = new DataView(bytes.buffer);
    bytes[0] = entries.length;
    entries.forEach(({ index, secret }, i) => {
      view.setBigUint64(1 + i * 40, index);
      bytes.set(secret, 9 + i * 40);
    });
    return bytes;
  }

  static fromBytes(bytes: Uint8Array): ShachainStore {
    const reader = new WireReader(bytes, 'shachain');
    const count = reader.u8();
    const entries: Entry[] = [];
    for (let i = 0; i < count; i++) entries.push({ index: reader.u64(), secret: reader.bytes(32) });
    reader.end();
    return ShachainStore.fromEntries(entries);
  }

  /**
   * From the entries another program kept, in any order; refuses those that do not fit together.
   */
  static fromEntries(entries: readonly Entry[]): ShachainStore {
    const store = new ShachainStore();
    for (const { index, secret } of [...entries].sort((a, b) => (a.index < b.index ? 1 : -1))) {
      const bits = index < 0n ? 0 : trailingZeros(index);
      if (store.#buckets.has(bits) || store.insert(index, secret) !== 'stored') {
        throw new Error(
          `"shachain" expected entries of one seed, got index ${index} beside others`,
        );
      }
    }
    return store;
  }
}

/**
 * BOLT 3, `derive_secret`: flips the bits below `bits` that are set in the index, hashing each
 * time.
 */
function derived(from: Uint8Array, bits: number, index: bigint): Uint8Array {
  let value: Uint8Array = Uint8Array.from(from);
  for (let bit = bits - 1; bit >= 0; bit--) {
    if (((index >> BigInt(bit)) & 1n) === 0n) continue;
    const byte = bit >> 3;
    value[byte] = (value[byte] ?? 0) ^ (1 << (bit & 7));
    value = sha256(value);
  }
  return value;
}

/** Whether `index` lies below `parent` in the tree: equal in all bits but the lowest `bits`. */
function covers(parent: bigint, bits: number, index: bigint): boolean {
  return parent >> BigInt(bits) === index >> BigInt(bits);
}

/** BOLT 3, `where_to_put_secret`. */
function trailingZeros(index: bigint): number {
  let bits = 0;
  while (bits < INDEX_BITS && ((index >> BigInt(bits)) & 1n) === 0n) bits += 1;
  return bits;
}

function checkIndex(index: bigint): void {
  if (index < 0n || index > FIRST_INDEX) {
    throw new Error(`"index" expected 0 to 2^48 - 1, got ${index}`);
  }
}

/** The value is never shown. */
function checkSecret(secret: Uint8Array, name: string): void {
  if (secret.length !== 32) {
    throw new Error(`"${name}" expected 32 bytes, got ${secret.length}`);
  }
}
