/** What every store refuses, checked before anything is queued, so that all refuse the same. */
import {
  type AppendRequest,
  type EventColumns,
  MAX_APPEND_BYTES,
  MAX_EVENT_BYTES,
  type NewEvent,
  NO_STREAM,
  StoreError,
} from './event-store.ts';
import { NONCE_BYTES, TAG_BYTES } from './unsealed.ts';

/** Names are keys of indexes in every store; longer ones are a mistake of the caller. */
const MAX_NAME_BYTES = 512;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
export const ID_LENGTH = 36;
/** UTF-8 needs at most this many bytes for one UTF-16 unit: most lengths need no counting. */
const MAX_BYTES_PER_UNIT = 3;
/** `,"sealed":{"keyId":"…16 digits…","box":""}` */
const SEALED_FRAME_BYTES = 47;

/** Throws StoreError, naming what is wrong, unless the request can be stored anywhere. */
export function assertStorable(request: AppendRequest): void {
  const { stream, events, expectedRevision } = request;
  assertName('stream', stream);
  if (!Number.isSafeInteger(expectedRevision) || expectedRevision < NO_STREAM) {
    throw new StoreError(`expectedRevision must be a revision or NO_STREAM: ${expectedRevision}`);
  }
  assertEvents(stream, events);
}

/**
 * True for what can be handed to the writer's thread, which looks at it whole: ids and columns have the
 * lengths they must have. The rest of `assertStorable` takes as long as handing over.
 */
export function hasStorableFrame({ events }: AppendRequest): boolean {
  return events.every(({ id, columns }) => id.length === ID_LENGTH && areInt64(columns));
}

/**
 * False for what a ledger made itself (ids, types and texts of the right form) and what is far from
 * every limit: it needs no look before it is queued, where one event would refuse its whole batch.
 */
export function mayNotFit(events: readonly NewEvent[]): boolean {
  let upperBound = 0;
  for (const event of events) {
    const bytes = mostBytes(event);
    if (bytes > MAX_EVENT_BYTES || !areInt64(event.columns)) return true;
    upperBound += bytes;
  }
  return upperBound > MAX_APPEND_BYTES || (events.length > 1 && !areDistinct(events));
}

function assertEvents(stream: string, events: readonly NewEvent[]): void {
  if (events.length === 0) throw new StoreError(`an append to ${quote(stream)} has no events`);
  let upperBound = 0;
  for (const event of events) {
    assertEvent(event);
    upperBound += mostBytes(event);
  }
  if (events.length > 1) assertDistinct(events);
  if (upperBound <= MAX_APPEND_BYTES) return;
  let bytes = 0;
  for (const event of events) bytes += eventBytes(event);
  if (bytes > MAX_APPEND_BYTES) {
    throw new StoreError(
      `an append of ${bytes} bytes to ${quote(stream)} is over the limit of ${MAX_APPEND_BYTES}: split it`,
    );
  }
}

function assertName(what: 'stream' | 'type', name: string): void {
  if (name === '') throw new StoreError(`the ${what} name is empty`);
  if (!name.isWellFormed()) throw new StoreError(`the ${what} name is not well-formed Unicode`);
  if (name.length * MAX_BYTES_PER_UNIT <= MAX_NAME_BYTES) return;
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
    throw new StoreError(`the ${what} name ${quote(name)} is over ${MAX_NAME_BYTES} bytes`);
  }
}

function assertEvent(event: NewEvent): void {
  if (!UUID.test(event.id)) throw new StoreError(`${quote(event.id)} is not an event id`);
  assertName('type', event.type);
  if (!event.data.isWellFormed() || !event.metadata.isWellFormed()) {
    throw new StoreError(`event ${event.id} holds text that is not well-formed Unicode`);
  }
  assertColumns(event.columns, event.id);
  if (mostBytes(event) > MAX_EVENT_BYTES && eventBytes(event) > MAX_EVENT_BYTES) {
    throw new StoreError(
      `event ${event.id} has ${eventBytes(event)} bytes, over the limit of ${MAX_EVENT_BYTES}`,
    );
  }
}

function areInt64({ happenedAtNs, recordedAtNs, amount1, amount2 }: EventColumns): boolean {
  return (
    isInt64(happenedAtNs) &&
    isInt64(recordedAtNs) &&
    (amount1 === null || isInt64(amount1)) &&
    (amount2 === null || isInt64(amount2))
  );
}

function assertColumns(columns: EventColumns, id: string): void {
  if (areInt64(columns)) return;
  throw new StoreError(`event ${id} has a column that does not fit in 64 bits`);
}

function assertDistinct(events: readonly NewEvent[]): void {
  if (!areDistinct(events)) throw new StoreError('an append holds the same event id twice');
}

function areDistinct(events: readonly NewEvent[]): boolean {
  return new Set(events.map(({ id }) => id)).size === events.length;
}

/** What the limits count: the JSON, in UTF-8. */
export function eventBytes({ data, metadata, unsealed }: EventTexts): number {
  const bytes = Buffer.byteLength(data) + Buffer.byteLength(metadata);
  return unsealed === undefined ? bytes : bytes + sealedBytes(Buffer.byteLength(unsealed.text));
}

type EventTexts = Pick<NewEvent, 'data' | 'metadata' | 'unsealed'>;

/** What sealing adds to the data: nonce, text and tag in base64, under their names with the key's. */
function sealedBytes(textBytes: number): number {
  return Math.ceil((NONCE_BYTES + textBytes + TAG_BYTES) / 3) * 4 + SEALED_FRAME_BYTES;
}

/** At most this, without counting. */
function mostBytes({ data, metadata, unsealed }: EventTexts): number {
  const bytes = (data.length + metadata.length) * MAX_BYTES_PER_UNIT;
  return unsealed === undefined
    ? bytes
    : bytes + sealedBytes(unsealed.text.length * MAX_BYTES_PER_UNIT);
}

function isInt64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

/**
 * A name in a message: control characters escaped, cut to a readable length. Called from JavaScript it
 * may be anything, and is quoted all the same.
 */
export function quote(name: string): string {
  const text = JSON.stringify(String(name).toWellFormed());
  return text.length > 80 ? `${text.slice(0, 76)}…"` : text;
}

/** The place a checkpoint names: both local stores write the position as a decimal number. */
export function positionOf(checkpoint: string | undefined, newest: number): number {
  if (checkpoint === undefined) return 0;
  const position = /^(0|[1-9][0-9]{0,15})$/.test(checkpoint) ? Number(checkpoint) : Number.NaN;
  if (!Number.isSafeInteger(position)) {
    throw new StoreError(`${quote(checkpoint)} is not a checkpoint of this ledger`);
  }
  if (position > newest) {
    throw new StoreError(
      `checkpoint ${checkpoint} is later than this ledger's newest event: it belongs to another ledger`,
    );
  }
  return position;
}

/** Whether what is stored is what a retried append wants to store: its ids and its bytes. */
export function isSameEvent(
  stored: Pick<NewEvent, 'id' | 'type' | 'data' | 'metadata'> | undefined,
  event: NewEvent,
): boolean {
  return (
    stored !== undefined &&
    stored.id === event.id &&
    stored.type === event.type &&
    stored.data === event.data &&
    stored.metadata === event.metadata
  );
}
