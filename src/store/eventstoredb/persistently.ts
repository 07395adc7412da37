/** Reading on through cut connections: the client never opens a lost stream again by itself. */
import { StoreError } from '../event-store.ts';
import { backOff } from './backoff.ts';
import { ClusterTrouble, endedEarly } from './trouble.ts';

export interface Reading {
  /** For messages: what is being done. */
  readonly what: string;
  readonly patienceMs: number;
  readonly onTrouble: (sentence: string) => void;
  readonly signal: AbortSignal;
  /** A subscription: its end is a cut like any other, and it is opened again for ever. */
  readonly isEndless: boolean;
  /** Whether an end that the server gave was that of everything (by default it is believed). */
  readonly isWhole?: () => boolean | Promise<boolean>;
}

/** `open` begins after what was given out so far: its caller moves that place on. */
export async function* persistently<T>(
  open: () => AsyncGenerator<T>,
  { what, patienceMs, onTrouble, signal, isEndless, isWhole = () => true }: Reading,
): AsyncGenerator<T> {
  let failures = 0;
  let failingSince: number | undefined;
  while (!signal.aborted) {
    let reason = 'the server ended it';
    try {
      for await (const record of open()) {
        failures = 0;
        failingSince = undefined;
        yield record;
      }
      if (!isEndless && (await isWhole())) return;
      if (!isEndless) throw endedEarly();
    } catch (cause) {
      if (signal.aborted && isEndless) return;
      if (!(cause instanceof ClusterTrouble)) throw cause;
      reason = cause.message;
      failingSince ??= Date.now();
      const isTooLong = !isEndless && Date.now() - failingSince > patienceMs;
      if (!cause.isPassing || isTooLong || signal.aborted) {
        throw new StoreError(`${what}: ${reason}`, { cause });
      }
    }
    if (signal.aborted) return;
    onTrouble(`${what}: ${reason}; trying again`);
    await backOff(failures++, signal);
  }
}

/** One answer, asked for again in the same way. */
export async function patiently<T>(ask: () => Promise<T>, reading: Reading): Promise<T> {
  async function* once() {
    yield await ask();
  }
  for await (const answer of persistently(once, reading)) return answer;
  throw new StoreError(`${reading.what}: the store is closed`);
}
