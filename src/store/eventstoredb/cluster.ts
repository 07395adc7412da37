/**
 * The only file that imports the client. What it does not say, or says in its own way, is put right
 * here: who uses it gets answers, or a ClusterTrouble that tells whether to try again.
 */
import {
  BACKWARDS,
  END,
  EventStoreDBClient,
  type Filter,
  FORWARDS,
  START,
  StreamNotFoundError,
  streamNameFilter,
} from '@eventstore/db-client';
import { StoreError } from '../event-store.ts';
import type { ClusterAddress } from './address.ts';
import { BatchCalls, type ClusterAnswer } from './batch-calls.ts';
import type { GroupClient } from './group-client.ts';
import type { LogPosition } from './log-position.ts';
import { cancel, type Open, pulled, silent } from './pulled.ts';
import type { ClusterEvent, ReadBack } from './stored-form.ts';
import { ClusterTrouble, endedEarly, troubleOf } from './trouble.ts';

/** An event as the cluster gives it. */
export interface ClusterRecord extends ReadBack {
  readonly stream: string;
  readonly revision: number;
  /** Where one stream is read the server does not tell it. */
  readonly position: LogPosition | undefined;
}

/** Which streams of the whole log: by beginnings, or all that a regular expression takes. */
export type StreamFilter = { readonly prefixes: readonly string[] } | { readonly regex: string };

/** Without a word from the server for so long, a read or an append is taken for lost. */
const SILENCE_MS = 15_000;
const CLOSING_MS = 1000;
/** A server before 23.6 never says that it has sent everything. */
const LISTING_MS = 120_000;
/** Each may be of a megabyte. */
const MOST_IN_FLIGHT = 64;
/** So many readings in a row that end without an event are believed. */
const MOST_EMPTY_READS = 5;
/** Checkpoints only cost: places come from the events. */
const SEARCH_WINDOW = 4096;

export class Cluster {
  readonly #client: EventStoreDBClient;
  readonly #silenceMs: number;
  readonly #batches: BatchCalls;
  readonly #waiting: (() => void)[] = [];
  #inFlight = 0;

  constructor(address: ClusterAddress, silenceMs = SILENCE_MS) {
    this.#silenceMs = silenceMs;
    try {
      this.#client = EventStoreDBClient.connectionString(address.connection);
      this.#batches = new BatchCalls(this.#client);
    } catch (cause) {
      const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
      throw new StoreError(`${address.shown}: ${reason}`, { cause });
    }
  }

  /** For groups.ts, which knows only this much of the client. */
  get groupClient(): GroupClient {
    return this.#client;
  }

  /** Rejects with a ClusterTrouble; one that `isPassing` leaves open whether it was appended. */
  async append(
    stream: string,
    events: readonly ClusterEvent[],
    expectedRevision: number,
  ): Promise<ClusterAnswer> {
    await this.#turn();
    try {
      const call = this.#batches.append(stream, events, expectedRevision);
      return await withinTime(call, this.#silenceMs);
    } catch (cause) {
      throw troubleOf(cause);
    } finally {
      this.#inFlight--;
      this.#waiting.shift()?.();
    }
  }

  async #turn(): Promise<void> {
    if (this.#inFlight >= MOST_IN_FLIGHT) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#inFlight++;
  }

  /**
   * A stream's events from a revision on; nothing for one that does not exist. A reading may end in
   * the middle as if that were all: the end is believed where the stream's newest event was given.
   */
  async *readStream(
    stream: string,
    fromRevision: number,
    maxCount = Number.POSITIVE_INFINITY,
  ): AsyncGenerator<readonly ClusterRecord[]> {
    let next = fromRevision;
    let given = 0;
    for (let emptyReads = 0; emptyReads < MOST_EMPTY_READS; ) {
      const before = next;
      const options = {
        fromRevision: BigInt(next),
        ...(maxCount !== Number.POSITIVE_INFINITY && { maxCount: maxCount - given }),
        deadline: YEAR_MS,
      };
      const open = () => this.#client.readStream(stream, options);
      try {
        for await (const records of pulled(open, { silenceMs: this.#silenceMs })) {
          const fresh = rising(records, next).slice(0, maxCount - given);
          if (fresh.length === 0) continue;
          next = (fresh.at(-1)?.revision ?? next) + 1;
          given += fresh.length;
          yield fresh;
          if (given >= maxCount) return;
        }
      } catch (cause) {
        if (isMissing(cause)) return;
        throw cause;
      }
      const newest = await this.newestOf(stream);
      if (newest === undefined || newest.revision < next) return;
      if (next === before) emptyReads++;
    }
    throw endedEarly();
  }

  async newestOf(stream: string): Promise<ClusterRecord | undefined> {
    const options = { fromRevision: END, direction: BACKWARDS, maxCount: 1 } as const;
    try {
      return await this.#first(() => this.#client.readStream(stream, options));
    } catch (cause) {
      if (isMissing(cause)) return undefined;
      throw cause;
    }
  }

  /** The log's first or last record, whosever it is. */
  atEndOfLog(end: 'start' | 'end'): Promise<ClusterRecord | undefined> {
    const fromPosition = end === 'start' ? START : END;
    const direction = end === 'start' ? FORWARDS : BACKWARDS;
    const open = () => this.#client.readAll({ fromPosition, direction, maxCount: 1 });
    return this.#first(open);
  }

  /** Asked again where nothing came: that may be a reading which ended before its first event. */
  async #first(open: Open): Promise<ClusterRecord | undefined> {
    for (let emptyReads = 0; emptyReads < MOST_EMPTY_READS; emptyReads++) {
      for await (const [record] of pulled(open, { silenceMs: this.#silenceMs })) return record;
    }
    return undefined;
  }

  /** The whole log from a place on (that one included), or backwards from its end. */
  readAll(from: LogPosition | 'start' | 'end'): AsyncGenerator<readonly ClusterRecord[]> {
    const direction = from === 'end' ? BACKWARDS : FORWARDS;
    const fromPosition = from === 'start' ? START : from === 'end' ? END : from;
    const open = () => this.#client.readAll({ fromPosition, direction });
    return pulled(open, { silenceMs: this.#silenceMs });
  }

  /** Events after a place, then those that come; ends without a word where the server ends it. */
  subscribe(
    after: LogPosition | undefined,
    streams: StreamFilter,
    signal: AbortSignal,
  ): AsyncGenerator<readonly ClusterRecord[]> {
    const maxSearchWindow = SEARCH_WINDOW;
    const filter: Filter =
      'regex' in streams
        ? streamNameFilter({ regex: streams.regex, maxSearchWindow })
        : streamNameFilter({ prefixes: [...streams.prefixes], maxSearchWindow });
    const fromPosition = after ?? START;
    const open = () => this.#client.subscribeToAll({ fromPosition, filter });
    return pulled(open, { signal, isRising: true });
  }

  /** The names of all streams of the log that begin so, the server's own included. */
  async streamNames(prefix: string): Promise<ReadonlySet<string>> {
    const filter = streamNameFilter({ prefixes: [prefix], maxSearchWindow: SEARCH_WINDOW });
    const names = new Set<string>();
    let isWhole = false;
    const open = () => {
      const stream = this.#client.subscribeToAll({ filter });
      // Ended rather than cut, so that what was sent before it is still read.
      stream.once('caughtUp', () => {
        isWhole = true;
        cancel(stream);
      });
      return stream;
    };
    const signal = AbortSignal.timeout(LISTING_MS);
    for await (const records of pulled(open, { signal })) {
      for (const { stream } of records) names.add(stream);
    }
    if (isWhole) return names;
    throw new ClusterTrouble(`the cluster did not come to its end in ${LISTING_MS / 1000} s`, true);
  }

  /** For the few calls that manage the server; what goes wrong is told like everything else. */
  async manage<T>(work: (client: EventStoreDBClient) => Promise<T>): Promise<T> {
    const call = work(this.#client).catch((cause: unknown) => Promise.reject(troubleOf(cause)));
    return withinTime(call, this.#silenceMs);
  }

  /** The client waits for the end of every stream, and one that the server left open has none. */
  async close(): Promise<void> {
    await withinTime(this.#client.dispose(), CLOSING_MS).catch(() => undefined);
  }
}

/** Without those that were given: an answer may be repeated. */
function rising(records: readonly ClusterRecord[], from: number): readonly ClusterRecord[] {
  let next = from;
  return records.filter(({ revision }) => {
    if (revision < next) return false;
    next = revision + 1;
    return true;
  });
}

const YEAR_MS = 365 * 24 * 3600 * 1000;

function isMissing(cause: unknown): boolean {
  return cause instanceof ClusterTrouble && cause.cause instanceof StreamNotFoundError;
}

/** The client itself never gives up waiting for the answer to an append. */
async function withinTime<T>(call: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(silent(ms)), ms);
  });
  // The answer may still come as an error, with nobody waiting for it any more.
  call.catch(() => undefined);
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}
