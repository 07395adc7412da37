/**
 * What folding needs of an event's metadata, cut out of its text: parsing it would take as long as
 * folding the event does.
 */
import { type Metadata, READER_VERSION } from '../schema/metadata.ts';
import { type TimeBounds, timeBoundsIn } from '../schema/time-bounds.ts';
import { type EventInMemory, StoreError } from '../store/event-store.ts';

/** An event of a stream as a store gives it out; what is not needed for folding is left out. */
export interface FoldableEvent {
  readonly revision: number;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
  /** Of an event that was just written: it need not be parsed. */
  readonly inMemory?: EventInMemory | undefined;
}

/**
 * Names without the quote that they begin with: a quote stands everywhere, and is found a dozen times
 * before them. No other name of metadata ends like one of them.
 */
const HAPPENED = 'happenedAt":"';
const RECORDED = 'recordedAt":"';
const BASIS = 'timeBasis":"';
const TIME_LENGTH = '2026-03-14T15:09:26.535897932Z'.length;
const Z = 0x5a;
/** How almost every event's metadata ends. */
const FIRST_VERSION = '"schema":1,"minReader":1}';

/** When the event took effect, as its metadata says. */
export function happenedAtOf(metadata: string): string {
  return ofItsOwn(happenedAtIn(metadata));
}

/** The same, as a part of the metadata's text, which stays in memory for as long as it does. */
export function happenedAtIn(metadata: string): string {
  return timeAfter(metadata, HAPPENED) ?? parsed(metadata).happenedAt;
}

/** A time of the same letters that keeps no longer text in memory: a part of a new one. */
export function ofItsOwn(time: string): string {
  return ` ${time}`.slice(1);
}

/** When the recorder learned it. */
export function recordedAtOf(metadata: string): string {
  return ofItsOwn(timeAfter(metadata, RECORDED) ?? parsed(metadata).recordedAt);
}

/** By their first letters. */
const TIME_BASES: Readonly<Record<string, Metadata['timeBasis']>> = {
  s: 'source',
  i: 'interpolated',
  r: 'recorded',
};

/** How well that time is known. */
export function timeBasisOf(metadata: string): Metadata['timeBasis'] {
  const found = metadata.indexOf(BASIS);
  const word = found === -1 ? '' : metadata.charAt(found + BASIS.length);
  return TIME_BASES[word] ?? parsed(metadata).timeBasis;
}

/** Between which times it was placed; undefined where it was told or recorded. */
export function timeBoundsOf(metadata: string): TimeBounds | undefined {
  return timeBasisOf(metadata) === 'interpolated' ? timeBoundsIn(parsed(metadata)) : undefined;
}

/** The event type's version; throws a StoreError where a newer reader is demanded. */
export function schemaOf(event: FoldableEvent, stream: string): number {
  if (event.metadata.endsWith(FIRST_VERSION)) return 1;
  const { schema, minReader } = parsed(event.metadata);
  if (minReader <= READER_VERSION) return schema;
  throw new StoreError(
    `${stream} revision ${event.revision} (${event.type}) was written for a newer channel-ledger: ` +
      'upgrade to read it',
  );
}

/**
 * Sound on canonical text: inside a JSON string every quote has a backslash before it, so `name":"`
 * is found nowhere but where the object has that name, and these names come before any other object.
 */
function timeAfter(metadata: string, name: string): string | undefined {
  const found = metadata.indexOf(name);
  if (found === -1) return undefined;
  const start = found + name.length;
  const end = start + TIME_LENGTH;
  if (metadata.charCodeAt(end - 1) !== Z || metadata.indexOf('"', start) !== end) return undefined;
  return metadata.slice(start, end);
}

function parsed(metadata: string): Metadata {
  return JSON.parse(metadata) as Metadata;
}
