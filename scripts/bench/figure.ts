/** A measured figure beside its ceiling from the same run, and what the ratio has to be. */

export interface Figure {
  readonly name: string;
  /** What was measured, in words and units. */
  readonly measured: string;
  readonly ceiling?: string;
  readonly ratio?: number;
  /** `atLeast` for speeds, `atMost` for times. */
  readonly wanted?: { readonly atLeast: number } | { readonly atMost: number };
}

/** Quick runs are short, so a ratio may be a quarter worse. */
const QUICK_TOLERANCE = 0.25;

export function isMissed({ ratio, wanted }: Figure, isQuick: boolean): boolean {
  if (ratio === undefined || wanted === undefined) return false;
  return 'atLeast' in wanted
    ? ratio < wanted.atLeast * (isQuick ? 1 - QUICK_TOLERANCE : 1)
    : ratio > wanted.atMost * (isQuick ? 1 + QUICK_TOLERANCE : 1);
}

/** Of two measurements of one figure, the one nearer to what is wanted. */
export function better(a: Figure, b: Figure): Figure {
  if (a.ratio === undefined || b.ratio === undefined || a.wanted === undefined) return b;
  const isLess = a.ratio < b.ratio;
  return 'atLeast' in a.wanted === isLess ? b : a;
}

export function wantedText({ wanted }: Figure): string {
  if (wanted === undefined) return '';
  return 'atLeast' in wanted ? `≥ ${wanted.atLeast}` : `≤ ${wanted.atMost}`;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

export function perSecond(count: number, ms: number): string {
  return `${Math.round((count / ms) * 1000).toLocaleString('en-US')}/s`;
}

/** Milliseconds of a piece of work. */
export async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/**
 * Two pieces of work in turn, A B A B …, each round's ratio by itself: what the machine does beside
 * meets both alike. `before` each round is not counted. Answers the medians and the median of the ratios of speeds (ceiling ÷ measured).
 */
export async function pairwise(
  rounds: number,
  measured: (round: number) => unknown,
  ceiling: (round: number) => unknown,
  before: (round: number) => void = () => undefined,
): Promise<{ readonly measuredMs: number; readonly ceilingMs: number; readonly ratio: number }> {
  const pairs: { readonly measuredMs: number; readonly ceilingMs: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    before(round);
    const ceilingMs = await timed(() => ceiling(round));
    const measuredMs = await timed(() => measured(round));
    pairs.push({ measuredMs, ceilingMs });
  }
  return {
    measuredMs: median(pairs.map((pair) => pair.measuredMs)),
    ceilingMs: median(pairs.map((pair) => pair.ceilingMs)),
    ratio: median(pairs.map(({ measuredMs, ceilingMs }) => ceilingMs / measuredMs)),
  };
}
