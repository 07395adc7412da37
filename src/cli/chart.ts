/** A balance over time, drawn with characters: time to the right, our part from below. */
import type { BalancePoint } from '../ledger/view-types.ts';
import { timeNsOf } from '../schema/time.ts';
import { sat, time } from './format.ts';
import type { Style } from './style.ts';

const ROWS = 8;
const MOST_CELLS = 100;
const FEWEST_CELLS = 20;

/** Lines of the chart; none where there is nothing to draw. */
export function balanceChart(
  points: readonly BalancePoint[],
  style: Style,
  width: number,
): readonly string[] {
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined) return [];
  const topMsat = points.reduce((top, point) => {
    const sum = point.localBalanceMsat + point.remoteBalanceMsat;
    return sum > top ? sum : top;
  }, 1n);
  const labels = [sat(topMsat / 1000n), sat(topMsat / 2000n), '0'];
  const labelWidth = Math.max(...labels.map((label) => label.length));
  const cells = Math.min(MOST_CELLS, Math.max(FEWEST_CELLS, width - labelWidth - 2));
  const heights = sampled(points, cells).map((msat) => eighthsOf(msat, topMsat));
  const lines: string[] = [];
  const { glyphs, paint } = style;
  for (let row = ROWS - 1; row >= 0; row -= 1) {
    const label = row === ROWS - 1 ? labels[0] : row === ROWS / 2 - 1 ? labels[1] : '';
    const drawn = heights.map((height) => {
      const part = Math.max(0, Math.min(8, height - row * 8));
      return glyphs.lowerEighths[part] ?? '';
    });
    const axis = `${(label ?? '').padStart(labelWidth)} ${glyphs.axis.vertical}`;
    lines.push(`${axis}${paint('cyan', drawn.join(''))}`.trimEnd());
  }
  const floor = `${'0'.padStart(labelWidth)} ${glyphs.axis.corner}`;
  lines.push(floor + glyphs.axis.horizontal.repeat(cells));
  lines.push(' '.repeat(labelWidth + 2) + timeAxis(first.at, last.at, cells));
  return lines;
}

function timeAxis(from: string, to: string, cells: number): string {
  const [start, end] = [time(from), time(to)];
  if (start === end || start.length + end.length + 2 > cells) return start;
  return start + ' '.repeat(cells - start.length - end.length) + end;
}

/** A balance holds until the next one: each cell shows the last one that began in it or before. */
function sampled(points: readonly BalancePoint[], cells: number): readonly bigint[] {
  const times = points.map((point) => timeNsOf(point.at));
  const startNs = times[0] ?? 0n;
  const spanNs = (times.at(-1) ?? 0n) - startNs;
  const samples: bigint[] = [];
  let next = 0;
  for (let cell = 0; cell < cells; cell += 1) {
    const untilNs = startNs + (spanNs * BigInt(cell + 1)) / BigInt(cells);
    while (next + 1 < points.length && (times[next + 1] ?? 0n) <= untilNs) next += 1;
    samples.push(points[next]?.localBalanceMsat ?? 0n);
  }
  return samples;
}

/** In eighths of a row; what is more than nothing is drawn as something. */
function eighthsOf(msat: bigint, topMsat: bigint): number {
  const eighths = Number((msat * BigInt(ROWS * 8) + topMsat / 2n) / topMsat);
  return msat > 0n ? Math.max(1, eighths) : 0;
}
