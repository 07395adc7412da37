/**
 * Core Lightning's `gossip_store` cut into its records (common/gossip_store.h, devtools/dump-gossipstore.c):
 * a version byte, then records one after the other, each with a header in big-endian integers.
 *
 *   up to minor version 9    u32 length with two flags, u32 checksum, u32 timestamp, message
 *   from minor version 10    u16 flags, u16 length, u32 checksum, u32 timestamp, message
 */
import { ImportError } from '../importer.ts';
import { crc32c } from './crc32c.ts';

/** The oldest whose records are known to be laid out so. */
const OLDEST_MINOR = 9;
const FIRST_WITH_FLAGS = 10;
/** Before it the same bit marked what was sent too often. */
const FIRST_WITH_COMPLETED = 15;
const HEADER_BYTES = 12;
/** BOLT 1: a message's length has two bytes on the wire. */
const MOST_MESSAGE_BYTES = 65_535;
const TYPE_BYTES = 2;

const DELETED = 0x8000;
const COMPLETED = 0x2000;
/** Deleted, to be pushed, completed or rate-limited, a zombie (up to 13), dying. */
const KNOWN_FLAGS = DELETED | 0x4000 | COMPLETED | 0x1000 | 0x0800;

export interface StoreRecord {
  /** Counted from 1. */
  readonly number: number;
  /** Of its header. */
  readonly byte: number;
  /** Replaced by a newer one, or of a channel that is gone: it was told all the same. */
  readonly isDeleted: boolean;
  /** False while its node has not finished writing it. */
  readonly isComplete: boolean;
  readonly unknownFlags: number;
  readonly isSound: boolean;
  /** Seconds since 1970; 0 where none belongs to it. */
  readonly timestamp: number;
  /** BOLT 1's type, or one of the store's own from 4096 on. */
  readonly type: number;
  /** Two bytes of type in front; a view of what was handed in. */
  readonly message: Uint8Array;
}

/** The minor version. Throws an ImportError for a first byte that is none, or of another layout. */
export function minorVersionOf(firstByte: number | undefined, name: string): number {
  if (firstByte === undefined) {
    throw new ImportError(`${name} is empty: is it the right file?`);
  }
  const [major, minor] = [firstByte >> 5, firstByte & 0x1f];
  if (major !== 0) {
    throw new ImportError(
      `${name} is no gossip_store: its first byte says version ${major}.${minor}, and known is major ` +
        'version 0; a part of one without its beginning has no version either',
    );
  }
  if (minor < OLDEST_MINOR) {
    throw new ImportError(
      `${name} has version ${minor}, and a gossip_store is read from version ${OLDEST_MINOR} on: ` +
        'let a newer lightningd write it again',
    );
  }
  return minor;
}

/** Takes a store's bytes as they come, from behind the version byte on, and gives whole records. */
export class StoreRecords {
  readonly #minor: number;
  readonly #name: string;
  #rest: Uint8Array = new Uint8Array(0);
  #byte = 1;
  #number = 0;

  constructor(minor: number, name: string) {
    this.#minor = minor;
    this.#name = name;
  }

  /** Where the next record begins. */
  get byte(): number {
    return this.#byte;
  }

  /** Bytes of a record whose end has not come. */
  get unfinishedBytes(): number {
    return this.#rest.length;
  }

  placeOf({ number, byte }: Pick<StoreRecord, 'number' | 'byte'>): string {
    return `${this.#name} record ${number} (byte ${byte})`;
  }

  /** Throws an ImportError where a record's length cannot be one: nothing behind it can be found. */
  *take(chunk: Uint8Array): Generator<StoreRecord, void, undefined> {
    const data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    let start = 0;
    try {
      while (data.length - start >= HEADER_BYTES) {
        const { flags, length } = this.#headOf(view, start);
        const end = start + HEADER_BYTES + length;
        if (end > data.length) return;
        const message = data.subarray(start + HEADER_BYTES, end);
        const record = this.#record(view, start, flags, message);
        this.#byte += end - start;
        start = end;
        yield record;
      }
    } finally {
      this.#rest = data.subarray(start);
    }
  }

  #headOf(view: DataView, start: number): { readonly flags: number; readonly length: number } {
    if (this.#minor >= FIRST_WITH_FLAGS) {
      return { flags: view.getUint16(start), length: view.getUint16(start + 2) };
    }
    const word = view.getUint32(start);
    const length = word & 0x3fffffff;
    if (length > MOST_MESSAGE_BYTES) {
      const place = this.placeOf({ number: this.#number + 1, byte: this.#byte });
      throw new ImportError(
        `${place} says it has ${length} bytes, and no message is as long: what stands before it is ` +
          'whole, and what follows cannot be found; let lightningd write the store again',
      );
    }
    return { flags: (word >>> 16) & 0xc000, length };
  }

  #record(view: DataView, start: number, flags: number, message: Uint8Array): StoreRecord {
    this.#number++;
    const timestamp = view.getUint32(start + 8);
    return {
      number: this.#number,
      byte: this.#byte,
      isDeleted: (flags & DELETED) !== 0,
      isComplete: this.#minor < FIRST_WITH_COMPLETED || (flags & COMPLETED) !== 0,
      unknownFlags: flags & ~KNOWN_FLAGS,
      isSound: view.getUint32(start + 4) === crc32c(timestamp, message),
      timestamp,
      type: message.length < TYPE_BYTES ? -1 : view.getUint16(start + HEADER_BYTES),
      message,
    };
  }
}
