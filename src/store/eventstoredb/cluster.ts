/**
 * The only file that imports the client. What it does not say, or says in its own way, is put right
 * here: who uses it gets answers, or a ClusterTrouble that tells whether to try again.
 */
import {
  type AllStreamResolvedEvent,
  BACKWARDS,
  END,
  EventStoreDBClient,
  type Filter,
  FORWARDS,
  type RecordedEvent,
  START,
  StreamNotFoundError,
  streamNameFilter,
} from '@eventstore/db-client';
import { StoreError } from '../event-store.ts';
import type { ClusterAddress } from './address.ts';
import { BatchCalls, type ClusterAnswer } from './batch-calls.ts';
import type { GroupClient } from './group-client.ts';
import type { LogPosition } from './log-position.ts';
import type { ClusterEvent, ReadBack } from './stored-form.ts';
import { ClusterTrouble, troubleOf } from './trouble.ts';

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
/** What a stream read one by one does not tell arrives as 2⁶⁴ - 1. */
const NO_POSITION = 2n ** 64n - 1n;
/** Checkpoints only cost: places come from the events. */
const SEARCH_WINDOW = 4096;

interface AnyStream<T> {
  iterator(options: { readonly destroyOnReturn: boolean }): AsyncIterable<T>;
  resume(): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  destroy(error?: Error): unknown;
}

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

  /** A stream's events from a revision on; nothing for one that does not exist. */
  async *readStream(
    stream: string,
    fromRevision: number,
    maxCount?: number,
  ): AsyncGenerator<ClusterRecord> {
    const options = {
      fromRevision: BigInt(fromRevision),
      ...(maxCount !== undefined && { maxCount }),
      deadline: YEAR_MS,
    };
    const open = () => this.#client.readStream(stream, options);
    yield* untilMissing(pulled(open, { silenceMs: this.#silenceMs }));
  }

  async newestOf(stream: string): Promise<ClusterRecord | undefined> {
    const options = { fromRevision: END, direction: BACKWARDS, maxCount: 1 } as const;
    const open = () => this.#client.readStream(stream, options);
    for await (const record of untilMissing(pulled(open, { silenceMs: this.#silenceMs })))
      return record;
    return undefined;
  }

  /** The whole log from a place on (that one included), or backwards from its end. */
  readAll(
    from: LogPosition | 'start' | 'end',
    options: { readonly maxCount?: number } = {},
  ): AsyncGenerator<ClusterRecord> {
    const { maxCount } = options;
    const direction = from === 'end' ? BACKWARDS : FORWARDS;
    const fromPosition = from === 'start' ? START : from === 'end' ? END : from;
    const open = () =>
      this.#client.readAll({
        fromPosition,
        direction,
        ...(maxCount !== undefined && { maxCount }),
      });
    return pulled(open, { silenceMs: this.#silenceMs });
  }

  /** Events after a place, then those that come; ends without a word where the server ends it. */
  subscribe(
    after: LogPosition | undefined,
    streams: StreamFilter,
    signal: AbortSignal,
  ): AsyncGenerator<ClusterRecord> {
    const maxSearchWindow = SEARCH_WINDOW;
    const filter: Filter =
      'regex' in streams
        ? streamNameFilter({ regex: streams.regex, maxSearchWindow })
        : streamNameFilter({ prefixes: [...streams.prefixes], maxSearchWindow });
    const fromPosition = after ?? START;
    return pulled(() => this.#client.subscribeToAll({ fromPosition, filter }), { signal });
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
    for await (const { stream } of pulled(open, { signal })) names.add(stream);
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

const YEAR_MS = 365 * 24 * 3600 * 1000;

interface Resolved {
  readonly event?: RecordedEvent | undefined;
}

/** Pulls one at a time: what is not asked for stays with the server. */
async function* pulled(
  open: () => AnyStream<Resolved | AllStreamResolvedEvent>,
  limits: { readonly silenceMs?: number; readonly signal?: AbortSignal },
): AsyncGenerator<ClusterRecord> {
  const { silenceMs, signal } = limits;
  const isAborted = () => signal?.aborted ?? false;
  if (isAborted()) return;
  let waitingSince = Date.now();
  let timer: NodeJS.Timeout | undefined;
  const stream = open();
  // Without a listener an error ends the process; whoever pulls meets it all the same.
  stream.on('error', () => undefined);
  const stop = () => stream.destroy();
  try {
    signal?.addEventListener('abort', stop, { once: true });
    if (silenceMs !== undefined) {
      timer = setInterval(() => {
        if (Date.now() - waitingSince > silenceMs) stream.destroy(silent(silenceMs));
      }, silenceMs / 4);
      timer.unref();
    }
    // Left early, it must go on to its end: the client keeps every stream that never came to one.
    for await (const { event } of stream.iterator({ destroyOnReturn: false })) {
      if (event === undefined) continue;
      waitingSince = Number.POSITIVE_INFINITY;
      yield recordOf(event);
      waitingSince = Date.now();
    }
  } catch (cause) {
    if (!isAborted()) throw troubleOf(cause);
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', stop);
    cancel(stream);
    stream.resume();
  }
}

/** Leaving the loop ends the reading here; the call to the server has to be ended by itself. */
function cancel(stream: object): void {
  for (const name of ['unsubscribe', 'cancel']) {
    const end: unknown = Reflect.get(stream, name);
    if (typeof end === 'function') {
      // It fails where the call failed: nothing is left to end then.
      Promise.resolve(Reflect.apply(end, stream, [])).catch(() => undefined);
      return;
    }
  }
}

async function* untilMissing(
  records: AsyncGenerator<ClusterRecord>,
): AsyncGenerator<ClusterRecord> {
  try {
    yield* records;
  } catch (cause) {
    const isMissing = cause instanceof ClusterTrouble && cause.cause instanceof StreamNotFoundError;
    if (!isMissing) throw cause;
  }
}

function recordOf(event: RecordedEvent): ClusterRecord {
  const { streamId, revision, type, data, metadata } = event;
  const { position } = event as { readonly position?: LogPosition };
  return {
    stream: streamId,
    revision: Number(revision),
    type,
    data,
    metadata,
    position: knownPosition(position),
  };
}

function knownPosition(position: LogPosition | undefined): LogPosition | undefined {
  if (position === undefined || position.commit === NO_POSITION) return undefined;
  return { commit: position.commit, prepare: position.prepare };
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

function silent(ms: number): ClusterTrouble {
  return new ClusterTrouble(`no word from the cluster for ${ms / 1000} seconds`, true);
}
