/** One connection of one consumer of a group: each event handled, and answered once that is done. */
import { setTimeout as delay } from 'node:timers/promises';
import type { StoredEvent } from '../event-store.ts';
import { backOff } from './backoff.ts';
import type { ClientRecord, GivenOut, GroupStream } from './group-client.ts';

/** `attempt`: 1 the first time. What it throws is told to the server as the reason. */
export type GroupHandler = (event: StoredEvent, attempt: number) => Promise<void> | void;

export interface ConsumingOptions {
  readonly handler: GroupHandler;
  /** Undefined for an event that is none of the ledger's: it is acknowledged and passed over. */
  readonly eventOf: (record: ClientRecord) => StoredEvent | undefined;
  readonly signal: AbortSignal;
}

/** Cancelling a call overtakes what was written on it a moment before, and an answer would be lost. */
const ANSWERING_MS = 100;
/** Reasons travel in the request, and are kept with what is parked. */
const MOST_REASON = 500;

/** Yields after each event that was begun; ends when the connection does. */
export async function* consumeOnce(
  stream: GroupStream,
  { handler, eventOf, signal }: ConsumingOptions,
): AsyncGenerator<void> {
  // Without a listener an error ends the process; the loop below meets it all the same.
  stream.on('error', () => undefined);
  const running = new Set<Promise<void>>();
  const stop = () => stream.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    // Left early, it must go on to its end: the client keeps every stream that never came to one.
    for await (const given of stream.iterator({ destroyOnReturn: false })) {
      if (signal.aborted) break;
      const work = answered(stream, given, { handler, eventOf, signal });
      running.add(work);
      void work.then(() => running.delete(work));
      yield;
    }
  } catch (cause) {
    if (!signal.aborted) throw cause;
  } finally {
    signal.removeEventListener('abort', stop);
    await Promise.all(running);
    await delay(ANSWERING_MS);
    // It fails where the call failed: nothing is left to end then.
    stream.unsubscribe().catch(() => undefined);
    stream.resume();
  }
}

/** Never rejects: where an answer is lost the event comes again. */
async function answered(
  stream: GroupStream,
  given: GivenOut,
  { handler, eventOf, signal }: ConsumingOptions,
): Promise<void> {
  const { retryCount, event: record } = given;
  try {
    const event = record && eventOf(record);
    if (event !== undefined) await handler(event, retryCount + 1);
  } catch (cause) {
    // The handler was stopped, and did not fail: the server gives the event to another.
    if (signal.aborted) return;
    // What fails for a passing reason would be parked within milliseconds otherwise.
    await backOff(retryCount, signal);
    if (signal.aborted) return;
    const reason = cause instanceof Error ? cause.message : String(cause);
    await stream.nack('retry', reason.slice(0, MOST_REASON), given).catch(() => undefined);
    return;
  }
  await stream.ack(given).catch(() => undefined);
}
