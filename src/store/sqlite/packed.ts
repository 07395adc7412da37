/**
 * Appends on their way to the writer's thread and back. Copying thousands of small objects from one
 * thread to another costs more than writing them; one long text and a few arrays cost a tenth of it.
 */
import type { AppendRequest, AppendResult, EventColumns, NewEvent } from '../event-store.ts';
import { ID_LENGTH } from '../limits.ts';
import { type SealingKey, sealEvent } from '../unsealed.ts';

export interface PackedRequests {
  readonly streams: readonly string[];
  /** Expected revision and number of events of each request. */
  readonly places: Float64Array<ArrayBuffer>;
  /** Each type once. */
  readonly types: readonly string[];
  /** Id, data and metadata of each event, one after the other, and what is still to be sealed of it. */
  readonly text: string;
  /** Of each event: its type's number, and how long each of those texts is. */
  readonly lengths: Uint32Array<ArrayBuffer>;
  /** Time it happened, time it was recorded, and both amounts of each event. */
  readonly numbers: BigInt64Array<ArrayBuffer>;
  readonly flags: Uint8Array<ArrayBuffer>;
  /** Of each event that is still to be sealed, in order: which of the keys the thread was given. */
  readonly keys: readonly number[];
}

/** Of each result: 1 if it was appended; its revision; its position. */
export interface PackedResults {
  readonly numbers: Float64Array;
  readonly digests: Uint8Array;
}

/** Type, data, metadata, and what is to be sealed. */
const LENGTHS = 4;
const NUMBERS = 4;
const RESULT_NUMBERS = 3;
const DIGEST_BYTES = 32;
const MARKED = 1;
const HAS_AMOUNT_1 = 2;
const HAS_AMOUNT_2 = 4;
const IS_UNSEALED = 8;

/** `numberOf`: a number for a key that the thread knows, or is told with this message. */
export function packRequests(
  requests: readonly AppendRequest[],
  numberOf: (key: SealingKey) => number,
): PackedRequests {
  let count = 0;
  for (const { events } of requests) count += events.length;
  const types = new Map<string, number>();
  const texts: string[] = [];
  const places = new Float64Array(requests.length * 2);
  const lengths = new Uint32Array(count * LENGTHS);
  const numbers = new BigInt64Array(count * NUMBERS);
  const flags = new Uint8Array(count);
  const keys: number[] = [];
  let nth = 0;
  let place = 0;
  for (const { events, expectedRevision } of requests) {
    places[place++] = expectedRevision;
    places[place++] = events.length;
    for (const { id, type, data, metadata, columns, unsealed } of events) {
      texts.push(id, data, metadata);
      const typeNumber = types.get(type) ?? types.size;
      if (typeNumber === types.size) types.set(type, typeNumber);
      const at = nth * LENGTHS;
      lengths[at] = typeNumber;
      lengths[at + 1] = data.length;
      lengths[at + 2] = metadata.length;
      if (unsealed !== undefined) {
        texts.push(unsealed.text);
        lengths[at + 3] = unsealed.text.length;
        keys.push(numberOf(unsealed.key));
      }
      packColumns(columns, numbers, nth);
      flags[nth++] = flagsOf(columns) | (unsealed === undefined ? 0 : IS_UNSEALED);
    }
  }
  const streams = requests.map(({ stream }) => stream);
  const text = texts.join('');
  return { streams, places, types: [...types.keys()], text, lengths, numbers, flags, keys };
}

function packColumns(columns: EventColumns, numbers: BigInt64Array, nth: number): void {
  const { happenedAtNs, recordedAtNs, amount1, amount2 } = columns;
  const at = nth * NUMBERS;
  numbers[at] = happenedAtNs;
  numbers[at + 1] = recordedAtNs;
  if (amount1 !== null) numbers[at + 2] = amount1;
  if (amount2 !== null) numbers[at + 3] = amount2;
}

function flagsOf({ amount1, amount2, isMarked }: EventColumns): number {
  return (
    (isMarked ? MARKED : 0) |
    (amount1 === null ? 0 : HAS_AMOUNT_1) |
    (amount2 === null ? 0 : HAS_AMOUNT_2)
  );
}

/** `keys`: those the thread was told, by their numbers. */
export function unpackRequests(
  packed: PackedRequests,
  keys: readonly SealingKey[],
): readonly AppendRequest[] {
  const { text, types, lengths, flags } = packed;
  let offset = 0;
  const read = (length: number) => {
    const start = offset;
    offset += length;
    return text.slice(start, offset);
  };
  let nth = 0;
  let keyNth = 0;
  return packed.streams.map((stream, index) => {
    const [expectedRevision = 0, count = 0] = packed.places.subarray(index * 2, index * 2 + 2);
    const events = Array.from({ length: count }, (): NewEvent => {
      const at = nth * LENGTHS;
      const type = types[lengths[at] ?? -1] ?? '';
      const id = read(ID_LENGTH);
      const data = read(lengths[at + 1] ?? 0);
      const metadata = read(lengths[at + 2] ?? 0);
      const event = { id, type, data, metadata, columns: unpackColumns(packed, nth) };
      if (((flags[nth++] ?? 0) & IS_UNSEALED) === 0) return event;
      const key = keys[packed.keys[keyNth++] ?? -1];
      if (key === undefined) throw new Error('the thread was not told a key');
      const unsealed = { key, text: read(lengths[at + 3] ?? 0) };
      return sealEvent(stream, { ...event, unsealed });
    });
    return { stream, events, expectedRevision };
  });
}

function unpackColumns({ numbers, flags }: PackedRequests, nth: number): EventColumns {
  const number = (offset: number) => numbers[nth * NUMBERS + offset] ?? 0n;
  const flag = flags[nth] ?? 0;
  return {
    happenedAtNs: number(0),
    recordedAtNs: number(1),
    amount1: (flag & HAS_AMOUNT_1) === 0 ? null : number(2),
    amount2: (flag & HAS_AMOUNT_2) === 0 ? null : number(3),
    isMarked: (flag & MARKED) !== 0,
  };
}

export function packResults(results: readonly AppendResult[]): PackedResults {
  const numbers = new Float64Array(results.length * RESULT_NUMBERS);
  const digests = new Uint8Array(results.length * DIGEST_BYTES);
  for (const [nth, result] of results.entries()) {
    const at = nth * RESULT_NUMBERS;
    numbers[at] = result.ok ? 1 : 0;
    numbers[at + 1] = result.ok ? result.lastRevision : result.actualRevision;
    if (!result.ok) continue;
    numbers[at + 2] = result.position;
    digests.set(result.digest, nth * DIGEST_BYTES);
  }
  return { numbers, digests };
}

export function unpackResults({ numbers, digests }: PackedResults): readonly AppendResult[] {
  return Array.from({ length: numbers.length / RESULT_NUMBERS }, (_, nth): AppendResult => {
    const at = nth * RESULT_NUMBERS;
    const [ok = 0, revision = 0, position = 0] = numbers.subarray(at, at + RESULT_NUMBERS);
    if (ok === 0) return { ok: false, actualRevision: revision };
    const digest = digests.subarray(nth * DIGEST_BYTES, (nth + 1) * DIGEST_BYTES);
    return { ok: true, lastRevision: revision, position, digest };
  });
}
