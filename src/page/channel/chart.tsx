/** A uPlot chart as a component: made once for its options and colours, then given data and a width. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { isDark } from '../theme.ts';
import { type ChartReading, keyboardOf, readPointer, showCursor } from './chart-reading.ts';
import type { LifeAxis } from './life-axis.ts';

/** Colours of the style sheet as they are now. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** The same for large areas, which would shout otherwise. */
export function tinted(name: string): string {
  return `color-mix(in srgb, ${colour(name)} 78%, ${colour('raised')})`;
}

interface ChartProps {
  readonly label: string;
  readonly height: number;
  readonly data: uPlot.AlignedData;
  readonly axis: LifeAxis;
  /** Made anew when the colours change. */
  readonly options: () => Pick<uPlot.Options, 'series' | 'axes' | 'bands' | 'scales' | 'plugins'>;
  /** A place on the time axis was chosen. */
  readonly onChoose: (x: number) => void;
  /** Drawn again when this changes. */
  readonly drawnWith: unknown;
  /** What can be read off it, point by point; without it is a picture. */
  readonly reading?: ChartReading;
}

const CHART_SYNC = 'channel';

export function Chart(props: ChartProps) {
  const { label, height, data, axis, drawnWith, reading } = props;
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const dark = isDark.value;
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const made = new uPlot(optionsOf(latest, element.clientWidth), latest.current.data, element);
    chart.current = made;
    const observer = new ResizeObserver(() => {
      made.setSize({ width: element.clientWidth, height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [dark, height]);
  useEffect(() => {
    chart.current?.setData(data, false);
    chart.current?.setScale('x', { min: axis.from, max: axis.to });
  }, [data, axis]);
  useEffect(() => {
    chart.current?.redraw(false);
  }, [drawnWith]);
  return (
    <div
      class="chart"
      ref={place}
      {...(reading === undefined
        ? { role: 'img' as const, 'aria-label': label }
        : keyboardOf(label, reading, (index) => showCursor(chart.current, index)))}
    />
  );
}

function optionsOf(latest: { readonly current: ChartProps }, width: number): uPlot.Options {
  const { height, options, axis } = latest.current;
  const chosen = options();
  return {
    width,
    height,
    ...chosen,
    scales: { x: { time: false, min: axis.from, max: axis.to }, ...chosen.scales },
    legend: { show: false },
    hooks: {
      setCursor: [
        (self) => {
          const { reading } = latest.current;
          if (reading !== undefined) readPointer(self, reading);
        },
      ],
    },
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: false, y: false, setScale: false },
      sync: { key: CHART_SYNC, setSeries: false },
      bind: {
        click: (self) => () => {
          const { left } = self.cursor;
          if (left !== undefined && left >= 0) latest.current.onChoose(self.posToVal(left, 'x'));
          return null;
        },
      },
    },
    padding: [12, END_PX, 0, 0],
  };
}

/** Where the plots begin at the left: the slider below begins there as well. */
const AXIS_PX = 92;

/** Room for the last time's text. */
const END_PX = 20;

/** `values` are those of the amounts; the time is UTC, as the commands print it. */
export function axes(
  axisNow: () => LifeAxis,
  values: (splits: number[]) => string[],
  showsTime: boolean,
): uPlot.Axis[] {
  const shared = {
    stroke: colour('ink-soft'),
    font: '12px system-ui, sans-serif',
    ticks: { show: false },
  };
  return [
    {
      ...shared,
      size: showsTime ? 40 : 10,
      space: 84,
      incrs: () => [...axisNow().steps],
      grid: { show: false },
      values: (_, splits) =>
        showsTime ? timeTexts(splits.map(axisNow().timeOf)) : splits.map(() => ''),
    },
    {
      ...shared,
      size: AXIS_PX,
      grid: { stroke: colour('line'), width: 1 },
      values: (_, splits) => values(splits),
    },
  ];
}

/** Times of day as exact as their distances need it, and the day below the first of each. */
function timeTexts(times: readonly string[]): string[] {
  const days = times.map((time) => time.slice(0, 10));
  if (days.length > 1 && new Set(days).size === days.length) return days;
  const isToMinute = times.every((time) => time.slice(17, 23) === '00.000');
  const length = isToMinute ? 16 : 19;
  return times.map((time, index) => {
    const clock = time.slice(11, length);
    return days[index] === days[index - 1] ? clock : `${clock}\n${days[index]}`;
  });
}
