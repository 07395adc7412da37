/**
 * Events pulled out of a stream of the client, as many at once as have come: waiting for each by itself
 * takes as long as decoding it. It takes streams by their shape: the client itself is imported by
 * cluster.ts alone.
 */
import type { ClusterRecord } from './cluster.ts';
import { comparePositions, type LogPosition } from './log-position.ts';
import { ClusterTrouble, troubleOf } from './trouble.ts';

/** An event as the client gives it. */
interface Recorded {
  readonly streamId: string;
  readonly revision: bigint;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: unknown;
  readonly position?: LogPosition;
}

interface Resolved {
  readonly event?: Recorded | undefined;
}

/** What a stream read one by one does not tell arrives as 2⁶⁴ - 1. */
const NO_POSITION = 2n ** 64n - 1n;

/** So that whoever pulls them is never behind by more. */
const MOST_AT_ONCE = 256;

interface AnyStream<T> {
  read(): T | null;
  resume(): unknown;
  on(event: 'readable' | 'end' | 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  removeListener(event: 'readable', listener: () => void): unknown;
  destroy(error?: Error): unknown;
}

export type Open = () => AnyStream<Resolved>;

interface Limits {
  readonly silenceMs?: number;
  readonly signal?: AbortSignal;
  /** Of events in the log's order: one that was given comes again where an answer is repeated. */
  readonly isRising?: boolean;
}

/** Pulls what has come: what is not asked for stays with the server. No array of it is empty. */
export async function* pulled(
  open: Open,
  limits: Limits,
): AsyncGenerator<readonly ClusterRecord[]> {
  const { silenceMs, signal, isRising = false } = limits;
  let last: LogPosition | undefined;
  const isAborted = () => signal?.aborted ?? false;
  if (isAborted()) return;
  let waitingSince = Date.now();
  let timer: NodeJS.Timeout | undefined;
  const stream = open();
  const arriving = arrivals(stream);
  const stop = () => stream.destroy();
  try {
    signal?.addEventListener('abort', stop, { once: true });
    if (silenceMs !== undefined) {
      timer = setInterval(() => {
        if (Date.now() - waitingSince > silenceMs) stream.destroy(silent(silenceMs));
      }, silenceMs / 4);
      timer.unref();
    }
    for await (const arrived of arriving) {
      const records: ClusterRecord[] = [];
      for (const { event } of arrived) {
        if (event === undefined) continue;
        const record = recordOf(event);
        if (isRising && record.position !== undefined) {
          if (last !== undefined && comparePositions(record.position, last) <= 0) continue;
          last = record.position;
        }
        records.push(record);
      }
      waitingSince = Number.POSITIVE_INFINITY;
      if (records.length > 0) yield records;
      waitingSince = Date.now();
    }
  } catch (cause) {
    if (!isAborted()) throw troubleOf(cause);
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', stop);
    cancel(stream);
    // Left early, it must go on to its end: the client keeps every stream that never came to one.
    stream.resume();
  }
}

/** Ends where the stream ends; throws what failed it, after what had come before. */
async function* arrivals<T>(stream: AnyStream<T>): AsyncGenerator<readonly T[]> {
  let wake: () => void = () => undefined;
  let end: 'ended' | 'closed' | undefined;
  let failure: { readonly cause: unknown } | undefined;
  const hear = () => wake();
  stream.on('readable', hear);
  stream.on('end', () => {
    end ??= 'ended';
    wake();
  });
  stream.on('close', () => {
    end ??= 'closed';
    wake();
  });
  // Without a listener an error ends the process.
  stream.on('error', (cause) => {
    failure ??= { cause };
    wake();
  });
  try {
    for (;;) {
      const arrived: T[] = [];
      for (let one = stream.read(); one !== null; one = stream.read()) {
        arrived.push(one);
        if (arrived.length === MOST_AT_ONCE) break;
      }
      if (arrived.length > 0) yield arrived;
      else if (failure !== undefined) throw failure.cause;
      else if (end === 'closed') throw new ClusterTrouble('the connection was closed', true);
      else if (end === 'ended') return;
      else
        await new Promise<void>((resolve) => {
          // The client hands on one event after the other: a turn later some have come.
          wake = () => {
            wake = () => undefined;
            setImmediate(resolve);
          };
        });
    }
  } finally {
    stream.removeListener('readable', hear);
  }
}

/** Leaving the loop ends the reading here; the call to the server has to be ended by itself. */
export function cancel(stream: object): void {
  for (const name of ['unsubscribe', 'cancel']) {
    const end: unknown = Reflect.get(stream, name);
    if (typeof end === 'function') {
      // It fails where the call failed: nothing is left to end then.
      Promise.resolve(Reflect.apply(end, stream, [])).catch(() => undefined);
      return;
    }
  }
}

function recordOf(event: Recorded): ClusterRecord {
  const { streamId, revision, type, data, metadata, position } = event;
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

export function silent(ms: number): ClusterTrouble {
  return new ClusterTrouble(`no word from the cluster for ${ms / 1000} seconds`, true);
}
