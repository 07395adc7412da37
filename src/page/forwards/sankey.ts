/** Where the bands of a picture of flows lie: widths to scale, nothing overlapping. Pure. */

export interface Way {
  readonly from: string;
  readonly to: string;
  readonly msat: bigint;
}

export interface End {
  readonly id: string;
  readonly msat: bigint;
  readonly top: number;
  readonly height: number;
}

export interface Band extends Way {
  readonly fromTop: number;
  readonly toTop: number;
  readonly height: number;
}

export interface Sankey {
  readonly left: readonly End[];
  readonly right: readonly End[];
  readonly bands: readonly Band[];
  readonly height: number;
}

/** Pixels of all bands together, and of what a name needs. */
const WHOLE = 260;
const NAME = 38;
const MOST_ENDS = 12;
/** What is too small to be named for itself. */
export const OTHERS = 'others';

export function sankeyOf(all: readonly Way[]): Sankey {
  const ways = joined(withOthers(withOthers(all, 'from'), 'to'));
  const total = ways.reduce((sum, { msat }) => sum + msat, 0n);
  if (total === 0n) return { left: [], right: [], bands: [], height: 0 };
  // Amounts as a part of the whole, in millionths: a pixel is far more than that.
  const heightOf = (msat: bigint) => (Number((msat * 1_000_000n) / total) / 1_000_000) * WHOLE;
  const left = endsOf(ways, 'from', heightOf);
  const right = endsOf(ways, 'to', heightOf);
  const leftTop = new Map(left.map(({ id, top }) => [id, top]));
  const rightTop = new Map(right.map(({ id, top }) => [id, top]));
  const order = new Map(right.map(({ id }, index) => [id, index]));
  const bands = [];
  for (const { id } of left) {
    const own = ways.filter(({ from }) => from === id);
    own.sort((a, b) => (order.get(a.to) ?? 0) - (order.get(b.to) ?? 0));
    for (const way of own) {
      const height = heightOf(way.msat);
      const [fromTop, toTop] = [leftTop.get(way.from) ?? 0, rightTop.get(way.to) ?? 0];
      bands.push({ ...way, fromTop, toTop, height });
      leftTop.set(way.from, fromTop + height);
      rightTop.set(way.to, toTop + height);
    }
  }
  return { left, right, bands, height: Math.max(bottomOf(left), bottomOf(right)) };
}

function endsOf(
  ways: readonly Way[],
  side: 'from' | 'to',
  heightOf: (msat: bigint) => number,
): readonly End[] {
  let top = 0;
  return largestFirst(ways, side).map(([id, msat]) => {
    const height = heightOf(msat);
    const end = { id, msat, top, height };
    top += Math.max(NAME, height) + 8;
    return end;
  });
}

function bottomOf(ends: readonly End[]): number {
  return ends.reduce((most, { top, height }) => Math.max(most, top + Math.max(NAME, height)), 0);
}

function largestFirst(
  ways: readonly Way[],
  side: 'from' | 'to',
): readonly (readonly [string, bigint])[] {
  const sums = new Map<string, bigint>();
  for (const way of ways) sums.set(way[side], (sums.get(way[side]) ?? 0n) + way.msat);
  const isLast = (id: string) => Number(id === OTHERS);
  return [...sums].sort(
    ([a, x], [b, y]) => isLast(a) - isLast(b) || (x < y ? 1 : x > y ? -1 : a < b ? -1 : 1),
  );
}

function withOthers(ways: readonly Way[], side: 'from' | 'to'): readonly Way[] {
  const largest = largestFirst(ways, side);
  if (largest.length <= MOST_ENDS) return ways;
  const named = new Set(largest.slice(0, MOST_ENDS - 1).map(([id]) => id));
  return ways.map((way) => (named.has(way[side]) ? way : { ...way, [side]: OTHERS }));
}

function joined(ways: readonly Way[]): readonly Way[] {
  const sums = new Map<string, Way>();
  for (const way of ways) {
    const key = `${way.from} ${way.to}`;
    const known = sums.get(key);
    sums.set(key, known ? { ...known, msat: known.msat + way.msat } : way);
  }
  return [...sums.values()].filter(({ msat }) => msat > 0n);
}
