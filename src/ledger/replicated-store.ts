/**
 * A cluster's ledger as if it were local: appends go to the cluster, and every answer comes from the
 * replica, which is waited for. So who appended reads what was appended, and a conflict's loser finds
 * the winner's event when it loads the stream again.
 */
import { appendOne } from '../store/append-one.ts';
import {
  type AppendOptions,
  type AppendRequest,
  type AppendResult,
  type Checkpoint,
  type EventBody,
  type EventPage,
  type EventPoint,
  type EventStore,
  type ExactEvent,
  type KeptRow,
  type KeptSnapshot,
  type LocalStore,
  type MetaUpdate,
  type NewEvent,
  NO_STREAM,
  type ReadFilter,
  type StoredEvent,
  StoreError,
  type StreamHead,
  type StreamPart,
  type StreamPlace,
  type StreamRange,
} from '../store/event-store.ts';
import type { KeyTable } from '../store/key-table.ts';
import type { Replica } from './replica.ts';
import { REPLICA_GAPS } from './replica-gaps.ts';

export interface ReplicatedParts {
  readonly cluster: EventStore;
  readonly local: LocalStore;
  /** Keys are kept apart: a replica can be removed and made again, a key cannot. */
  readonly keyStore: LocalStore;
  readonly replica: Replica;
}

export class ReplicatedStore implements LocalStore {
  readonly keys: KeyTable;
  readonly #cluster: EventStore;
  readonly #local: LocalStore;
  readonly #keyStore: LocalStore;
  readonly #replica: Replica;

  constructor({ cluster, local, keyStore, replica }: ReplicatedParts) {
    this.#cluster = cluster;
    this.#local = local;
    this.#keyStore = keyStore;
    this.#replica = replica;
    this.keys = keyStore.keys;
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
    // What is sealed may be in the cluster before its key is on this disk, and a key is made once.
    this.#keyStore.keys.flush();
    const { batch } = options;
    const results = await this.#cluster.appendMany(requests, { batch });
    const here = requests.map(({ stream }, index) => this.#here(stream, results[index]));
    return Promise.all(here);
  }

  /** The result as the replica tells it, once it is there. */
  async #here(stream: string, result: AppendResult | undefined): Promise<AppendResult> {
    if (result === undefined) throw new StoreError('an append got no answer');
    if (!result.ok) {
      if (result.actualRevision !== NO_STREAM)
        await this.#replica.has(stream, result.actualRevision);
      return result;
    }
    const { lastRevision } = result;
    await this.#replica.has(stream, lastRevision);
    const range = { fromRevision: lastRevision, toRevision: lastRevision };
    const [body] = this.#local.streamBodies(stream, range);
    if (body === undefined) throw new StoreError(`${stream}: the replica lost what it had`);
    return { ...result, position: body.position };
  }

  readStream(stream: string, fromRevision?: number): AsyncIterable<StoredEvent> {
    return this.#local.readStream(stream, fromRevision);
  }

  readAll(after?: Checkpoint, filter?: ReadFilter): AsyncIterable<StoredEvent> {
    return this.#local.readAll(after, filter);
  }

  /** Throws where the replica cannot go on: nothing would ever come again. */
  subscribe(
    after?: Checkpoint,
    filter?: ReadFilter,
    signal?: AbortSignal,
  ): AsyncGenerator<StoredEvent, void, undefined> {
    return this.#whileReplicated(signal, (stop) => this.#local.subscribe(after, filter, stop));
  }

  subscribePages(
    after?: Checkpoint,
    filter?: ReadFilter,
    signal?: AbortSignal,
  ): AsyncGenerator<EventPage, void, undefined> {
    return this.#whileReplicated(signal, (stop) => this.#local.subscribePages(after, filter, stop));
  }

  async *#whileReplicated<T>(
    signal: AbortSignal | undefined,
    read: (stop: AbortSignal) => AsyncIterable<T>,
  ): AsyncGenerator<T, void, undefined> {
    const stop = new AbortController();
    const stops = [stop.signal, ...(signal === undefined ? [] : [signal])];
    const failures: unknown[] = [];
    this.#replica.ended().catch((cause: unknown) => {
      failures.push(cause);
      stop.abort();
    });
    try {
      yield* read(AbortSignal.any(stops));
    } finally {
      stop.abort();
    }
    if (failures.length > 0 && signal?.aborted !== true) throw failures[0];
  }

  checkpointOf(event: StoredEvent): Checkpoint {
    return this.#local.checkpointOf(event);
  }

  lastCheckpoint(): Promise<Checkpoint | undefined> {
    return this.#local.lastCheckpoint();
  }

  head(): Promise<Uint8Array> {
    return this.#local.head();
  }

  async close(): Promise<void> {
    await this.#replica.stop();
    await this.#cluster.close();
    await this.#local.close();
    await this.#keyStore.close();
  }

  inOneReading<T>(work: () => T): T {
    return this.#local.inOneReading(work);
  }

  streamNames(prefix: string): readonly string[] {
    return this.#local.streamNames(prefix);
  }

  streamHead(stream: string): StreamHead | undefined {
    return this.#local.streamHead(stream);
  }

  streamHeads(prefix: string): readonly StreamHead[] {
    return this.#local.streamHeads(prefix);
  }

  streamEvents(stream: string, range?: StreamRange): Iterable<StoredEvent> {
    return this.#local.streamEvents(stream, range);
  }

  streamBodies(stream: string, range?: StreamRange): Iterable<EventBody> {
    return this.#local.streamBodies(stream, range);
  }

  bodiesOfParts(parts: readonly StreamPart[]): Iterable<EventBody> {
    return this.#local.bodiesOfParts(parts);
  }

  streamPoints(stream: string, types: readonly string[]): Iterable<EventPoint> {
    return this.#local.streamPoints(stream, types);
  }

  isOutOfOrder(stream: string): boolean {
    return this.#local.isOutOfOrder(stream);
  }

  revisionAtPosition(stream: string, position: number): number {
    return this.#local.revisionAtPosition(stream, position);
  }

  revisionRecordedBy(stream: string, recordedAtNs: bigint): number {
    return this.#local.revisionRecordedBy(stream, recordedAtNs);
  }

  revisionHappenedBy(stream: string, happenedAtNs: bigint): number {
    return this.#local.revisionHappenedBy(stream, happenedAtNs);
  }

  markedEvents(types: readonly string[], afterPosition?: number): Iterable<StoredEvent> {
    return this.#local.markedEvents(types, afterPosition);
  }

  allEvents(afterPosition?: number): Iterable<StoredEvent> {
    return this.#local.allEvents(afterPosition);
  }

  allBodies(afterPosition?: number): Iterable<EventBody> {
    return this.#local.allBodies(afterPosition);
  }

  exactEvents(): Iterable<ExactEvent> {
    return this.#local.exactEvents();
  }

  integrity(): readonly string[] {
    return this.#local.integrity();
  }

  keptRow(projection: string, stream: string): KeptRow | undefined {
    return this.#local.keptRow(projection, stream);
  }

  keptRows(projection: string): Iterable<KeptRow> {
    return this.#local.keptRows(projection);
  }

  snapshotAt(projection: string, stream: string, revision: number): KeptSnapshot | undefined {
    return this.#local.snapshotAt(projection, stream, revision);
  }

  snapshotsAt(projection: string, places: readonly StreamPlace[]): readonly KeptSnapshot[] {
    return this.#local.snapshotsAt(projection, places);
  }

  keptSnapshots(projection: string): Iterable<KeptSnapshot> {
    return this.#local.keptSnapshots(projection);
  }

  keepRows(
    rows: readonly KeptRow[],
    snapshots: readonly KeptSnapshot[],
  ): readonly { readonly projection: string; readonly stream: string }[] {
    return this.#local.keepRows(rows, snapshots);
  }

  forgetRows(projections: readonly string[], stream?: string, fromRevision?: number): void {
    this.#local.forgetRows(projections, stream, fromRevision);
  }

  /**
   * Beside the keys: what the ledger keeps of itself is what opens them (a passphrase's salt). Only
   * what the replica lacks is its own to tell.
   */
  getMeta(key: string): string | undefined {
    return (key === REPLICA_GAPS ? this.#local : this.#keyStore).getMeta(key);
  }

  setMeta(key: string, text: string): void {
    this.#keyStore.setMeta(key, text);
  }

  updateMeta(key: string, update: MetaUpdate): void {
    this.#keyStore.updateMeta(key, update);
  }
}
