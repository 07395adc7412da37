/**
 * Protobuf messages written from their end to their beginning: the length of a part is then known
 * when it is to be written, and nothing is measured or copied twice.
 */

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const LOW_BITS = 0x80;
const MAX_INT32 = 0x7fffffff;

export class ProtoWriter {
  readonly #buffer: Buffer;
  #at: number;

  /** `capacity` bounds the whole message. */
  constructor(capacity: number) {
    this.#buffer = Buffer.allocUnsafe(capacity);
    this.#at = capacity;
  }

  /** Where a part ends; `close` writes its tag and length once its fields are written. */
  mark(): number {
    return this.#at;
  }

  close(field: number, end: number): void {
    this.#varint(end - this.#at);
    this.#tag(field, LENGTH_DELIMITED);
  }

  /** A message without fields. */
  empty(field: number): void {
    this.close(field, this.#at);
  }

  text(field: number, value: string): void {
    const length = Buffer.byteLength(value);
    this.#at -= length;
    this.#buffer.write(value, this.#at, length);
    this.close(field, this.#at + length);
  }

  bytes(field: number, value: Uint8Array): void {
    this.#at -= value.length;
    this.#buffer.set(value, this.#at);
    this.close(field, this.#at + value.length);
  }

  /** Proto3 leaves a zero out, except inside a `oneof`: `isKept` then. */
  number(field: number, value: number, isKept = false): void {
    if (value === 0 && !isKept) return;
    this.#varint(value);
    this.#tag(field, VARINT);
  }

  /** An int64 that may use all its bits. */
  int64(field: number, value: bigint): void {
    if (value === 0n) return;
    const groups: number[] = [];
    for (let rest = BigInt.asUintN(64, value); rest > 0n; rest >>= 7n) {
      groups.push(Number(rest & 0x7fn) | LOW_BITS);
    }
    groups.push((groups.pop() ?? 0) & (LOW_BITS - 1));
    this.#at -= groups.length;
    this.#buffer.set(groups, this.#at);
    this.#tag(field, VARINT);
  }

  finish(): Buffer {
    return this.#buffer.subarray(this.#at);
  }

  #tag(field: number, wireType: number): void {
    this.#varint((field << 3) | wireType);
  }

  #varint(value: number): void {
    const length = varintLength(value);
    this.#at -= length;
    let rest = value;
    for (let index = 0; index < length; index++) {
      const low = rest > MAX_INT32 ? rest % LOW_BITS : rest & (LOW_BITS - 1);
      this.#buffer[this.#at + index] = index < length - 1 ? low | LOW_BITS : low;
      rest = rest > MAX_INT32 ? Math.floor(rest / LOW_BITS) : rest >>> 7;
    }
  }
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= LOW_BITS; rest = Math.floor(rest / LOW_BITS)) length++;
  return length;
}
