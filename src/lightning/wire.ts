/**
 * Reading and writing the wire's integers. Lightning's are big-endian (BOLT 1, fundamental types),
 * Bitcoin's little-endian (`…Le`). Nothing is read past the end, and every refusal names the place.
 */
import { concatBytes } from './bytes.ts';

const MAX_U64 = (1n << 64n) - 1n;

/** One record of a TLV stream (BOLT 1, Type-Length-Value Format). */
export interface TlvRecord {
  readonly type: bigint;
  readonly value: Uint8Array;
}

/**
 * A cursor over bytes that it never copies whole: `bytes` gives views, so leave the source alone.
 */
export class WireReader {
  readonly #source: Uint8Array;
  readonly #view: DataView;
  readonly #name: string;
  #offset = 0;

  constructor(source: Uint8Array, name = 'bytes') {
    this.#source = source;
    this.#view = new DataView(source.buffer, source.byteOffset, source.length);
    this.#name = name;
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#source.length - this.#offset;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4));
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#advance(8));
  }

  u16Le(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  u32Le(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  u64Le(): bigint {
    return this.#view.getBigUint64(this.#advance(8), true);
  }

  /** BOLT 1, BigSize: 1, 3, 5 or 9 bytes, always the shortest. */
  bigsize(): bigint {
    const first = this.u8();
    if (first < 0xfd) return BigInt(first);
    if (first === 0xfd) return this.#canonical(BigInt(this.u16()), 0xfdn);
    if (first === 0xfe) return this.#canonical(BigInt(this.u32()), 0x1_0000n);
    return this.#canonical(this.u64(), 0x1_0000_0000n);
  }

  /** Bitcoin's CompactSize, where it counts bytes or items: the shortest form, below 2^32. */
  compactSize(): number {
    const first = this.u8();
    if (first < 0xfd) return first;
    if (first === 0xfd) return Number(this.#canonical(BigInt(this.u16Le()), 0xfdn));
    if (first === 0xfe) return Number(this.#canonical(BigInt(this.u32Le()), 0x1_0000n));
    throw this.#refusal('expected a count below 2^32, got a larger one');
  }

  /** A view of the next `length` bytes. */
  bytes(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#source.subarray(start, start + length);
  }

  /** A view of all that is left. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  /** A view of what lies between two offsets already passed. */
  between(start: number, end: number): Uint8Array {
    return this.#source.subarray(start, end);
  }

  /**
   * BOLT 1, truncated integer: up to `maxBytes` bytes and no leading zero; takes all that is left.
   */
  truncated(maxBytes: 2 | 4 | 8): bigint {
    if (this.remaining > maxBytes) {
      throw this.#refusal(
        `expected an integer of at most ${maxBytes} bytes, got ${this.remaining}`,
      );
    }
    let value = 0n;
    const length = this.remaining;
    for (let i = 0; i < length; i++) value = (value << 8n) | BigInt(this.u8());
    if (length > 0 && value < 1n << BigInt(8 * (length - 1))) {
      throw this.#refusal('expected a truncated integer in its shortest form, got a leading zero');
    }
    return value;
  }

  /**
   * BOLT 1, TLV streams: all that is left, types strictly increasing, lengths within bounds. With
   * `known`, a type that is even and not in it is refused ("it's ok to be odd").
   */
  tlvStream(known?: ReadonlySet<bigint>): readonly TlvRecord[] {
    const records: TlvRecord[] = [];
    let previous = -1n;
    while (this.remaining > 0) {
      const type = this.bigsize();
      if (type <= previous) {
        throw this.#refusal(`expected TLV types in rising order, got ${type} after ${previous}`);
      }
      previous = type;
      const length = this.bigsize();
      if (length > BigInt(this.remaining)) {
        throw this.#refusal(`expected a TLV of ${length} bytes, got ${this.remaining}`);
      }
      if (known !== undefined && type % 2n === 0n && !known.has(type)) {
        throw this.#refusal(`expected only known even TLV types, got ${type}`);
      }
      records.push({ type, value: this.bytes(Number(length)) });
    }
    return records;
  }

  /** Nothing may follow. */
  end(): void {
    if (this.remaining !== 0) {
      throw this.#refusal(`expected the end, got ${this.remaining} more bytes`);
    }
  }

  #advance(length: number): number {
    if (!Number.isInteger(length) || length < 0 || length > this.remaining) {
      throw this.#refusal(`expected ${length} more bytes, got ${this.remaining}`);
    }
    const start = this.#offset;
    this.#offset += length;
    return start;
  }

  #canonical(value: bigint, minimum: bigint): bigint {
    if (value < minimum)
      throw this.#refusal('expected the shortest form of a size, got a longer one');
    return value;
  }

  #refusal(sentence: string): Error {
    return new Error(`"${this.#name}" at byte ${this.#offset} ${sentence}`);
  }
}

/** BOLT 1, BigSize, in its shortest form. */
export function bigsizeBytes(value: bigint): Uint8Array {
  if (value < 0n || value > MAX_U64) {
    throw new Error(`"bigsize" expected an unsigned 64-bit integer, got ${value}`);
  }
  const [prefix, length] =
    value < 0xfdn
      ? [-1, 1]
      : value < 0x1_0000n
        ? [0xfd, 2]
        : value < 0x1_0000_0000n
          ? [0xfe, 4]
          : [0xff, 8];
  const start = prefix < 0 ? 0 : 1;
  const bytes = new Uint8Array(start + length);
  if (prefix >= 0) bytes[0] = prefix;
  let rest = value;
  for (let i = bytes.length - 1; i >= start; i--) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

/** BOLT 1, `tlv_stream` of these records, which the caller has in rising order of their types. */
export function tlvStreamBytes(records: readonly TlvRecord[]): Uint8Array {
  return concatBytes(
    ...records.flatMap(({ type, value }) => [
      bigsizeBytes(type),
      bigsizeBytes(BigInt(value.length)),
      value,
    ]),
  );
}
