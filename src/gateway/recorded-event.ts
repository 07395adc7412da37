/** A stored event as the `RecordedEvent` of EventStoreDB's protocol (DESIGN §4, the mapping). */
import { createHash } from 'node:crypto';
import { timeNsOf } from '../schema/time.ts';
import { uuidV8Of } from '../store/digest.ts';
import type { StoredEvent } from '../store/event-store.ts';
import { ProtoWriter } from './protobuf.ts';
import { wireId, wireMetadata } from './wire-form.ts';

/** How the protocol numbers the fields (shared.proto, streams.proto, persistent.proto). */
const UUID_STRUCTURED = 1;
const UUID_STRING = 2;
const STREAM_NAME = 3;
const RECORDED = {
  id: 1,
  stream: 2,
  revision: 3,
  prepare: 4,
  commit: 5,
  metadata: 6,
  customMetadata: 7,
  data: 8,
} as const;
const MAP_KEY = 1;
const MAP_VALUE = 2;
const READ_EVENT = { event: 1, link: 2, commit: 3, noPosition: 4, retryCount: 5 } as const;
const RESPONSE_EVENT = 1;

const MAX_BYTES_PER_UNIT = 3;
/** Id, numbers, tags, content type, created, `$id` and `digest`. */
const FIXED_BYTES = 600;
const NS_PER_TICK = 100n;

/** What an event is on the wire, where the store has it otherwise. */
export interface WireEvent {
  readonly id: string;
  readonly metadata: string;
  readonly contentType: ContentType;
}

export type ContentType = 'application/json' | 'application/octet-stream';

export type ToWire = (event: StoredEvent) => WireEvent;

/** The event's UUID is UUIDv8 of its digest; `$id` and `digest` end its metadata. */
export function wireEvent(event: StoredEvent): WireEvent {
  return {
    id: wireId(event.digest),
    metadata: wireMetadata(event.metadata, event),
    contentType: 'application/json',
  };
}

export interface Encoding {
  readonly toWire: ToWire;
  /** Some clients ask for ids as two numbers, some as text. */
  readonly isStructuredId: boolean;
}

/** A `ReadResp` that holds the event; `retryCount` only for persistent subscriptions. */
export function eventResponse(event: StoredEvent, encoding: Encoding, retryCount?: number): Buffer {
  const record = recordOf(event, encoding);
  const writer = new ProtoWriter(capacityFor(record));
  const end = writer.mark();
  if (retryCount !== undefined) writer.number(READ_EVENT.retryCount, retryCount, true);
  writer.number(READ_EVENT.commit, event.position, true);
  writeRecord(writer, READ_EVENT.event, record, encoding);
  writer.close(RESPONSE_EVENT, end);
  return writer.finish();
}

/** Where in another stream a link to an event lies. */
export interface LinkPlace {
  readonly stream: string;
  readonly revision: number;
}

/** A `ReadResp` of a link: with what it leads to, where the client asks for that. */
export function linkResponse(
  event: StoredEvent,
  place: LinkPlace,
  encoding: Encoding,
  isResolved: boolean,
): Buffer {
  const record = recordOf(event, encoding);
  const link: Recorded = {
    ...record,
    ...place,
    id: uuidV8Of(createHash('sha256').update(`${place.stream}\0${record.id}`).digest()),
    position: 0,
    type: '$>',
    data: `${event.revision}@${event.stream}`,
    metadata: '',
    contentType: 'application/octet-stream',
  };
  const writer = new ProtoWriter(capacityFor(record) + capacityFor(link));
  const end = writer.mark();
  writer.empty(READ_EVENT.noPosition);
  writeRecord(writer, isResolved ? READ_EVENT.link : READ_EVENT.event, link, encoding);
  if (isResolved) writeRecord(writer, READ_EVENT.event, record, encoding);
  writer.close(RESPONSE_EVENT, end);
  return writer.finish();
}

/** The fields of a `RecordedEvent`. */
interface Recorded extends WireEvent {
  readonly stream: string;
  readonly revision: number;
  readonly position: number;
  readonly type: string;
  readonly data: string;
  readonly created: string;
}

function recordOf(event: StoredEvent, { toWire }: Encoding): Recorded {
  const { id, metadata, contentType } = toWire(event);
  const { stream, revision, position, type, data } = event;
  const created = createdTicks(event.metadata);
  return { id, metadata, contentType, stream, revision, position, type, data, created };
}

function capacityFor({ stream, type, data, metadata }: Recorded): number {
  const characters = stream.length + type.length + data.length + metadata.length;
  return characters * MAX_BYTES_PER_UNIT + FIXED_BYTES;
}

function writeRecord(
  writer: ProtoWriter,
  field: number,
  record: Recorded,
  { isStructuredId }: Encoding,
): void {
  const end = writer.mark();
  writer.text(RECORDED.data, record.data);
  writer.text(RECORDED.customMetadata, record.metadata);
  mapEntry(writer, 'created', record.created);
  mapEntry(writer, 'content-type', record.contentType);
  mapEntry(writer, 'type', record.type);
  writer.number(RECORDED.commit, record.position);
  writer.number(RECORDED.prepare, record.position);
  writer.number(RECORDED.revision, record.revision);
  const identifier = writer.mark();
  writer.text(STREAM_NAME, record.stream);
  writer.close(RECORDED.stream, identifier);
  const uuid = writer.mark();
  if (isStructuredId) structuredId(writer, record.id);
  else writer.text(UUID_STRING, record.id);
  writer.close(RECORDED.id, uuid);
  writer.close(field, end);
}

function structuredId(writer: ProtoWriter, id: string): void {
  const hex = id.replaceAll('-', '');
  const end = writer.mark();
  writer.int64(2, BigInt(`0x${hex.slice(16)}`));
  writer.int64(1, BigInt(`0x${hex.slice(0, 16)}`));
  writer.close(UUID_STRUCTURED, end);
}

function mapEntry(writer: ProtoWriter, key: string, value: string): void {
  const end = writer.mark();
  writer.text(MAP_VALUE, value);
  writer.text(MAP_KEY, key);
  writer.close(RECORDED.metadata, end);
}

const RECORDED_AT = '"recordedAt":"';
const TIME_LENGTH = '2026-03-14T15:09:26.535897932Z'.length;
let lastCreated = { time: '', ticks: '0' };

/** 100 ns since 1970. The events of one observation were recorded at the same time: made once. */
function createdTicks(metadata: string): string {
  const at = metadata.lastIndexOf(RECORDED_AT);
  if (at === -1) return '0';
  const time = metadata.substr(at + RECORDED_AT.length, TIME_LENGTH);
  if (time !== lastCreated.time) lastCreated = { time, ticks: ticksOf(time) };
  return lastCreated.ticks;
}

function ticksOf(time: string): string {
  try {
    return String(timeNsOf(time) / NS_PER_TICK);
  } catch {
    // Metadata of no ledger: the client then takes 1970.
    return '0';
  }
}
