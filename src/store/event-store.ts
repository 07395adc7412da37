/**
 * The port every store implements: streams of opaque events, appended once, in one order.
 * A store knows names, bytes and digests, and nothing about channels.
 */

import type { KeyTable } from './key-table.ts';
import type { Unsealed } from './unsealed.ts';

/** What is handed to a store. `data` and `metadata` are canonical JSON text, kept byte for byte. */
export interface NewEvent {
  /** UUIDv8 in its usual text form. */
  readonly id: string;
  readonly type: string;
  readonly data: string;
  /** Fields that are still to be sealed into `data`: every store does that before it writes. */
  readonly unsealed?: Unsealed;
  readonly metadata: string;
  /** Values a local store keeps as columns too, derived from the JSON; others ignore them. */
  readonly columns: EventColumns;
  /** What its writer holds in memory of it: for who folds it right after; stores pass it over. */
  readonly inMemory?: EventInMemory;
}

/** What the JSON of an event says, as it was before it became text. */
export interface EventInMemory {
  readonly data: object;
  /** As the metadata has it. */
  readonly happenedAt: string;
}

/** Columns repeat what the JSON says, for questions asked often; `verify` compares the two. */
export interface EventColumns {
  /** Nanoseconds since 1970: the event's place in its stream's logical order. */
  readonly happenedAtNs: bigint;
  /** Nanoseconds since 1970: when the recorder learned it. */
  readonly recordedAtNs: bigint;
  /** Two amounts whose meaning is the event type's (balances of a commitment), or null. */
  readonly amount1: bigint | null;
  readonly amount2: bigint | null;
  /** True for the rare types that are looked up across all streams (`markedEvents`). */
  readonly isMarked: boolean;
}

/** What folding needs of an event: reading id and digest too costs a third more. */
export interface EventBody {
  /** The store's order over all streams; opaque outside of it. */
  readonly position: number;
  readonly stream: string;
  /** 0 for a stream's first event. */
  readonly revision: number;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
}

export interface StoredEvent extends EventBody {
  readonly id: string;
  /** 32 bytes; see digest.ts. */
  readonly digest: Uint8Array;
}

/** Where a store does not tell the place in its order: a cluster's answer to an append, one stream of it. */
export const UNKNOWN_POSITION = -1;

/** `expectedRevision` of a stream that does not exist yet. */
export const NO_STREAM = -1;

export interface AppendRequest {
  readonly stream: string;
  readonly events: readonly NewEvent[];
  /** The revision of the stream's last event as the writer knows it, or NO_STREAM. */
  readonly expectedRevision: number;
}

/** A conflict is an answer, not an error: the writer reloads and decides again. */
export type AppendResult =
  | {
      readonly ok: true;
      readonly lastRevision: number;
      /** Position of the last event of this append, or UNKNOWN_POSITION. */
      readonly position: number;
      readonly digest: Uint8Array;
    }
  | { readonly ok: false; readonly actualRevision: number };

export interface AppendOptions {
  /** Calls with the same number are parts of one batch: what one of them loses, the later ones lose. */
  readonly batch?: number | undefined;
  /** The caller goes on working meanwhile: a store may write beside it, at a cost of its own. */
  readonly isAside?: boolean;
  /** Of a local store: kept (`getMeta`) in the same commit, if all requests of the call are made. */
  readonly meta?: { readonly key: string; readonly text: string };
}

/** Which events a reader of all streams wants; empty lists and absent fields mean all. */
export interface ReadFilter {
  readonly streamPrefixes?: readonly string[];
  readonly types?: readonly string[];
}

/** An opaque place in a store's order: reading `after` it gives what came later. */
export type Checkpoint = string;

export interface EventStore {
  /**
   * Appends durably, all events of one request or none. The same request again (same events, same
   * expected revision) gives the first result. Throws StoreError on limits and I/O.
   */
  append(
    stream: string,
    events: readonly NewEvent[],
    options: { readonly expectedRevision: number },
  ): Promise<AppendResult>;
  /**
   * Many appends, each all or nothing by itself, sharing one commit where the store can. Once a
   * request meets a conflict, the later ones on its stream do too: they were decided on the state
   * it would have made, and must not fit another writer's revision by chance.
   */
  appendMany(
    requests: readonly AppendRequest[],
    options?: AppendOptions,
  ): Promise<readonly AppendResult[]>;
  /** Events of a stream from a revision on, oldest first; nothing for an unknown stream. */
  readStream(stream: string, fromRevision?: number): AsyncIterable<StoredEvent>;
  /** All streams' events in the store's order, then ends. */
  readAll(after?: Checkpoint, filter?: ReadFilter): AsyncIterable<StoredEvent>;
  /** Like readAll, then waits for what comes; ends when `signal` aborts or the store closes. */
  subscribe(
    after?: Checkpoint,
    filter?: ReadFilter,
    signal?: AbortSignal,
  ): AsyncIterable<StoredEvent>;
  /** The checkpoint of an event this store gave out; a cluster has none for those of `readStream`. */
  checkpointOf(event: StoredEvent): Checkpoint;
  /** Checkpoint of the newest event; undefined while there is none. */
  lastCheckpoint(): Promise<Checkpoint | undefined>;
  /** The ledger's head: see ledgerHead in digest.ts. */
  head(): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** One stream's newest event, as far as a head or a cache needs it. */
export interface StreamHead {
  readonly stream: string;
  readonly revision: number;
  readonly position: number;
  readonly digest: Uint8Array;
}

/** A range of one stream; bounds are inclusive, absent ones are open. */
export interface StreamRange {
  readonly fromRevision?: number;
  readonly toRevision?: number;
  readonly toPosition?: number;
  readonly types?: readonly string[];
}

export type StreamPlace = Pick<StreamHead, 'stream' | 'revision'>;

/** Events of one stream that follow one another; both bounds are inclusive. */
export interface StreamPart {
  readonly stream: string;
  readonly fromRevision: number;
  readonly toRevision: number;
}

/** A row or snapshot: derived data, which can be deleted at any time and is then rebuilt. */
export interface KeptRow {
  readonly projection: string;
  readonly stream: string;
  /** The last event folded in. */
  readonly revision: number;
  readonly version: number;
  readonly json: string;
}

export interface KeptSnapshot extends KeptRow {
  readonly position: number;
  /** Greatest happenedAt folded in, so that a moment in time finds its snapshot. */
  readonly happenedAtNs: bigint;
}

/** What a reader asks for without the JSON: one balance point of a chart, say. */
export interface EventPoint {
  readonly revision: number;
  readonly position: number;
  readonly type: string;
  readonly happenedAtNs: bigint;
  readonly amount1: bigint | null;
  readonly amount2: bigint | null;
}

/** Events that follow one another, as far as they were asked for. */
export interface EventPage {
  /** Often the same array for all who were at the same place at about the same time. May be empty. */
  readonly events: readonly StoredEvent[];
  /** How far was looked: what lies between the last event and this was not asked for. */
  readonly checkpoint: Checkpoint;
}

/**
 * A store in this process or on this machine. Its reads are synchronous: rows, as-of and forensics
 * run on it, and a cluster is read through a local replica.
 */
export interface LocalStore extends EventStore {
  /** As `subscribe`, but what was read together is given together: for who hands it to many. */
  subscribePages(
    after?: Checkpoint,
    filter?: ReadFilter,
    signal?: AbortSignal,
  ): AsyncIterable<EventPage>;
  /**
   * What `work` reads is of one state of the store, whoever writes meanwhile; many small readings
   * cost half as much so. It must not write, and is over when it returns.
   */
  inOneReading<T>(work: () => T): T;
  streamNames(prefix: string): readonly string[];
  streamHead(stream: string): StreamHead | undefined;
  streamHeads(prefix: string): readonly StreamHead[];
  /** Events of a stream in append order. */
  streamEvents(stream: string, range?: StreamRange): Iterable<StoredEvent>;
  /** The same without ids and digests: for folding. */
  streamBodies(stream: string, range?: StreamRange): Iterable<EventBody>;
  /** Of many streams, each one's in its order: asked one by one, short parts take twice as long. */
  bodiesOfParts(parts: readonly StreamPart[]): Iterable<EventBody>;
  streamPoints(stream: string, types: readonly string[]): Iterable<EventPoint>;
  /** True when some event of the stream happened before one appended earlier. */
  isOutOfOrder(stream: string): boolean;
  /** Last revision that is at or before a position / recorded at or before a time; -1 if none. */
  revisionAtPosition(stream: string, position: number): number;
  revisionRecordedBy(stream: string, recordedAtNs: bigint): number;
  /** Last revision that happened at or before; only for streams that are in order. */
  revisionHappenedBy(stream: string, happenedAtNs: bigint): number;
  /** Events with `isMarked`, of the types asked for, in the store's order. */
  markedEvents(types: readonly string[], afterPosition?: number): Iterable<StoredEvent>;
  allEvents(afterPosition?: number): Iterable<StoredEvent>;
  allBodies(afterPosition?: number): Iterable<EventBody>;
  /** Every event as its bytes lie on disk, oldest first: for `verify`. */
  exactEvents(): Iterable<ExactEvent>;
  /** What the engine itself finds wrong with its file, one line each; empty when sound. */
  integrity(): readonly string[];

  keptRow(projection: string, stream: string): KeptRow | undefined;
  keptRows(projection: string): Iterable<KeptRow>;
  /** Newest snapshot at or before the revision. */
  snapshotAt(projection: string, stream: string, revision: number): KeptSnapshot | undefined;
  /** The same of many streams at once, in no order; those without one are left out. */
  snapshotsAt(projection: string, places: readonly StreamPlace[]): readonly KeptSnapshot[];
  keptSnapshots(projection: string): Iterable<KeptSnapshot>;
  /**
   * Writes rows and snapshots in one transaction. A row of the same version that another process
   * has written with a later revision stays (compare-and-set); the answer names those rows.
   * They are derived data: a power cut may take them back to an earlier write, never tear them.
   */
  keepRows(
    rows: readonly KeptRow[],
    snapshots: readonly KeptSnapshot[],
  ): readonly { readonly projection: string; readonly stream: string }[];
  /** Deletes rows and snapshots of projections, or only one stream's, from a revision on. */
  forgetRows(projections: readonly string[], stream?: string, fromRevision?: number): void;

  /** The keyring: kept beside the log, never in it, so that a key can be destroyed. */
  readonly keys: KeyTable;
  /** Small facts about the ledger itself (its format's settings, a replica's checkpoint). */
  getMeta(key: string): string | undefined;
  setMeta(key: string, text: string): void;
  /**
   * Reads and writes in one transaction: no other process writes between the two. Nothing is written
   * where `update` gives undefined.
   */
  updateMeta(key: string, update: MetaUpdate): void;
}

/** What a fact becomes: from its text, or from undefined where there is none yet. */
export type MetaUpdate = (text: string | undefined) => string | undefined;

/** An event undecoded, so that no flipped byte hides behind decoding. Undefined: not readable. */
export interface ExactEvent {
  readonly position: number;
  readonly stream: Uint8Array | undefined;
  readonly revision: number;
  readonly id: Uint8Array;
  readonly type: Uint8Array | undefined;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
  readonly digest: Uint8Array;
  readonly columns: EventColumns;
  /** What is wrong with the form of the row itself, such as text where a number belongs. */
  readonly defects: readonly string[];
}

/** An operating error of a store: what happened and what to do, in one sentence. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}

/** The largest event and append that every store takes, so that any ledger can be copied to any. */
export const MAX_EVENT_BYTES = 512 * 1024;
export const MAX_APPEND_BYTES = 1_000_000;
