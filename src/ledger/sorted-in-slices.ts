/** Sorting of what is much: a single sort of a million would keep everybody else waiting for a second. */
import type { Slices } from './slices.ts';

/**
 * The numbers from 0 to `count` in their order. What stands in order already is one run, and runs are
 * merged in pairs: streams that follow one another cost little more than one look.
 */
export async function sortedInSlices(
  count: number,
  isBefore: (a: number, b: number) => boolean,
  slices: Slices,
): Promise<Uint32Array> {
  let from = Uint32Array.from({ length: count }, (_, index) => index);
  let starts = await runsOf(from, isBefore, slices);
  let to = new Uint32Array(count);
  while (starts.length > 1) {
    const merged: number[] = [];
    for (let nth = 0; nth < starts.length; nth += 2) {
      const start = starts[nth] ?? 0;
      merged.push(start);
      const bounds = { start, middle: starts[nth + 1] ?? count, end: starts[nth + 2] ?? count };
      await merge(from, to, bounds, isBefore, slices);
    }
    [from, to, starts] = [to, from, merged];
  }
  return from;
}

async function runsOf(
  order: Uint32Array,
  isBefore: (a: number, b: number) => boolean,
  slices: Slices,
): Promise<number[]> {
  const starts = order.length === 0 ? [] : [0];
  for (let index = 1; index < order.length; index++) {
    if (isBefore(order[index] ?? 0, order[index - 1] ?? 0)) starts.push(index);
    if (slices.step()) await slices.rest();
  }
  return starts;
}

interface Bounds {
  readonly start: number;
  readonly middle: number;
  readonly end: number;
}

async function merge(
  from: Uint32Array,
  to: Uint32Array,
  { start, middle, end }: Bounds,
  isBefore: (a: number, b: number) => boolean,
  slices: Slices,
): Promise<void> {
  let [left, right] = [start, middle];
  for (let place = start; place < end; place++) {
    const isRight = left === middle || (right < end && isBefore(from[right] ?? 0, from[left] ?? 0));
    to[place] = from[isRight ? right++ : left++] ?? 0;
    if (slices.step()) await slices.rest();
  }
}
