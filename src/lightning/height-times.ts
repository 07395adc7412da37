/**
 * The first and the last time told of each height, of as many heights as a chain has: 24 bytes each in sorted
 * arrays, because a ledger may know every header there is. Whatever the order in which times are added, the
 * same is kept.
 */

export interface TimesAtHeight {
  readonly height: number;
  readonly firstNs: bigint;
  readonly lastNs: bigint;
}

/** Fewer than that are sorted in no time. */
const LEAST_PENDING = 1024;
/** 2262: no time that is told is later, and no array holds one. */
const LATEST_NS = 2n ** 63n - 1n;

class Columns {
  heights: Float64Array;
  firstNs: BigInt64Array;
  lastNs: BigInt64Array;
  length = 0;

  constructor(capacity: number) {
    this.heights = new Float64Array(capacity);
    this.firstNs = new BigInt64Array(capacity);
    this.lastNs = new BigInt64Array(capacity);
  }

  /** Heights come in order: one that is there already keeps its first and its last time. */
  push(height: number, firstNs: bigint, lastNs: bigint): void {
    const before = this.length - 1;
    if (before >= 0 && this.heights[before] === height) {
      if (firstNs < (this.firstNs[before] as bigint)) this.firstNs[before] = firstNs;
      if (lastNs > (this.lastNs[before] as bigint)) this.lastNs[before] = lastNs;
      return;
    }
    this.heights[this.length] = height;
    this.firstNs[this.length] = firstNs;
    this.lastNs[this.length] = lastNs;
    this.length++;
  }

  /** Lets go of the room that heights told twice did not need. */
  trim(): void {
    if (this.length * 4 >= this.heights.length * 3) return;
    this.heights = this.heights.slice(0, this.length);
    this.firstNs = this.firstNs.slice(0, this.length);
    this.lastNs = this.lastNs.slice(0, this.length);
  }
}

export class HeightTimes {
  #sorted = new Columns(0);
  /** Added since, in the order of adding. */
  #heights = new Float64Array(LEAST_PENDING);
  #timesNs = new BigInt64Array(LEAST_PENDING);
  #pending = 0;

  add(height: number, timeNs: bigint): void {
    if (this.#pending === this.#heights.length) this.#settle();
    this.#heights[this.#pending] = height;
    this.#timesNs[this.#pending] = timeNs < LATEST_NS ? timeNs : LATEST_NS;
    this.#pending++;
  }

  at(height: number): TimesAtHeight | undefined {
    const found = this.#row(this.#firstFrom(height));
    return found?.height === height ? found : undefined;
  }

  /** Of the highest height below this one that has times. */
  below(height: number): TimesAtHeight | undefined {
    return this.#row(this.#firstFrom(height) - 1);
  }

  /** Of the lowest height from this one on that has times. */
  from(height: number): TimesAtHeight | undefined {
    return this.#row(this.#firstFrom(height));
  }

  /** From the lowest height to the highest. */
  *all(): Generator<TimesAtHeight, void, undefined> {
    this.#settle();
    const { length } = this.#sorted;
    for (let index = 0; index < length; index++) yield this.#row(index) as TimesAtHeight;
  }

  #row(index: number): TimesAtHeight | undefined {
    const { heights, firstNs, lastNs, length } = this.#sorted;
    if (index < 0 || index >= length) return undefined;
    return {
      height: heights[index] as number,
      firstNs: firstNs[index] as bigint,
      lastNs: lastNs[index] as bigint,
    };
  }

  #firstFrom(height: number): number {
    this.#settle();
    const { heights, length } = this.#sorted;
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((heights[middle] as number) < height) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Merges what was added since; room for as much again is made, so that each is moved a few times only. */
  #settle(): void {
    if (this.#pending === 0) return;
    const before = this.#sorted;
    const order = this.#pendingInOrder();
    const merged = new Columns(before.length + order.length);
    let next = 0;
    for (const nth of order) {
      const height = this.#heights[nth] as number;
      while (next < before.length && (before.heights[next] as number) <= height) {
        pushRow(merged, before, next++);
      }
      const timeNs = this.#timesNs[nth] as bigint;
      merged.push(height, timeNs, timeNs);
    }
    while (next < before.length) pushRow(merged, before, next++);
    merged.trim();
    this.#sorted = merged;
    this.#pending = 0;
    const room = Math.max(LEAST_PENDING, merged.length >> 1);
    if (room > this.#heights.length) {
      this.#heights = new Float64Array(room);
      this.#timesNs = new BigInt64Array(room);
    }
  }

  #pendingInOrder(): Uint32Array {
    const order = Uint32Array.from({ length: this.#pending }, (_, nth) => nth);
    const heights = this.#heights;
    return order.sort((a, b) => (heights[a] as number) - (heights[b] as number));
  }
}

function pushRow(to: Columns, from: Columns, index: number): void {
  const { heights, firstNs, lastNs } = from;
  to.push(heights[index] as number, firstNs[index] as bigint, lastNs[index] as bigint);
}
