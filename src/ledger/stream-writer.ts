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
import { assertStorable, mayNotFit } from '../store/limits.ts';
import { type AnyAggregate, aggregates } from './aggregates.ts';
import { Envelope, type EventTimes, eventId, type Provenance } from './envelope.ts';
import type { Keyring } from './keyring.ts';
import { eventsInOrder, logicalOrderOf } from './logical-order.ts';
import { RecentIds } from './recent-ids.ts';
import { eventTypeOf } from './same-fact.ts';
import { sealSubject } from './sealing.ts';
import { decodeEvent, type LedgerEvent } from './stored-event.ts';
import { eventTables, parseStream, type StreamName } from './streams.ts';

/** A writer with nothing but what is stored. */
export interface StreamBase {
  readonly state: unknown;
  readonly revision: number;
  readonly lastHappenedAtNs: bigint;
  readonly lastRecordedAtNs: bigint;
  readonly recent: RecentIds;
}

/** Before the first event, where the state is its aggregate's. */
const EMPTY = {
  revision: NO_STREAM,
  lastHappenedAtNs: 0n,
  lastRecordedAtNs: 0n,
  recent: new RecentIds(),
};

export class StreamWriter {
  readonly stream: string;
  readonly name: StreamName;
  readonly aggregate: AnyAggregate;
  state: unknown;
  revision = NO_STREAM;
  /** Latest of the stream in logical order; a fact before it is late. */
  lastHappenedAtNs = 0n;
  lastRecordedAtNs = 0n;
  #recent = new RecentIds();
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

  /**
   * Folds what the store holds, one event at a time, until nothing more has come meanwhile; unknown event
   * types are passed over. `base`: how far this was done before.
   */
  load(store: LocalStore, base?: StreamBase): this {
    if (base !== undefined) this.#takeOver(base);
    let isInOrder = base !== undefined;
    do {
      const from = isInOrder ? this.revision + 1 : 0;
      if (from === 0) this.#takeOver(EMPTY);
      isInOrder = from === 0 ? this.#foldAll(store) : this.#foldOn(store, from);
    } while (!isInOrder || (store.streamHead(this.stream)?.revision ?? NO_STREAM) > this.revision);
    return this;
  }

  /** Where it stands, to be loaded from again. */
  base(): StreamBase {
    const { state, revision, lastHappenedAtNs, lastRecordedAtNs } = this;
    return { state, revision, lastHappenedAtNs, lastRecordedAtNs, recent: this.#recent.copy() };
  }

  #takeOver(base: Omit<StreamBase, 'state'> & { readonly state?: unknown }): void {
    this.state = 'state' in base ? base.state : this.aggregate.initial;
    this.revision = base.revision;
    this.lastHappenedAtNs = base.lastHappenedAtNs;
    this.lastRecordedAtNs = base.lastRecordedAtNs;
    this.#recent = base.recent.copy();
  }

  #foldAll(store: LocalStore): boolean {
    const { stream } = this;
    const newest = store.streamHead(stream)?.revision ?? NO_STREAM;
    const events = store.isOutOfOrder(stream)
      ? eventsInOrder(store, stream, logicalOrderOf(store, stream, newest))
      : store.streamEvents(stream);
    for (const event of events) this.#fold(decodeEvent(event));
    return true;
  }

  /** False where something happened before what is folded already. */
  #foldOn(store: LocalStore, fromRevision: number): boolean {
    for (const stored of store.streamEvents(this.stream, { fromRevision })) {
      const event = decodeEvent(stored);
      if (timeNsOf(event.metadata.happenedAt) < this.lastHappenedAtNs) return false;
      this.#fold(event);
    }
    return true;
  }

  #fold({ id, fact, revision, metadata }: LedgerEvent): void {
    if (fact) this.state = this.aggregate.evolve(this.state, fact);
    this.lastHappenedAtNs = timeNsOf(metadata.happenedAt);
    this.#recent.add(id, this.lastHappenedAtNs);
    if (revision <= this.revision) return;
    this.revision = revision;
    this.lastRecordedAtNs = timeNsOf(metadata.recordedAt);
  }

  /**
   * True when the observation takes its place before what is recorded already, or may be among it. A
   * recorder's own clock goes on: what it saw no later than the newest event may have been recorded by
   * another recorder of the source. What a source dates like the newest event may be told again.
   */
  isLate(observation: Observation): boolean {
    const { happenedAtNs, fact, key } = observation;
    if (happenedAtNs > this.lastHappenedAtNs || this.revision === NO_STREAM) return false;
    if (isTimed(observation) && happenedAtNs < this.lastHappenedAtNs) return true;
    // Commitments are told apart by their numbers, and what the newest holds is in the state alone.
    if (isTimed(observation) && fact.type === 'CommitmentSeen') return false;
    return this.#recent.mayHave(happenedAtNs, () => {
      return this.idOf(eventTypeOf(fact.type), fact.data, key);
    });
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
    if (mayNotFit(events)) {
      assertFits({ stream: this.stream, events, expectedRevision: this.revision });
    }
    this.revision += events.length;
    this.lastRecordedAtNs = times.recordedAtNs;
    if (times.happenedAtNs > this.lastHappenedAtNs) this.lastHappenedAtNs = times.happenedAtNs;
    for (const { id, columns } of events) this.#recent.add(id, columns.happenedAtNs);
    return events;
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

/** Placed between times that are known: a copy that knows more may place the same fact elsewhere. */
export function isPlaced({ timeBasis }: Pick<Observation, 'timeBasis'>): boolean {
  return timeBasis === 'interpolated';
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
  const provenance: { -readonly [Field in keyof Provenance]: Provenance[Field] } = {
    source: observation.source,
    evidence: observation.evidence,
    happenedAt,
    timeBasis: observation.timeBasis,
    recordedAt: recordedAtNs === happenedAtNs ? happenedAt : timeText(recordedAtNs),
  };
  // One by one: spreading what is mostly absent took longer than all the rest.
  if (notBeforeNs !== undefined) provenance.notBefore = timeText(notBeforeNs);
  if (notAfterNs !== undefined) provenance.notAfter = timeText(notAfterNs);
  if (blockHeight !== undefined) provenance.blockHeight = blockHeight;
  if (causationId !== undefined) provenance.$causationId = causationId;
  if (correlationId !== undefined) provenance.$correlationId = correlationId;
  return provenance;
}
