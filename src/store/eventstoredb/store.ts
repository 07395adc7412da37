/** A ledger in an EventStoreDB or KurrentDB cluster. */
import { appendOne } from '../append-one.ts';
import { ledgerHead } from '../digest.ts';
import {
  type AppendOptions,
  type AppendRequest,
  type AppendResult,
  type Checkpoint,
  type EventStore,
  type NewEvent,
  type ReadFilter,
  type StoredEvent,
  StoreError,
  type StreamHead,
  UNKNOWN_POSITION,
} from '../event-store.ts';
import { wantedBy } from '../follow.ts';
import { assertStorable, quote } from '../limits.ts';
import { sealAll } from '../unsealed.ts';
import type { ClusterAddress } from './address.ts';
import { Appender } from './appender.ts';
import type { Cluster, ClusterRecord } from './cluster.ts';
import {
  checkpointText,
  comparePositions,
  type LogPosition,
  parseCheckpoint,
} from './log-position.ts';
import { LedgerNames } from './names.ts';
import { patiently, persistently, type Reading } from './persistently.ts';
import { clusterBytes, unsealedEvent } from './stored-form.ts';

/** What one append may hold on a server as it comes. */
const SERVER_LIMIT_BYTES = 1_048_576;

export interface ClusterStoreOptions {
  /** Told of what went wrong and was put right: lost answers, lost connections. */
  readonly onTrouble?: (sentence: string) => void;
  /** For how long an append or a read is tried again (default a minute). */
  readonly patienceMs?: number;
  /** Without a word from the server for so long, a call is taken for lost (default 15 seconds). */
  readonly silenceMs?: number;
}

const PATIENCE_MS = 60_000;

/** Made by `openClusterStore`. */
export class ClusterStore implements EventStore {
  readonly address: ClusterAddress;
  readonly #cluster: Cluster;
  readonly #release: () => Promise<void>;
  readonly #names: LedgerNames;
  readonly #appender: Appender;
  readonly #stop = new AbortController();
  readonly #onTrouble: (sentence: string) => void;
  readonly #patienceMs: number;
  /** `position` is a number; what a checkpoint needs of a place is kept here. */
  readonly #places = new WeakMap<StoredEvent, LogPosition>();

  constructor(
    address: ClusterAddress,
    cluster: { readonly cluster: Cluster; readonly release: () => Promise<void> },
    options: ClusterStoreOptions = {},
  ) {
    this.address = address;
    this.#cluster = cluster.cluster;
    this.#release = cluster.release;
    this.#names = new LedgerNames(address.ledger);
    this.#onTrouble = options.onTrouble ?? (() => undefined);
    this.#patienceMs = options.patienceMs ?? PATIENCE_MS;
    this.#appender = new Appender({
      cluster: this.#cluster,
      nameOf: (stream) => this.#names.inCluster(stream),
      onUncertain: this.#onTrouble,
      patienceMs: this.#patienceMs,
      signal: this.#stop.signal,
    });
  }

  append(
    stream: string,
    events: readonly NewEvent[],
    options: { readonly expectedRevision: number },
  ): Promise<AppendResult> {
    return appendOne(this, stream, events, options);
  }

  async appendMany(
    unsealed: readonly AppendRequest[],
    options: AppendOptions = {},
  ): Promise<readonly AppendResult[]> {
    const requests = sealAll(unsealed);
    this.#assertOpen();
    for (const request of requests) {
      assertStorable(request);
      this.#names.assertStream(request.stream);
      assertFits(request);
    }
    return this.#appender.append(requests, options.batch);
  }

  async *readStream(stream: string, fromRevision = 0): AsyncGenerator<StoredEvent> {
    this.#assertOpen();
    const name = this.#names.inCluster(stream);
    let from = fromRevision;
    const open = () => this.#cluster.readStream(name, from);
    for await (const records of persistently(open, this.#reading(`reading ${quote(stream)}`))) {
      from = (records.at(-1)?.revision ?? from) + 1;
      for (const record of records) yield this.#eventOf(record);
    }
  }

  async *readAll(after?: Checkpoint, filter?: ReadFilter): AsyncGenerator<StoredEvent> {
    this.#assertOpen();
    const start = parseCheckpoint(after);
    const end = await this.#endOfLog();
    if (end === undefined) return;
    const wanted = wantedBy(filter);
    let last = start;
    const open = () => this.#cluster.readAll(last ?? 'start');
    const isWhole = () => last !== undefined && comparePositions(last, end) >= 0;
    const reading = { ...this.#reading('reading the ledger'), isWhole };
    for await (const records of persistently(open, reading)) {
      for (const record of records) {
        const { position } = record;
        if (position === undefined) continue;
        // Reading begins with the place it is given, which was handled already.
        if (last !== undefined && comparePositions(position, last) <= 0) continue;
        if (comparePositions(position, end) > 0) return;
        last = position;
        const stream = this.#ours(record);
        if (stream === undefined || (wanted && !wanted(stream, record.type))) continue;
        yield this.#eventOf(record);
      }
    }
  }

  /** One connection's events, as many at once as came; ends, or throws a ClusterTrouble, when it is cut. */
  async *subscribeOnce(
    after: Checkpoint | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<readonly StoredEvent[]> {
    this.#assertOpen();
    const stop = AbortSignal.any([this.#stop.signal, signal]);
    const streams = this.#names.filter([]);
    for await (const records of this.#cluster.subscribe(parseCheckpoint(after), streams, stop)) {
      const ours = records.filter((record) => this.#ours(record) !== undefined);
      if (ours.length > 0) yield ours.map((record) => this.#eventOf(record));
    }
  }

  async *subscribe(
    after?: Checkpoint,
    filter?: ReadFilter,
    signal?: AbortSignal,
  ): AsyncGenerator<StoredEvent> {
    this.#assertOpen();
    let last = parseCheckpoint(after);
    const stop = AbortSignal.any([this.#stop.signal, ...(signal === undefined ? [] : [signal])]);
    const isOver = () => stop.aborted;
    const wanted = wantedBy(filter);
    const streams = this.#names.filter(filter?.streamPrefixes ?? []);
    const open = () => this.#cluster.subscribe(last, streams, stop);
    const reading = { ...this.#reading('following the ledger'), signal: stop, isEndless: true };
    for await (const records of persistently(open, reading)) {
      for (const record of records) {
        if (isOver()) return;
        last = record.position;
        const stream = this.#ours(record);
        if (stream === undefined || (wanted && !wanted(stream, record.type))) continue;
        yield this.#eventOf(record);
        if (isOver()) return;
      }
    }
  }

  checkpointOf(event: StoredEvent): Checkpoint {
    const place = this.#places.get(event);
    if (place !== undefined) return checkpointText(place);
    throw new StoreError('an event read from one stream of a cluster has no place in the ledger');
  }

  async lastCheckpoint(patienceMs = this.#patienceMs): Promise<Checkpoint | undefined> {
    this.#assertOpen();
    const open = () => this.#cluster.readAll('end');
    let lowest: LogPosition | undefined;
    const isWhole = async () => {
      const first = (await this.#cluster.atEndOfLog('start'))?.position;
      if (first === undefined) return true;
      return lowest !== undefined && comparePositions(lowest, first) <= 0;
    };
    const reading = { ...this.#reading('reading the ledger’s end'), patienceMs, isWhole };
    for await (const records of persistently(open, reading)) {
      for (const record of records) {
        lowest = record.position ?? lowest;
        if (this.#ours(record) === undefined || record.position === undefined) continue;
        return checkpointText(record.position);
      }
    }
    return undefined;
  }

  /** Reads the whole ledger: on a cluster only a replica knows all streams. */
  async head(): Promise<Uint8Array> {
    const newest = new Map<string, StoredEvent>();
    for await (const event of this.readAll()) newest.set(event.stream, event);
    return ledgerHead(newest.values());
  }

  /** A stream's newest event, asked of the cluster. */
  async newestOf(stream: string): Promise<StreamHead | undefined> {
    this.#assertOpen();
    const name = this.#names.inCluster(stream);
    const ask = () => this.#cluster.newestOf(name);
    const record = await patiently(ask, this.#reading(`reading the end of ${quote(stream)}`));
    return record && this.#eventOf(record);
  }

  /** Undefined where a stream has none, or no longer has it. */
  async eventAt(stream: string, revision: number): Promise<StoredEvent | undefined> {
    this.#assertOpen();
    const ask = () => this.firstFrom(stream, revision);
    const found = await patiently(ask, this.#reading(`reading ${quote(stream)}`));
    return found?.revision === revision ? found : undefined;
  }

  /** The first event that a stream still has from a revision on; asked for once, for who asks again himself. */
  async firstFrom(stream: string, revision: number): Promise<StoredEvent | undefined> {
    const name = this.#names.inCluster(stream);
    for await (const [record] of this.#cluster.readStream(name, revision, 1)) {
      return record && this.#eventOf(record);
    }
    return undefined;
  }

  async close(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    await this.#release();
  }

  async #endOfLog(): Promise<LogPosition | undefined> {
    const read = () => this.#cluster.atEndOfLog('end');
    return (await patiently(read, this.#reading('reading the ledger’s end')))?.position;
  }

  /** Links of the server's projections lie in streams that begin like ours, and are no events of ours. */
  #ours({ stream, type }: ClusterRecord): string | undefined {
    return type.startsWith('$') ? undefined : this.#names.ours(stream);
  }

  #reading(what: string): Reading {
    return {
      what: `${what} at ${this.address.shown}`,
      patienceMs: this.#patienceMs,
      onTrouble: this.#onTrouble,
      signal: this.#stop.signal,
      isEndless: false,
    };
  }

  #eventOf(record: ClusterRecord): StoredEvent {
    const stream = this.#names.ours(record.stream) ?? record.stream;
    const { revision, type, position } = record;
    const place = () => `${quote(stream)} revision ${revision}`;
    const { id, data, metadata, digest } = unsealedEvent(record, place);
    const event = {
      position: position === undefined ? UNKNOWN_POSITION : Number(position.commit),
      stream,
      revision,
      type,
      data,
      metadata,
      id,
      digest,
    };
    if (position !== undefined) this.#places.set(event, position);
    return event;
  }

  #assertOpen(): void {
    if (this.#stop.signal.aborted) throw new StoreError('the store is closed');
  }
}

/** Before anything is sent: a server that takes part of a request's time to refuse it helps nobody. */
function assertFits({ stream, events }: AppendRequest): void {
  let bytes = 0;
  for (const event of events) bytes += clusterBytes(event);
  if (bytes <= SERVER_LIMIT_BYTES) return;
  throw new StoreError(
    `an append of ${bytes} bytes to ${quote(stream)}, ids and digests counted, is over a cluster's limit of ${SERVER_LIMIT_BYTES}: split it`,
  );
}
