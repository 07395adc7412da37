/** A balance over time with fewer points, in which no peak is lost. */

import type { BalancePoint } from '../ledger/view-types.ts';
import { satToMsat } from '../lightning/amounts.ts';
import { timeNsOf } from '../schema/time.ts';

/** Fewer points cannot hold what a slice is to keep. */
export const FEWEST_POINTS = 6;

/**
 * At most `most` points: of each slice of time the first, the last, and the lowest and highest of both
 * lines, our balance and the capacity less the peer's, which draws the same lines as all of them where a slice is as wide as a pixel (M4: Jugel et
 * al., 2014). What is in flight lies between the two lines, so that its peaks stay as well.
 */
export function sampled(points: readonly BalancePoint[], most: number): readonly BalancePoint[] {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length <= most) return points;
  const slices = BigInt(Math.max(1, Math.floor(most / FEWEST_POINTS)));
  const startNs = timeNsOf(first.at);
  const widthNs = timeNsOf(last.at) - startNs + 1n;
  const shown: BalancePoint[] = [];
  let from = 0;
  let slice = 0n;
  for (let index = 1; index <= points.length; index += 1) {
    const point = points[index];
    const its = point && ((timeNsOf(point.at) - startNs) * slices) / widthNs;
    if (its === slice) continue;
    shown.push(...tellingOf(points, from, index));
    from = index;
    slice = its ?? slice;
  }
  return shown;
}

/** What is drawn: a splice moves the second one also where the peer's balance stays. */
const LINES = [
  ({ localBalanceMsat }: BalancePoint) => localBalanceMsat,
  ({ capacitySat = 0n, remoteBalanceMsat }: BalancePoint) =>
    satToMsat(capacitySat) - remoteBalanceMsat,
];

/** Those of a slice, each once, in their order. */
function tellingOf(
  points: readonly BalancePoint[],
  from: number,
  to: number,
): readonly BalancePoint[] {
  const wanted = new Set([from, to - 1]);
  for (const line of LINES) {
    let [lowest, highest] = [from, from];
    const at = (index: number) => {
      const point = points[index];
      return point === undefined ? 0n : line(point);
    };
    for (let index = from; index < to; index += 1) {
      if (at(index) < at(lowest)) lowest = index;
      if (at(index) > at(highest)) highest = index;
    }
    wanted.add(lowest).add(highest);
  }
  const indices = [...wanted].sort((a, b) => a - b);
  return indices.flatMap((index) => points[index] ?? []);
}
