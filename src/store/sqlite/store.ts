/** The embedded store: one SQLite file, read and written synchronously, durable at every commit. */
import { resolve } from 'node:path';
import { appendOne } from '../append-one.ts';
import { ledgerHead } from '../digest.ts';
import {
  type AppendOptions,
  type AppendRequest,
  type AppendResult,
  type Checkpoint,
  type EventBody,
  type EventPage,
  type EventPoint,
  type ExactEvent,
  type KeptRow,
  type KeptSnapshot,
  type LocalStore,
  type MetaUpdate,
  type NewEvent,
  type ReadFilter,
  type StoredEvent,
  StoreError,
  type StreamHead,
  type StreamPart,
  type StreamPlace,
  type StreamRange,
} from '../event-store.ts';
import { type Followable, follow, followPages, readOn, Waiters, wantedBy } from '../follow.ts';
import type { KeyTable } from '../key-table.ts';
import { assertStorable, hasStorableFrame, positionOf } from '../limits.ts';
import { sealAll } from '../unsealed.ts';
import { Committer } from './committer.ts';
import type { Connection } from './connection.ts';
import { exactEvents, integrity } from './exact.ts';
import { Feed } from './feed.ts';
import { type Head, Heads } from './heads.ts';
import { KeyringTable } from './keyring-table.ts';
import { Names } from './names.ts';
import type { OpenOptions } from './open-connection.ts';
import { Reader } from './reader.ts';
import { Rows } from './rows.ts';
import { Writer } from './writer.ts';
import { WriterThread } from './writer-thread.ts';

/** How often a waiting subscriber looks for what other processes wrote. */
const POLL_MS = 25;

/** Made by `openSqliteStore`. */
export class SqliteStore implements LocalStore {
  readonly keys: KeyTable;
  readonly #connection: Connection;
  readonly #streams: Names;
  readonly #heads: Heads;
  readonly #writer: Writer;
  readonly #reader: Reader;
  readonly #feed: Feed;
  readonly #rows: Rows;
  readonly #waiters: Waiters;
  #hasAppended = false;
  #closing: Promise<void> | undefined;

  constructor(connection: Connection, options: OpenOptions) {
    this.#connection = connection;
    this.#streams = new Names(connection, 'stream');
    const names = { streams: this.#streams, types: new Names(connection, 'type') };
    this.#heads = new Heads(connection, this.#streams);
    this.#waiters = new Waiters(() => connection.dataVersion(), POLL_MS);
    const committer = new Committer(connection, names, this.#heads);
    const { busyTimeoutMs, maxPages, isGathering = false } = options;
    // Now: the thread opens the file later, when the process may work in another directory.
    const thread = new WriterThread({ path: resolve(connection.path), busyTimeoutMs, maxPages });
    const onCommit = () => this.#waiters.wakeAll();
    this.#writer = new Writer({ committer, thread, onCommit, isGathering });
    this.#reader = new Reader(connection, names);
    this.#feed = new Feed(connection, names);
    this.#rows = new Rows(connection, this.#streams);
    this.keys = new KeyringTable(connection, () => thread.forgetKeys());
  }

  get path(): string {
    return this.#connection.path;
  }

  append(
    stream: string,
    events: readonly NewEvent[],
    options: { readonly expectedRevision: number },
  ): Promise<AppendResult> {
    return appendOne(this, stream, events, options);
  }

  async appendMany(
    requests: readonly AppendRequest[],
    options: AppendOptions = {},
  ): Promise<readonly AppendResult[]> {
    if (this.#waiters.isClosed) throw new StoreError('the store is closed');
    if (requests.length === 0) return [];
    this.#hasAppended = true;
    const { batch, meta } = options;
    if (options.isAside && !this.#connection.isReadonly) {
      for (const request of requests) if (!hasStorableFrame(request)) assertStorable(request);
      return this.#writer.enqueueAside({ requests, batch, meta });
    }
    const sealed = sealAll(requests);
    for (const request of sealed) assertStorable(request);
    return this.#writer.enqueue({ requests: sealed, batch, meta });
  }

  async *readStream(stream: string, fromRevision = 0): AsyncGenerator<StoredEvent> {
    yield* this.#reader.streamEvents(stream, { fromRevision });
  }

  async *readAll(after?: Checkpoint, filter?: ReadFilter): AsyncGenerator<StoredEvent> {
    const newest = this.#reader.lastPosition();
    yield* readOn(this.#feed, positionOf(after, newest), newest, wantedBy(filter));
  }

  async *subscribe(
    after?: Checkpoint,
    filter?: ReadFilter,
    signal?: AbortSignal,
  ): AsyncGenerator<StoredEvent> {
    const position = positionOf(after, this.#reader.lastPosition());
    yield* follow(this.#followed(), position, wantedBy(filter), signal);
  }

  subscribePages(
    after?: Checkpoint,
    filter?: ReadFilter,
    signal?: AbortSignal,
  ): AsyncGenerator<EventPage> {
    const position = positionOf(after, this.#reader.lastPosition());
    return followPages(this.#followed(), position, wantedBy(filter), signal);
  }

  #followed(): Followable {
    return {
      readPage: this.#feed.readPage.bind(this.#feed),
      pulse: () => this.#connection.dataVersion(),
      waiters: this.#waiters,
    };
  }

  checkpointOf(event: StoredEvent): Checkpoint {
    return String(event.position);
  }

  async lastCheckpoint(): Promise<Checkpoint | undefined> {
    const position = this.#reader.lastPosition();
    return position === 0 ? undefined : String(position);
  }

  async head(): Promise<Uint8Array> {
    return ledgerHead(this.streamHeads(''));
  }

  /** Writes what is queued, ends subscriptions, and moves the WAL into the file, which must still be there. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#waiters.close();
    const threadEnd = this.#writer.close();
    // Where no thread is, the file is closed when this returns.
    if (threadEnd !== undefined) await threadEnd;
    this.#connection.close();
    if (this.#hasAppended) this.#connection.assertKept();
  }

  inOneReading<T>(work: () => T): T {
    return this.#connection.inOneReading(work);
  }

  streamNames(prefix: string): readonly string[] {
    return this.#reader.streamNames(prefix);
  }

  streamHead(stream: string): StreamHead | undefined {
    return streamHeadOf(stream, this.#heads.find(stream));
  }

  streamHeads(prefix: string): readonly StreamHead[] {
    const names = this.streamNames(prefix);
    this.#heads.refresh();
    return names.flatMap((name) => {
      return streamHeadOf(name, this.#heads.cached(name) ?? this.#heads.read(name)) ?? [];
    });
  }

  streamEvents(stream: string, range: StreamRange = {}): Iterable<StoredEvent> {
    return this.#reader.streamEvents(stream, range);
  }

  streamBodies(stream: string, range: StreamRange = {}): Iterable<EventBody> {
    return this.#reader.streamBodies(stream, range);
  }

  bodiesOfParts(parts: readonly StreamPart[]): Iterable<EventBody> {
    return this.#reader.bodiesOfParts(parts);
  }

  streamPoints(stream: string, types: readonly string[]): Iterable<EventPoint> {
    return this.#reader.streamPoints(stream, types);
  }

  isOutOfOrder(stream: string): boolean {
    return this.#heads.find(stream)?.isLate ?? false;
  }

  revisionAtPosition(stream: string, position: number): number {
    return this.#lastRevision(stream, 'rowid', position);
  }

  revisionRecordedBy(stream: string, recordedAtNs: bigint): number {
    return this.#lastRevision(stream, 'recorded_at', recordedAtNs);
  }

  revisionHappenedBy(stream: string, happenedAtNs: bigint): number {
    const head = this.#heads.find(stream);
    if (head === undefined) return -1;
    return this.#reader.lastRevision(head, 'happened_at', happenedAtNs, head.knownTimes);
  }

  #lastRevision(stream: string, column: 'rowid' | 'recorded_at', limit: number | bigint): number {
    const head = this.#heads.find(stream);
    return head === undefined ? -1 : this.#reader.lastRevision(head, column, limit);
  }

  markedEvents(types: readonly string[], afterPosition = 0): Iterable<StoredEvent> {
    return this.#reader.markedEvents(types, afterPosition);
  }

  allEvents(afterPosition = 0): Iterable<StoredEvent> {
    return this.#reader.allEvents(afterPosition);
  }

  allBodies(afterPosition = 0): Iterable<EventBody> {
    return this.#reader.allBodies(afterPosition);
  }

  exactEvents = (): Iterable<ExactEvent> => exactEvents(this.#connection);

  integrity = (): readonly string[] => integrity(this.#connection);

  keptRow(projection: string, stream: string): KeptRow | undefined {
    return this.#rows.keptRow(projection, stream);
  }

  keptRows(projection: string): Iterable<KeptRow> {
    return this.#rows.keptRows(projection);
  }

  snapshotAt(projection: string, stream: string, revision: number): KeptSnapshot | undefined {
    return this.#rows.snapshotAt(projection, stream, revision);
  }

  snapshotsAt(projection: string, places: readonly StreamPlace[]): readonly KeptSnapshot[] {
    return this.#rows.snapshotsAt(projection, places);
  }

  keptSnapshots(projection: string): Iterable<KeptSnapshot> {
    return this.#rows.keptSnapshots(projection);
  }

  keepRows(
    rows: readonly KeptRow[],
    snapshots: readonly KeptSnapshot[],
  ): readonly { readonly projection: string; readonly stream: string }[] {
    return this.#rows.keepRows(rows, snapshots);
  }

  forgetRows(projections: readonly string[], stream?: string, fromRevision = 0): void {
    this.#rows.forgetRows(projections, stream, fromRevision);
  }

  getMeta(key: string): string | undefined {
    const sql = 'SELECT text FROM meta WHERE key = ?';
    return this.#connection.guard(() => this.#connection.values<string>(sql).get(key));
  }

  setMeta(key: string, text: string): void {
    this.updateMeta(key, () => text);
  }

  updateMeta(key: string, update: MetaUpdate): void {
    const sql = 'INSERT OR REPLACE INTO meta(key, text) VALUES (?, ?)';
    this.#connection.transaction(() => {
      const text = update(this.getMeta(key));
      if (text !== undefined) this.#connection.command(sql).run(key, text);
    });
  }
}

function streamHeadOf(stream: string, head: Head | undefined): StreamHead | undefined {
  if (head?.digest === undefined) return undefined;
  const { revision, position, digest } = head;
  return { stream, revision, position, digest };
}
