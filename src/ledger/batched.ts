/** Events as they come, in batches: what has come already goes together, and nothing waits for more. */
import { setImmediate, setTimeout } from 'node:timers/promises';

export interface BatchLimits<T> {
  readonly count: number;
  readonly size: (item: T) => number;
  /** Of the sizes' sum, beyond which a batch ends. */
  readonly most: number;
  /** How long a batch that has some already waits for the next piece of many; not at all without. */
  readonly lingerMs?: number;
}

/** So many at once come from a store that is being read, not from somebody who appends. */
const SOME = 16;

/** One batch is in memory at a time, and one arrival that was read ahead. */
export async function* batched<T>(
  arrivals: AsyncGenerator<readonly T[]>,
  { count, size, most, lingerMs }: BatchLimits<T>,
): AsyncGenerator<readonly T[]> {
  try {
    let next = arrivals.next();
    for (;;) {
      const first = await next;
      if (first.done === true) return;
      const batch: T[] = [];
      let sum = 0;
      const add = (arrived: readonly T[]) => {
        for (const item of arrived) {
          batch.push(item);
          sum += size(item);
        }
      };
      add(first.value);
      next = arrivals.next();
      // Awaited only later, when it may have failed already: that is no rejection nobody hears.
      next.catch(() => undefined);
      // One for many items: made for each, it would cost more than what is done with the item.
      let quiet = afterAWhile();
      let hasCome = false;
      while (batch.length < count && sum < most) {
        const more = await Promise.race([next, quiet]);
        if (more === undefined && hasCome) {
          hasCome = false;
          const isLong = lingerMs !== undefined && batch.length >= SOME;
          quiet = isLong ? setTimeout(lingerMs, undefined) : afterAWhile();
          continue;
        }
        if (more === undefined || more.done === true) break;
        // It begins the next batch.
        if (batch.length + more.value.length > count) break;
        hasCome = true;
        add(more.value);
        next = arrivals.next();
        next.catch(() => undefined);
      }
      yield batch;
    }
  } finally {
    // Not awaited: a generator that waits for its next arrival ends only once that has come.
    arrivals.return(undefined).catch(() => undefined);
  }
}

/** Once everything that has arrived was handed on. */
async function afterAWhile(): Promise<undefined> {
  await setImmediate();
  await setImmediate();
  return undefined;
}
