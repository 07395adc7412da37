/**
 * Forwards of older answers, which tell whole seconds: equal ones within a second are told apart by
 * how-many-th they are. Where one page ends in the second that the next one begins in, that follows from the
 * list's own numbers, whichever page is imported first and whether they come together.
 */
import { contentKey } from '../content-key.ts';
import type { Forward } from './records.ts';
import type { ForwardPlace, PageNumbers, ToldForwards } from './told-forwards.ts';
import { wholeOf } from './values.ts';

/** A second with more equal forwards is none of a node. */
const MOST_EQUAL = 1_000;
/** A second with more has no forwards of a node. */
const MOST_IN_A_SECOND = 100_000;

/** Undefined of a forward that is named by its nanosecond. */
function secondOf(forward: Forward): bigint | undefined {
  return wholeOf(forward.timestamp_ns) > 0n ? undefined : wholeOf(forward.timestamp);
}

/** The seconds in which a page begins and ends, as far as it tells whole ones. */
export class PageSeconds {
  first: bigint | undefined;
  last: bigint | undefined;

  add(forward: Forward): void {
    const second = secondOf(forward);
    if (second === undefined) return;
    this.first ??= second;
    this.last = second;
  }
}

/** A page of `fwdinghistory` as it was surveyed. */
export interface Page {
  /** Undefined where the answer was kept without its `last_offset_index`. */
  readonly numbers: PageNumbers | undefined;
  readonly seconds: PageSeconds;
}

/** In which a page begins or ends, so that another page may hold the rest of them. */
export function borderSeconds(pages: readonly Page[]): ReadonlySet<bigint> {
  return new Set(pages.flatMap(({ seconds: { first, last } }) => [first ?? [], last ?? []].flat()));
}

/** Where equal forwards stand, by what was told before and by what this import told until now. */
export class ForwardPlaces {
  readonly #borders: ReadonlySet<bigint>;
  readonly #places: Map<string, ForwardPlace[]>;
  /** Where pages that follow one that ends at a number end themselves. */
  readonly #ends = new Map<number, Set<number>>();
  /** Behind which numbers pages begin that end at one. */
  readonly #starts = new Map<number, Set<number>>();
  /** Of the page that was asked for last: its forwards come one after the other. */
  #around: { readonly page: PageNumbers; before: Numbers; after: Numbers } | undefined;
  readonly #onUndecided: () => void;

  /** `onUndecided`: told of each forward that may be another one, or the same. */
  constructor(pages: readonly Page[], told: ToldForwards, onUndecided: () => void) {
    this.#borders = borderSeconds(pages);
    this.#places = new Map([...told.places].map(([name, places]) => [name, [...places]]));
    this.#onUndecided = onUndecided;
    const numbered = pages.flatMap(({ numbers }) => numbers ?? []);
    for (const { firstIndex, lastIndex } of [...told.pages, ...numbered]) {
      linked(this.#ends, firstIndex - 1, lastIndex);
      linked(this.#starts, lastIndex, firstIndex - 1);
    }
  }

  /** How-many-th of its equals a forward is that has `before` of them before it on its page. */
  nth(name: string, second: bigint, before: number, at: Omit<ForwardPlace, 'nth'>): number {
    if (!this.#borders.has(second)) return before;
    const known = this.#places.get(name) ?? [];
    const same = known.find(({ index }) => index === at.index);
    if (same !== undefined) return same.nth;
    const others = known.filter(({ page }) => !isSame(page, at.page));
    const apart = others.filter(({ page }) => !isOverlapping(page, at.page));
    const isBeside = ({ page }: ForwardPlace) => this.#isFollowed(page, at.page);
    // Pages that overlap are of lists that were asked for from other moments on: they share what is equal.
    const isAnother = apart.length === others.length && apart.every(isBeside);
    if (!isAnother && !apart.every(isBeside)) this.#onUndecided();
    const nth = isAnother ? firstFree(known) : before;
    if (known.length < MOST_EQUAL && !known.some((place) => place.nth === nth)) {
      known.push({ ...at, nth });
      this.#places.set(name, known);
    }
    return nth;
  }

  /** Whether every page between the two was read: what is on both sides is of one list then. */
  #isFollowed(other: PageNumbers, page: PageNumbers): boolean {
    if (this.#around === undefined || !isSame(this.#around.page, page)) {
      const before = reached(this.#starts, page.firstIndex - 1);
      this.#around = { page, before, after: reached(this.#ends, page.lastIndex) };
    }
    const { before, after } = this.#around;
    return other.firstIndex < page.firstIndex
      ? before.has(other.lastIndex)
      : after.has(other.firstIndex - 1);
  }
}

type Numbers = ReadonlySet<number>;

function linked(links: Map<number, Set<number>>, from: number, to: number): void {
  const known = links.get(from) ?? new Set();
  links.set(from, known.add(to));
}

function reached(links: ReadonlyMap<number, Numbers>, from: number): Numbers {
  const numbers = new Set([from]);
  // A set goes on over what is added to it meanwhile.
  for (const number of numbers) for (const next of links.get(number) ?? []) numbers.add(next);
  return numbers;
}

const isSame = (a: PageNumbers, b: PageNumbers) =>
  a.firstIndex === b.firstIndex && a.lastIndex === b.lastIndex;

const isOverlapping = (a: PageNumbers, b: PageNumbers) =>
  a.firstIndex <= b.lastIndex && b.firstIndex <= a.lastIndex;

function firstFree(places: readonly ForwardPlace[]): number {
  const taken = new Set(places.map(({ nth }) => nth));
  let nth = 0;
  while (taken.has(nth)) nth++;
  return nth;
}

/** Counts the forwards of one page, in its order. */
export class EqualForwards {
  readonly #numbers: PageNumbers | undefined;
  readonly #places: ForwardPlaces;
  #index: number;
  #second: bigint | undefined;
  #counts = new Map<string, number>();

  constructor(numbers: PageNumbers | undefined, places: ForwardPlaces) {
    this.#numbers = numbers;
    this.#places = places;
    this.#index = numbers?.firstIndex ?? 0;
  }

  /** How-many-th it is of its equals, and how it is found again: by its name, and its place in the list. */
  next(forward: Forward): {
    readonly nth: number;
    readonly place?: ForwardPlace & { name: string };
  } {
    const index = this.#index++;
    const second = secondOf(forward);
    if (second === undefined) return { nth: 0 };
    const name = contentKey(undefined, forward);
    const before = this.#countBefore(name, second);
    const page = this.#numbers;
    if (page === undefined) return { nth: before };
    const nth = this.#places.nth(name, second, before, { index, page });
    return { nth, place: { name, nth, index, page } };
  }

  #countBefore(name: string, second: bigint): number {
    if (second !== this.#second) {
      this.#second = second;
      this.#counts = new Map();
    }
    const count = this.#counts.get(name) ?? 0;
    if (count > 0 || this.#counts.size < MOST_IN_A_SECOND) this.#counts.set(name, count + 1);
    return count;
  }
}
