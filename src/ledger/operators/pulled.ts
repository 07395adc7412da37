/**
 * An Observable that can also be pulled. rxjs has no way to hold its source up: operators that must
 * not run ahead of a slow handler ask such a source for one value at a time instead of subscribing.
 */
import { Observable } from 'rxjs';

/** Iterated it gives one value at a time; plainly subscribed it gives them as fast as they come. */
export class Pulled<T> extends Observable<T> implements AsyncIterable<T> {
  readonly #pull: (signal: AbortSignal) => AsyncIterable<T>;

  /** `pull` begins anew for each subscriber, and ends when the signal aborts. */
  constructor(pull: (signal: AbortSignal) => AsyncIterable<T>) {
    super((subscriber) => {
      const stop = new AbortController();
      push(pull(stop.signal), stop.signal, (value) => subscriber.next(value)).then(
        () => subscriber.complete(),
        (error: unknown) => subscriber.error(error),
      );
      return () => stop.abort();
    });
    this.#pull = pull;
  }

  /** The values until the signal aborts. */
  pull(signal: AbortSignal): AsyncIterable<T> {
    return this.#pull(signal);
  }

  /** Pulls one value at a time; leaving the loop ends the subscription. */
  async *[Symbol.asyncIterator](): AsyncIterator<T> {
    const stop = new AbortController();
    try {
      yield* this.#pull(stop.signal);
    } finally {
      stop.abort();
    }
  }
}

/** Hands each value on and waits for it to be handled before the next one is asked for. */
export async function push<T>(
  values: AsyncIterable<T>,
  signal: AbortSignal,
  handle: (value: T) => Promise<void> | void,
): Promise<void> {
  for await (const value of values) {
    if (signal.aborted) return;
    const handled = handle(value);
    if (handled !== undefined) await handled;
    if (signal.aborted) return;
  }
}

/** The source itself, once it is known that it can be held up. */
export function pullable<T>(source: Observable<T>, operator: string): Pulled<T> {
  if (source instanceof Pulled) return source;
  throw new Error(`${operator} must be the first operator after changes()`);
}
