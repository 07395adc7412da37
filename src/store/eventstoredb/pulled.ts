/**
 * Events pulled out of a stream of the client, one at a time. It takes streams by their shape: the client
 * itself is imported by cluster.ts alone.
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

interface AnyStream<T> {
  iterator(options: { readonly destroyOnReturn: boolean }): AsyncIterable<T>;
  resume(): unknown;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  destroy(error?: Error): unknown;
}

export type Open = () => AnyStream<Resolved>;

interface Limits {
  readonly silenceMs?: number;
  readonly signal?: AbortSignal;
  /** Of events in the log's order: one that was given comes again where an answer is repeated. */
  readonly isRising?: boolean;
}

/** Pulls one at a time: what is not asked for stays with the server. */
export async function* pulled(open: Open, limits: Limits): AsyncGenerator<ClusterRecord> {
  const { silenceMs, signal, isRising = false } = limits;
  let last: LogPosition | undefined;
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
      const record = recordOf(event);
      if (isRising && record.position !== undefined) {
        if (last !== undefined && comparePositions(record.position, last) <= 0) continue;
        last = record.position;
      }
      waitingSince = Number.POSITIVE_INFINITY;
      yield record;
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
