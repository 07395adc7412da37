/**
 * Handling many channels at once and each one in order: what rxjs's `mergeMap` (no order) and
 * `concatMap` (no concurrency) cannot do, and neither holds its source up.
 */
import { type MonoTypeOperatorFunction, Observable } from 'rxjs';
import type { Change } from '../changes.ts';
import { parseStream } from '../streams.ts';
import { KeyedWork } from './keyed-work.ts';
import { pullable, push } from './pulled.ts';

export interface ConcurrencyOptions {
  /** How many handlers run at once (default 16). */
  readonly concurrency?: number;
  /** How many changes are in memory at once, those being handled included (default 256). */
  readonly buffer?: number;
}

const CONCURRENCY = 16;
const BUFFER = 256;

/**
 * Handles the changes of one channel strictly one after the other, in the ledger's order, and those
 * of different channels at the same time. A change is emitted once its handler is done. When a handler
 * fails no other is begun, those under way are waited for, and then the error is emitted.
 */
export function inOrderPerChannel(
  handler: (change: Change) => Promise<void> | void,
  options: ConcurrencyOptions = {},
): MonoTypeOperatorFunction<Change> {
  return inOrderPerKey(channelOf, handler, options);
}

/** The same for any key, such as the peer or the recording node. */
export function inOrderPerKey<T>(
  keyOf: (value: T) => string,
  handler: (value: T) => Promise<void> | void,
  { concurrency = CONCURRENCY, buffer = BUFFER }: ConcurrencyOptions = {},
): MonoTypeOperatorFunction<T> {
  assertWhole('concurrency', concurrency, 1);
  assertWhole('buffer', buffer, concurrency);
  return (source) => {
    const values = pullable(source, 'handling in order per channel');
    return new Observable<T>((subscriber) => {
      const stop = new AbortController();
      const work = new KeyedWork<T>({
        handler,
        concurrency,
        buffer,
        onDone: (value) => subscriber.next(value),
        // The source may be waiting for an event that never comes: it is not waited for.
        onFailed: (error) => {
          stop.abort();
          subscriber.error(error);
        },
      });
      const take = async (value: T) => {
        work.add(keyOf(value), value);
        await work.room();
        if (work.isOver) stop.abort();
      };
      push(values.pull(stop.signal), stop.signal, take).then(
        () => work.finished().then(() => subscriber.complete()),
        (error: unknown) => work.fail(error),
      );
      return () => {
        stop.abort();
        work.stop();
      };
    });
  };
}

/** What different sources tell of one channel is one channel's, in the order it was recorded. */
function channelOf({ event }: Change): string {
  const name = parseStream(event.stream);
  return name?.category === 'channel' ? `${name.nodeId}.${name.subjectId}` : event.stream;
}

function assertWhole(name: string, number: number, least: number): void {
  if (Number.isSafeInteger(number) && number >= least) return;
  throw new Error(`${name} must be a whole number from ${least} on, not ${number}`);
}
