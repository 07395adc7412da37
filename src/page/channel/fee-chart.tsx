/** Both sides' fee policies as steps: the proportional part on the axis, the base fee in the words below. */
import { useMemo } from 'preact/hooks';
import uPlot from 'uplot';
import type { FeeChange } from '../api/json.ts';
import { count, counted } from '../format.ts';
import { axes, Chart, colour } from './chart.tsx';
import type { LifeAxis } from './life-axis.ts';

interface FeeChartProps {
  readonly changes: readonly FeeChange[];
  readonly axis: LifeAxis;
  readonly onChoose: (x: number) => void;
}

const HEIGHT = 96;

export function FeeChart({ changes, axis, onChoose }: FeeChartProps) {
  const data = useMemo(() => stepsOf(changes, axis), [changes, axis]);
  const stepped = () => uPlot.paths.stepped?.({ align: 1 }) ?? (() => null);
  const options = () => ({
    series: [
      {},
      {
        paths: stepped(),
        stroke: colour('local'),
        width: 2,
        points: { show: false },
        spanGaps: true,
      },
      {
        paths: stepped(),
        stroke: colour('remote'),
        width: 2,
        dash: [5, 3],
        points: { show: false },
        spanGaps: true,
      },
    ],
    scales: {
      y: { range: (_: uPlot, _min: number, max: number): [number, number] => [0, max * 1.15 || 1] },
    },
    axes: axes(
      () => axis,
      (splits) => splits.map((value) => `${count(Math.round(value))} ppm`),
      false,
    ),
  });
  return (
    <Chart
      label={`Fee policies, ${counted(changes.length, 'change')}; the list below has them all`}
      height={HEIGHT}
      data={data}
      axis={axis}
      options={options}
      onChoose={onChoose}
      drawnWith=""
    />
  );
}

/** A policy holds until the next of its side. */
function stepsOf(changes: readonly FeeChange[], { xOf, to }: LifeAxis): uPlot.AlignedData {
  const times: number[] = [];
  const local: (number | null)[] = [];
  const remote: (number | null)[] = [];
  const last: { local: number | null; remote: number | null } = { local: null, remote: null };
  const add = (x: number) => {
    times.push(x);
    local.push(last.local);
    remote.push(last.remote);
  };
  for (const { at, side, to: policy } of changes) {
    last[side] = policy.feeProportionalMillionths;
    add(xOf(at));
  }
  if (times.length > 0) add(Math.max(to, times.at(-1) ?? 0));
  return [times, local, remote];
}
