/** The newest event of each stream, cached: an append needs its revision, digest and time. */
import { NO_STREAM } from '../event-store.ts';
import { TwoGenerationCache } from './cache.ts';
import type { Connection } from './connection.ts';
import type { Names } from './names.ts';
import { KnownValues } from './search.ts';

/** Mutable: an append moves it on, and a rollback clears the whole cache. */
export interface Head {
  readonly stream: number;
  revision: number;
  position: number;
  /** Undefined while the stream has no event. */
  digest: Uint8Array | undefined;
  happenedAtNs: bigint;
  isLate: boolean;
  /** Of its events, as far as they were looked for. */
  readonly knownTimes: KnownValues;
}

const NEWEST = `SELECT revision, rowid, digest, happened_at,
    (SELECT late FROM stream WHERE stream.rowid = ev.stream)
  FROM ev WHERE stream = ? ORDER BY revision DESC LIMIT 1`;

export class Heads {
  readonly #connection: Connection;
  readonly #streams: Names;
  readonly #cache = new TwoGenerationCache<string, Head>();
  #dataVersion = 0;

  constructor(connection: Connection, streams: Names) {
    this.#connection = connection;
    this.#streams = streams;
  }

  /** The stream's head, or undefined when it has no event. */
  find(stream: string): Head | undefined {
    this.refresh();
    return this.#cache.get(stream) ?? this.read(stream);
  }

  /** Only after `refresh`. */
  cached(stream: string): Head | undefined {
    return this.#cache.get(stream);
  }

  read(stream: string): Head | undefined {
    const id = this.#streams.find(stream);
    return id === undefined ? undefined : this.#read(stream, id);
  }

  /** The head of a stream that gets its first event now. */
  create(stream: string): Head {
    const head = {
      stream: this.#streams.intern(stream),
      revision: NO_STREAM,
      position: 0,
      digest: undefined,
      happenedAtNs: 0n,
      isLate: false,
      knownTimes: new KnownValues(),
    };
    this.#cache.set(stream, head);
    return head;
  }

  /** Forgets everything when another process has written. */
  refresh(): void {
    const version = this.#connection.dataVersion();
    if (version === this.#dataVersion) return;
    this.#dataVersion = version;
    this.#cache.clear();
  }

  forget(): void {
    this.#cache.clear();
  }

  #read(stream: string, id: number): Head | undefined {
    const row = this.#connection.guard(() =>
      this.#connection.bigRows<[bigint, bigint, Buffer, bigint, bigint]>(NEWEST).get(id),
    );
    if (row === undefined) return undefined;
    const [revision, position, digest, happenedAtNs, late] = row;
    const head = {
      stream: id,
      revision: Number(revision),
      position: Number(position),
      digest,
      happenedAtNs,
      isLate: late !== 0n,
      knownTimes: new KnownValues(),
    };
    this.#cache.set(stream, head);
    return head;
  }
}
