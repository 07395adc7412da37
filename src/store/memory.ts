/** A store without a file, for tests and throw-away use: the same contract, kept in arrays. */
import { appendOne } from './append-one.ts';
import { Conflicts } from './conflicts.ts';
import { eventDigest, ledgerHead, uuidBytes } from './digest.ts';
import {
  type AppendOptions,
  type AppendRequest,
  type AppendResult,
  type Checkpoint,
  type EventBody,
  type EventColumns,
  type EventPage,
  type EventPoint,
  type ExactEvent,
  type LocalStore,
  type NewEvent,
  NO_STREAM,
  type ReadFilter,
  type StoredEvent,
  StoreError,
  type StreamHead,
  type StreamRange,
} from './event-store.ts';
import {
  follow,
  followPages,
  type Page,
  readOn,
  Waiters,
  type Wanted,
  wantedBy,
} from './follow.ts';
import { assertStorable, isSameEvent, positionOf } from './limits.ts';
import { MemoryDerived } from './memory-derived.ts';
import { sealAll } from './unsealed.ts';

const PAGE_EVENTS = 256;

interface MemoryEvent {
  readonly event: StoredEvent;
  readonly columns: EventColumns;
}

interface MemoryStream {
  readonly events: MemoryEvent[];
  isLate: boolean;
}

export class MemoryStore extends MemoryDerived implements LocalStore {
  readonly #log: MemoryEvent[] = [];
  readonly #streams = new Map<string, MemoryStream>();
  readonly #conflicts = new Conflicts();
  /** Nothing but this process writes, so a waiting subscriber is woken and never has to look. */
  readonly waiters = new Waiters(() => this.#log.length);

  append(
    stream: string,
    events: readonly NewEvent[],
    options: { readonly expectedRevision: number },
  ): Promise<AppendResult> {
    return appendOne(this, stream, events, options);
  }

  async appendMany(
    unsealed: readonly AppendRequest[],
    { batch, meta }: AppendOptions = {},
  ): Promise<readonly AppendResult[]> {
    this.#assertOpen();
    const requests = sealAll(unsealed);
    for (const request of requests) this.assertStorable(request);
    const lost = this.#conflicts.of(batch);
    const results = requests.map((request) => this.#append(request, lost));
    this.#conflicts.keep(batch, lost);
    if (meta !== undefined && results.every(({ ok }) => ok)) this.setMeta(meta.key, meta.text);
    return results;
  }

  async *readStream(stream: string, fromRevision = 0): AsyncGenerator<StoredEvent> {
    yield* this.streamEvents(stream, { fromRevision });
  }

  async *readAll(after?: Checkpoint, filter?: ReadFilter): AsyncGenerator<StoredEvent> {
    const newest = this.#log.length;
    yield* readOn(this, positionOf(after, newest), newest, wantedBy(filter));
  }

  async *subscribe(
    after?: Checkpoint,
    filter?: ReadFilter,
    signal?: AbortSignal,
  ): AsyncGenerator<StoredEvent> {
    yield* follow(this, positionOf(after, this.#log.length), wantedBy(filter), signal);
  }

  subscribePages(
    after?: Checkpoint,
    filter?: ReadFilter,
    signal?: AbortSignal,
  ): AsyncGenerator<EventPage> {
    return followPages(this, positionOf(after, this.#log.length), wantedBy(filter), signal);
  }

  readPage(afterPosition: number, wanted: Wanted | undefined): Page {
    const events = this.#log.slice(afterPosition, afterPosition + PAGE_EVENTS);
    const matching = events.filter(
      ({ event }) => wanted === undefined || wanted(event.stream, event.type),
    );
    return {
      events: matching.map(({ event }) => event),
      position: afterPosition + events.length,
    };
  }

  pulse(): number {
    return this.#log.length;
  }

  checkpointOf(event: StoredEvent): Checkpoint {
    return String(event.position);
  }

  async lastCheckpoint(): Promise<Checkpoint | undefined> {
    return this.#log.length === 0 ? undefined : String(this.#log.length);
  }

  async head(): Promise<Uint8Array> {
    return ledgerHead(this.streamHeads(''));
  }

  async close(): Promise<void> {
    this.waiters.close();
  }

  streamNames(prefix: string): readonly string[] {
    const names = [...this.#streams.keys()].filter((name) => name.startsWith(prefix));
    return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  }

  streamHead(stream: string): StreamHead | undefined {
    const last = this.#streams.get(stream)?.events.at(-1)?.event;
    if (last === undefined) return undefined;
    const { revision, position, digest } = last;
    return { stream, revision, position, digest };
  }

  streamHeads(prefix: string): readonly StreamHead[] {
    return this.streamNames(prefix).flatMap((name) => this.streamHead(name) ?? []);
  }

  *streamEvents(stream: string, range: StreamRange = {}): Generator<StoredEvent> {
    for (const { event } of this.#range(stream, range)) yield event;
  }

  streamBodies(stream: string, range: StreamRange = {}): Iterable<EventBody> {
    return this.streamEvents(stream, range);
  }

  *streamPoints(stream: string, types: readonly string[]): Generator<EventPoint> {
    for (const { event, columns } of this.#range(stream, { types })) {
      const { revision, position, type } = event;
      const { happenedAtNs, amount1, amount2 } = columns;
      yield { revision, position, type, happenedAtNs, amount1, amount2 };
    }
  }

  isOutOfOrder(stream: string): boolean {
    return this.#streams.get(stream)?.isLate ?? false;
  }

  revisionAtPosition(stream: string, position: number): number {
    return this.#lastRevision(stream, ({ event }) => event.position <= position);
  }

  revisionRecordedBy(stream: string, recordedAtNs: bigint): number {
    return this.#lastRevision(stream, ({ columns }) => columns.recordedAtNs <= recordedAtNs);
  }

  revisionHappenedBy(stream: string, happenedAtNs: bigint): number {
    return this.#lastRevision(stream, ({ columns }) => columns.happenedAtNs <= happenedAtNs);
  }

  *markedEvents(types: readonly string[], afterPosition = 0): Generator<StoredEvent> {
    const newest = this.#log.length;
    for (let index = afterPosition; index < newest; index++) {
      const entry = this.#log[index];
      if (entry?.columns.isMarked && types.includes(entry.event.type)) yield entry.event;
    }
  }

  *allEvents(afterPosition = 0): Generator<StoredEvent> {
    const newest = this.#log.length;
    for (let index = afterPosition; index < newest; index++) {
      const entry = this.#log[index];
      if (entry !== undefined) yield entry.event;
    }
  }

  allBodies(afterPosition = 0): Iterable<EventBody> {
    return this.allEvents(afterPosition);
  }

  *exactEvents(): Generator<ExactEvent> {
    for (const { event, columns } of this.#log) {
      yield {
        position: event.position,
        stream: Buffer.from(event.stream),
        revision: event.revision,
        id: uuidBytes(event.id),
        type: Buffer.from(event.type),
        data: Buffer.from(event.data),
        metadata: Buffer.from(event.metadata),
        digest: event.digest,
        columns,
        defects: [],
      };
    }
  }

  integrity(): readonly string[] {
    return [];
  }

  /** What is refused: a server under test has to hold what a cluster's form adds to an event. */
  protected assertStorable(request: AppendRequest): void {
    assertStorable(request);
  }

  protected override hasStream(stream: string): boolean {
    return this.#streams.has(stream);
  }

  /** `lost`: streams on which a request of the same call met a conflict before. */
  #append({ stream, events, expectedRevision }: AppendRequest, lost: Set<string>): AppendResult {
    const kept = this.#streams.get(stream) ?? { events: [], isLate: false };
    const actualRevision = kept.events.length - 1;
    if (actualRevision !== expectedRevision || lost.has(stream)) {
      const before = kept.events.slice(expectedRevision + 1, expectedRevision + 1 + events.length);
      const isRetry = events.every((event, index) => isSameEvent(before[index]?.event, event));
      const last = before.at(-1)?.event;
      if (isRetry && last !== undefined && !lost.has(stream)) return accepted(last);
      lost.add(stream);
      return { ok: false, actualRevision };
    }
    let last = kept.events.at(-1);
    for (const { columns, id, type, data, metadata } of events) {
      const revision = (last?.event.revision ?? NO_STREAM) + 1;
      const digested = { stream, revision, id, type, data, metadata };
      const digest = eventDigest(digested, last?.event.digest);
      const event = { position: this.#log.length + 1, ...digested, digest };
      kept.isLate ||= last !== undefined && columns.happenedAtNs < last.columns.happenedAtNs;
      last = { event, columns };
      kept.events.push(last);
      this.#log.push(last);
    }
    this.#streams.set(stream, kept);
    this.waiters.wakeAll();
    if (last === undefined) throw new StoreError('an append has no events');
    return accepted(last.event);
  }

  *#range(stream: string, range: StreamRange): Generator<MemoryEvent> {
    const events = this.#streams.get(stream)?.events ?? [];
    const { fromRevision = 0, toRevision = Number.MAX_SAFE_INTEGER, types } = range;
    const toPosition = range.toPosition ?? this.#log.length;
    const last = Math.min(toRevision, events.length - 1);
    for (let revision = Math.max(0, fromRevision); revision <= last; revision++) {
      const entry = events[revision];
      if (entry === undefined || entry.event.position > toPosition) return;
      if (types === undefined || types.includes(entry.event.type)) yield entry;
    }
  }

  #lastRevision(stream: string, isBy: (event: MemoryEvent) => boolean): number {
    const events = this.#streams.get(stream)?.events ?? [];
    let low = 0;
    let high = events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const entry = events[middle];
      if (entry !== undefined && isBy(entry)) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #assertOpen(): void {
    if (this.waiters.isClosed) throw new StoreError('the store is closed');
  }
}

function accepted(last: StoredEvent): AppendResult {
  return {
    ok: true,
    lastRevision: last.revision,
    position: last.position,
    digest: last.digest,
  };
}
