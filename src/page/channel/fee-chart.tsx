/** Both sides' fee policies as steps: the proportional part and the base fee, each to a scale of its own. */
import { useSignal } from '@preact/signals';
import { useMemo, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { FeeChange, Policy } from '../api/json.ts';
import { count, counted, exactTime, policy } from '../format.ts';
import { axes, Chart, colour } from './chart.tsx';
import { type FeeTerm, feeTerms, termAt } from './fee-terms.ts';
import type { LifeAxis } from './life-axis.ts';
import { showMoment } from './time-slider.tsx';

interface FeeChartProps {
  readonly changes: readonly FeeChange[];
  readonly axis: LifeAxis;
  /** The time that is shown; undefined is now. */
  readonly shown: string | undefined;
  readonly onChoose: (x: number) => void;
}

const HEIGHT = 78;

export function FeeCharts({ changes, axis, shown, onChoose }: FeeChartProps) {
  const terms = useMemo(() => feeTerms(changes, axis.timeOf(axis.from)), [changes, axis]);
  const place = useSignal<number | undefined>(undefined);
  const term = terms[place.value ?? termAt(terms, shown)];
  const reading = {
    place,
    start: () => Math.max(0, termAt(terms, shown)),
    count: terms.length,
    textOf: (index: number) => termText(terms[index]),
    onChoose: (index: number) => showMoment(terms[index]?.at),
  };
  const drawn = { terms, axis, onChoose };
  return (
    <>
      <p class="fee-readout" data-at={term?.at}>
        <span>
          ours, solid <b data-reading="local-fee">{policy(term?.local)}</b>
        </span>
        <span>
          theirs, dashed <b data-reading="remote-fee">{policy(term?.remote)}</b>
        </span>
        <span class="soft">
          base in msat + ppm{term === undefined ? '' : `, since ${exactTime(term.at)} UTC`}
        </span>
      </p>
      <Steps
        {...drawn}
        label={`Fee policies, ${counted(changes.length, 'change')}, in parts per million`}
        unit="ppm"
        heightOf={({ feeProportionalMillionths }) => feeProportionalMillionths}
        reading={reading}
      />
      <Steps
        {...drawn}
        label="Base fees of the same policies"
        unit="msat"
        heightOf={({ feeBaseMsat }) => Number(feeBaseMsat)}
      />
    </>
  );
}

function termText(term: FeeTerm | undefined): string {
  if (term === undefined) return '';
  const { at, local, remote } = term;
  return `since ${exactTime(at)} UTC: ours ${policy(local)}, theirs ${policy(remote)}`;
}

interface StepsProps {
  readonly terms: readonly FeeTerm[];
  readonly axis: LifeAxis;
  readonly onChoose: (x: number) => void;
  readonly label: string;
  readonly unit: string;
  /** For drawing: a base fee is far less than what a double holds. */
  readonly heightOf: (policy: Policy) => number;
  readonly reading?: Parameters<typeof Chart>[0]['reading'];
}

function Steps({ terms, axis, onChoose, label, unit, heightOf, reading }: StepsProps) {
  const data = useMemo(() => stepsOf(terms, axis, heightOf), [terms, axis, unit]);
  const latest = useRef(axis);
  latest.current = axis;
  const stepped = () => uPlot.paths.stepped?.({ align: 1 }) ?? (() => null);
  const line = { paths: stepped(), width: 2, points: { show: false } };
  const options = () => ({
    series: [
      {},
      { ...line, stroke: colour('local') },
      { ...line, stroke: colour('remote'), dash: [5, 3] },
    ],
    scales: {
      y: { range: (_: uPlot, _min: number, max: number): [number, number] => [0, max * 1.15 || 1] },
    },
    axes: axes(
      () => latest.current,
      (splits) => splits.map((value) => `${count(Math.round(value))} ${unit}`),
      false,
    ),
  });
  return (
    <Chart
      label={label}
      height={HEIGHT}
      data={data}
      axis={axis}
      options={options}
      onChoose={onChoose}
      drawnWith=""
      {...(reading !== undefined && { reading })}
    />
  );
}

/** A policy holds until the next of its side; the last one to the end. */
function stepsOf(
  terms: readonly FeeTerm[],
  { xOf, to }: LifeAxis,
  heightOf: (policy: Policy) => number,
): uPlot.AlignedData {
  const last = terms.at(-1);
  const ends = last === undefined ? [] : [Math.max(to, xOf(last.at))];
  const drawn = last === undefined ? terms : [...terms, last];
  const valuesOf = (side: 'local' | 'remote') =>
    drawn.map(({ [side]: held }) => (held === undefined ? null : heightOf(held)));
  return [[...terms.map(({ at }) => xOf(at)), ...ends], valuesOf('local'), valuesOf('remote')];
}
