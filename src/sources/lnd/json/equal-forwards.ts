/**
 * Forwards of older answers, which tell whole seconds: equal ones within a second are told apart by
 * how-many-th they are, over the pages of a list, where one begins in the second that another ends in.
 */
import type { Forward } from './records.ts';
import { wholeOf } from './values.ts';

/** How many of each there were within one second. */
interface Second {
  readonly second: bigint;
  readonly counts: ReadonlyMap<string, number>;
}

/** A second with more has no forwards of a node. */
const MOST_IN_A_SECOND = 100_000;

/** Counts the forwards of one page, in its order. */
export class EqualForwards {
  #second: bigint | undefined;
  #counts = new Map<string, number>();
  #firstSecond: bigint | undefined;

  /** `before`: the end of the page that this one follows. */
  constructor(before?: Second) {
    if (before === undefined) return;
    this.#second = before.second;
    this.#counts = new Map(before.counts);
  }

  /** How many equal ones stood before it. */
  next(forward: Forward): number {
    // Named by its nanosecond.
    if (wholeOf(forward.timestamp_ns) > 0n) return 0;
    const second = wholeOf(forward.timestamp);
    this.#firstSecond ??= second;
    if (second !== this.#second) {
      this.#second = second;
      this.#counts = new Map();
    }
    const text = JSON.stringify(forward);
    const count = this.#counts.get(text) ?? 0;
    if (count > 0 || this.#counts.size < MOST_IN_A_SECOND) this.#counts.set(text, count + 1);
    return count;
  }

  /** The second in which the page begins; undefined without a forward of whole seconds. */
  get firstSecond(): bigint | undefined {
    return this.#firstSecond;
  }

  /** The second in which it ends. */
  get last(): Second | undefined {
    return this.#second === undefined ? undefined : { second: this.#second, counts: this.#counts };
  }
}

/** A page of `fwdinghistory` as it was surveyed: by the list's own numbers. */
export interface Page {
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly forwards: EqualForwards;
}

/** The counter of a page that goes on where another ended, if that is among them. */
export function countedAfter(page: Page, pages: readonly Page[]): EqualForwards {
  return new EqualForwards(endBefore(page, pages));
}

function endBefore(page: Page, pages: readonly Page[]): Second | undefined {
  const follows: Page[] = [];
  let { firstIndex, forwards } = page;
  for (;;) {
    const { firstSecond } = forwards;
    const before = pages.find((other) => {
      const isNext = other.firstIndex < firstIndex && other.lastIndex === firstIndex - 1;
      return isNext && other.forwards.last?.second === firstSecond;
    });
    if (before === undefined || firstSecond === undefined) break;
    follows.push(before);
    // What stands before it matters where all of it lies within the second.
    if (before.forwards.firstSecond !== firstSecond) break;
    ({ firstIndex, forwards } = before);
  }
  if (follows.length === 0) return undefined;
  return summed(follows.flatMap(({ forwards: { last } }) => last ?? []));
}

function summed(ends: readonly Second[]): Second | undefined {
  const [first] = ends;
  const counts = new Map<string, number>();
  for (const end of ends) {
    for (const [text, count] of end.counts) counts.set(text, (counts.get(text) ?? 0) + count);
  }
  return first && { second: first.second, counts };
}
