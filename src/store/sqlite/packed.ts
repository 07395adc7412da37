/**
 * Appends on their way to the writer's thread and back. Copying thousands of small objects from one
 * thread to another costs more than writing them; a few long arrays cost a tenth of it.
 */
import type { AppendRequest, AppendResult, EventColumns, NewEvent } from '../event-store.ts';
import { type SealingKey, sealEvent } from '../unsealed.ts';

export interface PackedRequests {
  readonly streams: readonly string[];
  /** Expected revision and number of events of each request. */
  readonly places: Float64Array<ArrayBuffer>;
  /** Id, type, data and metadata of each event, in UTF-8 one after the other, and their lengths. */
  readonly bytes: Uint8Array<ArrayBuffer>;
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

const TEXTS = 4;
const NUMBERS = 4;
/** UTF-8 needs at most this many bytes for one UTF-16 unit. */
const MAX_BYTES_PER_UNIT = 3;
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
  let texts = 0;
  let characters = 0;
  for (const { events } of requests) {
    count += events.length;
    texts += events.length * TEXTS;
    for (const { id, type, data, metadata, unsealed } of events) {
      characters += id.length + type.length + data.length + metadata.length;
      if (unsealed === undefined) continue;
      characters += unsealed.text.length;
      texts++;
    }
  }
  const bytes = Buffer.allocUnsafeSlow(characters * MAX_BYTES_PER_UNIT);
  const lengths = new Uint32Array(texts);
  let offset = 0;
  let textNth = 0;
  const write = (text: string) => {
    const length = bytes.write(text, offset);
    offset += length;
    lengths[textNth++] = length;
  };
  const places = new Float64Array(requests.length * 2);
  const numbers = new BigInt64Array(count * NUMBERS);
  const flags = new Uint8Array(count);
  const keys: number[] = [];
  let nth = 0;
  for (const [index, { events, expectedRevision }] of requests.entries()) {
    places[index * 2] = expectedRevision;
    places[index * 2 + 1] = events.length;
    for (const { id, type, data, metadata, columns, unsealed } of events) {
      write(id);
      write(type);
      write(data);
      write(metadata);
      if (unsealed !== undefined) {
        write(unsealed.text);
        keys.push(numberOf(unsealed.key));
      }
      const { happenedAtNs, recordedAtNs, amount1, amount2, isMarked } = columns;
      numbers[nth * NUMBERS] = happenedAtNs;
      numbers[nth * NUMBERS + 1] = recordedAtNs;
      numbers[nth * NUMBERS + 2] = amount1 ?? 0n;
      numbers[nth * NUMBERS + 3] = amount2 ?? 0n;
      flags[nth++] =
        (isMarked ? MARKED : 0) |
        (amount1 === null ? 0 : HAS_AMOUNT_1) |
        (amount2 === null ? 0 : HAS_AMOUNT_2) |
        (unsealed === undefined ? 0 : IS_UNSEALED);
    }
  }
  const streams = requests.map(({ stream }) => stream);
  return { streams, places, bytes, lengths, numbers, flags, keys };
}

/** `keys`: those the thread was told, by their numbers. */
export function unpackRequests(
  packed: PackedRequests,
  keys: readonly SealingKey[],
): readonly AppendRequest[] {
  const { bytes, lengths, flags } = packed;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let offset = 0;
  let textNth = 0;
  const read = () => {
    const start = offset;
    offset += lengths[textNth++] ?? 0;
    return text.toString('utf8', start, offset);
  };
  let nth = 0;
  let keyNth = 0;
  return packed.streams.map((stream, index) => {
    const [expectedRevision = 0, count = 0] = packed.places.subarray(index * 2, index * 2 + 2);
    const events = Array.from({ length: count }, (): NewEvent => {
      const [id, type, data, metadata] = [read(), read(), read(), read()];
      const columns = unpackColumns(packed, nth);
      const event = { id, type, data, metadata, columns };
      if (((flags[nth++] ?? 0) & IS_UNSEALED) === 0) return event;
      const key = keys[packed.keys[keyNth++] ?? -1];
      if (key === undefined) throw new Error('the thread was not told a key');
      return sealEvent(stream, { ...event, unsealed: { key, text: read() } });
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
