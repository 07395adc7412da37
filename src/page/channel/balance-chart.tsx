/** The balance over time, what is in flight as a band between, and what marks the channel's life. */
import { type Signal, useSignal } from '@preact/signals';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { Balance, Channel } from '../api/json.ts';
import { counted, sat, time } from '../format.ts';
import { axes, Chart, colour, tinted } from './chart.tsx';
import { type Connection, curvesOf, type Mark } from './life.ts';
import type { LifeAxis } from './life-axis.ts';
import { countTexts, type MarkPlaces, placesOf, writeCounts } from './mark-counts.ts';
import { endOfBalances } from './over.ts';
import { pointAt, readingOf, readingText } from './readout.tsx';
import { showMoment } from './time-slider.tsx';

interface BalanceChartProps {
  readonly points: readonly Balance[];
  readonly channel: Channel;
  readonly marks: readonly Mark[];
  readonly connections: readonly Connection[];
  readonly axis: LifeAxis;
  /** The time that is shown; undefined is now. */
  readonly shown: string | undefined;
  readonly onChoose: (x: number) => void;
  /** The point that is read off it. */
  readonly place: Signal<number | undefined>;
}

const HEIGHT = 300;
const stepped = () => uPlot.paths.stepped?.({ align: 1 }) ?? (() => null);

export function BalanceChart(props: BalanceChartProps) {
  const { points, channel, marks, connections, axis, shown, onChoose, place } = props;
  const endedAt = endOfBalances(channel);
  const curves = useMemo(() => curvesOf(points, axis, endedAt), [points, axis, endedAt]);
  const drawn = { marks, connections, shown, axis };
  const latest = useMemo(() => ({ current: drawn }), []);
  latest.current = drawn;
  const veil = useRef<Veil | undefined>(undefined);
  useLayoutEffect(() => placeVeil(veil.current, { shown, axis }), [shown, axis]);
  const crowded = useSignal('');
  const counts = useRef<HTMLElement | undefined>(undefined);
  const options = () => ({
    series: [
      {},
      {
        paths: stepped(),
        stroke: colour('local'),
        fill: tinted('local'),
        width: 0,
        points: { show: false },
      },
      { paths: stepped(), stroke: colour('flight'), width: 0, points: { show: false } },
      { paths: stepped(), stroke: colour('remote'), width: 0, points: { show: false } },
    ],
    bands: [
      { series: [3, 2] as uPlot.Band.Bounds, fill: tinted('remote') },
      { series: [2, 1] as uPlot.Band.Bounds, fill: colour('flight') },
    ],
    scales: {
      y: { range: (_: uPlot, _min: number, max: number): [number, number] => [0, max || 1] },
    },
    axes: axes(
      () => latest.current.axis,
      (splits) => splits.map((value) => sat(String(Math.round(value)))),
      true,
    ),
    plugins: [
      {
        hooks: {
          init(plot: uPlot) {
            veil.current = veilOver(plot);
            counts.current = document.createElement('div');
            plot.over.append(counts.current);
          },
          draw(plot: uPlot) {
            const places = placesOf(plot, latest.current);
            drawMarks(plot, latest.current, places);
            if (counts.current !== undefined) writeCounts(counts.current, places);
            crowded.value = countTexts(places).join('; ');
            placeVeil(veil.current, latest.current);
          },
        },
      },
    ],
  });
  const first = points[0];
  const label =
    first === undefined
      ? 'No balance is known'
      : `Balance from ${time(first.at)} on, ${counted(points.length, 'point')}`;
  const reading = {
    place,
    start: () => pointAt(points, shown),
    count: points.length,
    textOf: (index: number) => {
      const point = points[index];
      return point === undefined ? '' : readingText(readingOf(point));
    },
    onChoose: (index: number) => showMoment(points[index]?.at),
  };
  return (
    <Chart
      label={label}
      height={HEIGHT}
      data={curves}
      axis={axis}
      options={options}
      onChoose={onChoose}
      {...(first !== undefined && { reading })}
      {...(crowded.value !== '' && { description: `At one place: ${crowded.value}.` })}
      drawnWith={`${marks.length} ${connections.length}`}
    />
  );
}

interface Drawn {
  readonly marks: readonly Mark[];
  readonly connections: readonly Connection[];
  readonly shown: string | undefined;
  readonly axis: LifeAxis;
}

function drawMarks(plot: uPlot, { marks, connections, axis }: Drawn, { above }: MarkPlaces): void {
  const { ctx, bbox } = plot;
  const x = (time: string) => Math.round(plot.valToPos(axis.xOf(time), 'x', true));
  const ratio = uPlot.pxRatio;
  ctx.save();
  drawAbsences(plot, connections, x);
  for (const { at, kind } of marks) {
    ctx.fillStyle = colour(kind === 'other' ? 'ink-soft' : 'ink');
    ctx.fillRect(x(at) - ratio / 2, bbox.top - 8 * ratio, ratio, bbox.height + 8 * ratio);
  }
  for (const group of above) {
    ctx.beginPath();
    ctx.arc(x(group.marks[0].at), bbox.top - 7 * ratio, 3.5 * ratio, 0, 2 * Math.PI);
    // A closed mark closes, an open one opens.
    if (group.marks.some(({ kind }) => kind === 'close')) {
      ctx.fillStyle = colour('ink');
      ctx.fill();
    } else {
      ctx.fillStyle = colour('paper');
      ctx.fill();
      ctx.strokeStyle = colour('ink');
      ctx.lineWidth = ratio;
      ctx.stroke();
    }
  }
  ctx.restore();
}

/** Along the floor: while the peer was away. */
function drawAbsences(
  { ctx, bbox }: uPlot,
  connections: readonly Connection[],
  x: (time: string) => number,
): void {
  const height = 5 * uPlot.pxRatio;
  const end = bbox.left + bbox.width;
  connections.forEach(({ at, isConnected }, index) => {
    if (isConnected) return;
    const next = connections[index + 1];
    const from = Math.max(bbox.left, x(at));
    const to = next === undefined ? end : Math.min(end, x(next.at));
    if (to < bbox.left || from > end) return;
    ctx.fillStyle = colour('ink');
    ctx.fillRect(
      from,
      bbox.top + bbox.height - height,
      Math.max(2 * uPlot.pxRatio, to - from),
      height,
    );
  });
}

interface Veil {
  readonly plot: uPlot;
  readonly element: HTMLElement;
}

/** It lies over the plot: a slider that is moved must not draw nine thousand points again. */
function veilOver(plot: uPlot): Veil {
  const element = document.createElement('div');
  element.className = 'shown-veil';
  plot.over.append(element);
  return { plot, element };
}

/** What comes after the moment that is shown is there, and pale. */
function placeVeil(veil: Veil | undefined, { shown, axis }: Pick<Drawn, 'shown' | 'axis'>): void {
  if (veil === undefined) return;
  const { plot, element } = veil;
  element.hidden = shown === undefined;
  if (shown === undefined) return;
  const place = Math.min(plot.bbox.width / uPlot.pxRatio, plot.valToPos(axis.xOf(shown), 'x'));
  element.style.left = `${Math.max(0, place)}px`;
}
