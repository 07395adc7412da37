/** A stored event as the `RecordedEvent` of EventStoreDB's protocol (DESIGN §4, the mapping). */
import { timeNsOf } from '../schema/time.ts';
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
const READ_EVENT = { event: 1, commit: 3, retryCount: 5 } as const;
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
export function eventResponse(
  event: StoredEvent,
  { toWire, isStructuredId }: Encoding,
  retryCount?: number,
): Buffer {
  const { id, metadata, contentType } = toWire(event);
  const { stream, type, data, position } = event;
  const characters = stream.length + type.length + data.length + metadata.length;
  const writer = new ProtoWriter(characters * MAX_BYTES_PER_UNIT + FIXED_BYTES);
  const end = writer.mark();
  if (retryCount !== undefined) writer.number(READ_EVENT.retryCount, retryCount, true);
  writer.number(READ_EVENT.commit, position, true);
  const recorded = writer.mark();
  writer.text(RECORDED.data, data);
  writer.text(RECORDED.customMetadata, metadata);
  mapEntry(writer, 'created', createdTicks(event.metadata));
  mapEntry(writer, 'content-type', contentType);
  mapEntry(writer, 'type', type);
  writer.number(RECORDED.commit, position);
  writer.number(RECORDED.prepare, position);
  writer.number(RECORDED.revision, event.revision);
  const identifier = writer.mark();
  writer.text(STREAM_NAME, stream);
  writer.close(RECORDED.stream, identifier);
  const uuid = writer.mark();
  if (isStructuredId) structuredId(writer, id);
  else writer.text(UUID_STRING, id);
  writer.close(RECORDED.id, uuid);
  writer.close(READ_EVENT.event, recorded);
  writer.close(RESPONSE_EVENT, end);
  return writer.finish();
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
