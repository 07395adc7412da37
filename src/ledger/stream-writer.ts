/**
 * One stream as a recorder holds it: the state its observations are decided on, and where the next
 * event goes. Everything here can be thrown away and read again from the store.
 */
import type { Observation } from '../observation/observation.ts';
import type { Draft } from '../schema/aggregate.ts';
import { SchemaError } from '../schema/codec.ts';
import type { EventTable } from '../schema/event-definition.ts';
import { timeNsOf, timeText } from '../schema/time.ts';
import {
  type AppendRequest,
  type LocalStore,
  type NewEvent,
  NO_STREAM,
  StoreError,
} from '../store/event-store.ts';
import { assertStorable } from '../store/limits.ts';
import { type AnyAggregate, aggregates } from './aggregates.ts';
import { Envelope, type EventTimes, eventId, type Provenance } from './envelope.ts';
import type { Keyring } from './keyring.ts';
import { eventTypeOf } from './same-fact.ts';
import { sealSubject } from './sealing.ts';
import { decodeEvent, type LedgerEvent } from './stored-event.ts';
import { eventTables, parseStream, type StreamName } from './streams.ts';

/** A clock that stands still for more events of one stream than this makes recording slower. */
const REMEMBERED = 64;

export class StreamWriter {
  readonly stream: string;
  readonly name: StreamName;
  readonly aggregate: AnyAggregate;
  state: unknown;
  revision = NO_STREAM;
  /** Latest of the stream in logical order; a fact before it is late. */
  lastHappenedAtNs = 0n;
  lastRecordedAtNs = 0n;
  /** A live observation that is no newer than this may be recorded already. */
  #askedUntilNs = 0n;
  /** The newest events written since, oldest first. */
  readonly #written: { readonly id: string; readonly happenedAtNs: bigint }[] = [];
  readonly #place: {
    readonly stream: string;
    readonly name: StreamName;
    readonly subject: string;
    readonly keyring: Keyring;
  };

  constructor(stream: string, keyring: Keyring) {
    const name = parseStream(stream);
    if (name === undefined) throw new SchemaError(`"${stream}" is no stream of a ledger`);
    this.stream = stream;
    this.name = name;
    this.aggregate = aggregates[name.category];
    this.state = this.aggregate.initial;
    this.#place = { stream, name, subject: sealSubject(name), keyring };
  }

  /** Folds what the store holds; unknown event types are passed over. */
  load(store: LocalStore): this {
    const events = logicalOrder(store, this.stream);
    this.state = events.reduce(
      (state, event) => (event.fact ? this.aggregate.evolve(state, event.fact) : state),
      this.aggregate.initial,
    );
    for (const { revision, metadata } of events) {
      if (revision <= this.revision) continue;
      this.revision = revision;
      this.lastRecordedAtNs = timeNsOf(metadata.recordedAt);
    }
    const last = events.at(-1);
    this.lastHappenedAtNs = last === undefined ? 0n : timeNsOf(last.metadata.happenedAt);
    this.#askedUntilNs = this.lastHappenedAtNs;
    return this;
  }

  /**
   * True when the observation takes its place before what is recorded already. A recorder's own clock
   * goes on: what it saw no later than that may have been recorded by another recorder of the source.
   */
  isLate(observation: Observation): boolean {
    const { timeBasis, happenedAtNs } = observation;
    if (timeBasis !== 'recorded') return happenedAtNs < this.lastHappenedAtNs;
    if (happenedAtNs > this.lastHappenedAtNs) return false;
    return isTimed(observation) || this.#mayBeRecorded(observation);
  }

  /** Of what this writer wrote itself it knows the ids; for the rest the stream must be asked. */
  #mayBeRecorded({ happenedAtNs, fact, key }: Observation): boolean {
    if (happenedAtNs <= this.#askedUntilNs) return true;
    const id = this.idOf(eventTypeOf(fact.type), fact.data, key);
    return this.#written.some((event) => event.id === id);
  }

  /** The id of the event of that type that such a fact becomes. */
  idOf(type: string, data: object, observationKey: string): string {
    const table: EventTable = eventTables[this.name.category];
    return eventId(this.stream, type, table[type]?.factKey(data, observationKey) ?? '');
  }

  /**
   * The stored form of what one observation became, and this writer moved on behind it. Throws a
   * SchemaError, nothing moved, where no store could keep it: it is one observation's fault alone.
   */
  write(drafts: readonly Draft[], observation: Observation): readonly NewEvent[] {
    const times = this.#timesOf(observation);
    if (drafts.length === 0) return [];
    const envelope = new Envelope({
      ...this.#place,
      provenance: provenanceOf(observation, times),
      times,
      observationKey: observation.key,
    });
    const events = drafts.map((draft) => envelope.around(draft));
    assertFits({ stream: this.stream, events, expectedRevision: this.revision });
    this.revision += events.length;
    this.lastRecordedAtNs = times.recordedAtNs;
    if (times.happenedAtNs > this.lastHappenedAtNs) this.lastHappenedAtNs = times.happenedAtNs;
    this.#remember(events);
    return events;
  }

  #remember(events: readonly NewEvent[]): void {
    for (const { id, columns } of events) {
      this.#written.push({ id, happenedAtNs: columns.happenedAtNs });
    }
    if (this.#written.length < 2 * REMEMBERED) return;
    for (const { happenedAtNs } of this.#written.splice(0, this.#written.length - REMEMBERED)) {
      if (happenedAtNs > this.#askedUntilNs) this.#askedUntilNs = happenedAtNs;
    }
  }

  /**
   * A live recorder's time never stands still or goes back within a stream, whatever its clock does;
   * a source's own time is taken as it is. Nothing happens after it was recorded.
   */
  #timesOf(observation: Observation): EventTimes {
    const { happenedAtNs, recordedAtNs } = observation;
    if (!isTimed(observation)) {
      const next = this.lastHappenedAtNs + 1n;
      const happened = happenedAtNs > next ? happenedAtNs : next;
      return {
        happenedAtNs: happened,
        recordedAtNs: latest(recordedAtNs, happened, this.lastRecordedAtNs),
      };
    }
    const recorded = latest(recordedAtNs, this.lastRecordedAtNs, 0n);
    const happened = happenedAtNs < recorded ? happenedAtNs : recorded;
    return { happenedAtNs: happened, recordedAtNs: recorded };
  }
}

/** The store would refuse the whole batch for what one of its observations is too large for. */
function assertFits(request: AppendRequest): void {
  try {
    assertStorable(request);
  } catch (cause) {
    throw cause instanceof StoreError ? new SchemaError(cause.message, { cause }) : cause;
  }
}

/** True where the observation has a time of its own; a live one comes after all that is known. */
export function isTimed({ timeBasis, isRetry }: Observation): boolean {
  return timeBasis !== 'recorded' || isRetry === true;
}

/** A stream's events by (happenedAt, revision). */
export function logicalOrder(store: LocalStore, stream: string): readonly LedgerEvent[] {
  const events = Array.from(store.streamEvents(stream), decodeEvent);
  return store.isOutOfOrder(stream) ? events.sort(byLogicalOrder) : events;
}

export function byLogicalOrder(a: LedgerEvent, b: LedgerEvent): number {
  const [left, right] = [a.metadata.happenedAt, b.metadata.happenedAt];
  return left < right ? -1 : left > right ? 1 : a.revision - b.revision;
}

function latest(a: bigint, b: bigint, c: bigint): bigint {
  const ab = a > b ? a : b;
  return ab > c ? ab : c;
}

function provenanceOf(
  observation: Observation,
  { happenedAtNs, recordedAtNs }: EventTimes,
): Provenance {
  const happenedAt = timeText(happenedAtNs);
  const { notBeforeNs, notAfterNs, blockHeight, causationId, correlationId } = observation;
  return {
    source: observation.source,
    evidence: observation.evidence,
    happenedAt,
    timeBasis: observation.timeBasis,
    ...(notBeforeNs !== undefined && { notBefore: timeText(notBeforeNs) }),
    ...(notAfterNs !== undefined && { notAfter: timeText(notAfterNs) }),
    ...(blockHeight !== undefined && { blockHeight }),
    recordedAt: recordedAtNs === happenedAtNs ? happenedAt : timeText(recordedAtNs),
    ...(causationId !== undefined && { $causationId: causationId }),
    ...(correlationId !== undefined && { $correlationId: correlationId }),
  };
}
