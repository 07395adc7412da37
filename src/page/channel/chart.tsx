/** A uPlot chart as a component: made once for its options and colours, then given data and a width. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { isDark } from '../theme.ts';

/** Colours of the style sheet as they are now. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
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
    scales: { x: { time: true, min: from, max: to }, ...chosen.scales },
    // Everything here is in UTC, as the commands print it.
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    fmtDate: (template) =>
      uPlot.fmtDate(
        template.replace('{M}/{D}', '{MM}-{DD}').replaceAll('{h}:{mm}{aa}', '{HH}:{mm}'),
      ),
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
    padding: [12, 0, 0, 0],
  };
}

/** Where the plots begin at the left: the slider below begins there as well. */
export const AXIS_PX = 92;

export function axes(values: (splits: number[]) => string[], showsTime: boolean): uPlot.Axis[] {
  const shared = {
    stroke: colour('ink-soft'),
    font: '12px system-ui, sans-serif',
    ticks: { show: false },
  };
  return [
    {
      ...shared,
      show: true,
      size: showsTime ? 34 : 6,
      grid: { show: false },
      ...(showsTime ? {} : { values: (_, splits) => splits.map(() => '') }),
    },
    {
      ...shared,
      size: AXIS_PX,
      grid: { stroke: colour('line'), width: 1 },
      values: (_, splits) => values(splits),
    },
  ];
}
