/** A uPlot chart as a component: made once for its options and colours, then given data and a width. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { isDark } from '../theme.ts';

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
  /** Seconds since 1970 of both ends of the time axis. */
  readonly from: number;
  readonly to: number;
  /** Made anew when the colours change. */
  readonly options: () => Pick<uPlot.Options, 'series' | 'axes' | 'bands' | 'scales' | 'plugins'>;
  /** A place on the time axis was chosen, in seconds. */
  readonly onChoose: (seconds: number) => void;
  /** Drawn again when this changes. */
  readonly drawnWith: unknown;
}

export const CHART_SYNC = 'channel';

export function Chart(props: ChartProps) {
  const { label, height, data, from, to, drawnWith } = props;
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
    chart.current?.setScale('x', { min: from, max: to });
  }, [data, from, to]);
  useEffect(() => {
    chart.current?.redraw(false);
  }, [drawnWith]);
  return <div class="chart" role="img" aria-label={label} ref={place} />;
}

function optionsOf(latest: { readonly current: ChartProps }, width: number): uPlot.Options {
  const { height, options, from, to } = latest.current;
  const chosen = options();
  return {
    width,
    height,
    ...chosen,
    scales: { x: { time: false, min: from, max: to }, ...chosen.scales },
    legend: { show: false },
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
export const AXIS_PX = 92;

/** Room for the last time's text. */
const END_PX = 8;

/** `values` are those of the amounts; the time is UTC, as the commands print it. */
export function axes(values: (splits: number[]) => string[], showsTime: boolean): uPlot.Axis[] {
  const shared = {
    stroke: colour('ink-soft'),
    font: '12px system-ui, sans-serif',
    ticks: { show: false },
  };
  return [
    {
      ...shared,
      size: showsTime ? 40 : 4,
      space: 84,
      incrs: TIME_STEPS,
      grid: { show: false },
      values: (_, splits) => (showsTime ? timeTexts(splits) : splits.map(() => '')),
    },
    {
      ...shared,
      size: AXIS_PX,
      grid: { stroke: colour('line'), width: 1 },
      values: (_, splits) => values(splits),
    },
  ];
}

const [MINUTE, HOUR, DAY] = [60, 3600, 86_400];
const TIME_STEPS = [
  ...[0.001, 0.01, 0.1, 1, 5, 15, 30],
  ...[1, 5, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 7, 14, 28, 91, 182, 364, 1820].map((days) => days * DAY),
];

/** Times of day, and the day below the first of each. */
function timeTexts(splits: readonly number[]): string[] {
  const step = (splits[1] ?? 0) - (splits[0] ?? 0);
  let before = '';
  return splits.map((seconds) => {
    const text = new Date(seconds * 1000).toISOString();
    const day = text.slice(0, 10);
    if (step >= DAY) return day;
    const clock = text.slice(11, step >= MINUTE ? 16 : step >= 1 ? 19 : 23);
    const isNewDay = day !== before;
    before = day;
    return isNewDay ? `${clock}\n${day}` : clock;
  });
}
