/** Enough to halve a stream of 10,000 events down to parts that one guess finds its place in. */
const MOST_KEPT = 64;

/**
 * Values already read at some indexes: what stands there never changes, so the next search begins
 * between two of them.
 */
export class KnownValues {
  readonly #indexes: number[] = [];
  readonly #values: bigint[] = [];

  /** The nearest known index at or below the limit, and the nearest above it. */
  around(limit: bigint): { readonly low: Known | undefined; readonly high: Known | undefined } {
    const above = this.#firstWhere((nth) => (this.#values[nth] ?? 0n) > limit);
    return { low: this.#at(above - 1), high: this.#at(above) };
  }

  add(index: number, value: bigint): void {
    if (this.#indexes.length >= MOST_KEPT) this.#thin();
    const place = this.#firstWhere((nth) => (this.#indexes[nth] ?? 0) >= index);
    if (this.#indexes[place] === index) return;
    this.#indexes.splice(place, 0, index);
    this.#values.splice(place, 0, value);
  }

  /** Every second one goes: what is asked for next may be nowhere near the others. */
  #thin(): void {
    for (let nth = this.#indexes.length - 1; nth > 0; nth -= 2) {
      this.#indexes.splice(nth, 1);
      this.#values.splice(nth, 1);
    }
  }

  #at(nth: number): Known | undefined {
    const [index, value] = [this.#indexes[nth], this.#values[nth]];
    return index === undefined || value === undefined ? undefined : { index, value };
  }

  #firstWhere(isSo: (nth: number) => boolean): number {
    let low = 0;
    let high = this.#indexes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isSo(middle)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

interface Known {
  readonly index: number;
  readonly value: bigint;
}

/**
 * The last index up to `newest` whose value is at or below a limit, or -1; values never go down.
 * Traffic is spread evenly enough that the place can be guessed from the values at both ends: 8
 * readings where halving takes 18, and 3 between values that are known already. A guess that gained
 * too little is followed by a halving.
 */
export function lastAtOrBelow(
  limit: bigint,
  newest: number,
  valueAt: (index: number) => bigint,
  known = new KnownValues(),
): number {
  if (newest < 0) return -1;
  const read = (index: number): Known => {
    const value = valueAt(index);
    known.add(index, value);
    return { index, value };
  };
  const around = known.around(limit);
  let low = around.low ?? read(0);
  if (low.value > limit) return -1;
  if (low.index >= newest) return newest;
  let high = around.high !== undefined && around.high.index <= newest ? around.high : read(newest);
  if (high.value <= limit) return high.index;
  let isGuessing = true;
  while (high.index - low.index > 1) {
    const width = high.index - low.index;
    const share = isGuessing ? Number(limit - low.value) / Number(high.value - low.value) : 0.5;
    const guess = low.index + Math.round(width * share);
    const found = read(Math.min(high.index - 1, Math.max(low.index + 1, guess)));
    if (found.value <= limit) low = found;
    else high = found;
    isGuessing = !isGuessing || high.index - low.index <= width / 2;
  }
  return low.index;
}
