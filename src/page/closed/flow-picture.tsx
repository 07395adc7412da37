/** The flow of a closed channel's satoshis as a picture; the table below it says the same in words. */
import { useMemo } from 'preact/hooks';
import { atLeast, sat } from '../format.ts';
import { isTight } from '../parts/narrow.ts';
import { WideTable } from '../parts/wide-table.tsx';
import { ends, type Flow } from './flow.ts';
import { BAR_WIDTH, type Bar, COMPACT, layoutOf, WIDE } from './flow-layout.ts';

interface FlowProps {
  readonly flow: Flow;
  readonly channel: string;
}

export function FlowPicture({ flow, channel }: FlowProps) {
  const room = isTight.value ? COMPACT : WIDE;
  const { width, height, bars, ribbons } = useMemo(
    () => layoutOf(flow, channel, room),
    [flow, channel, room],
  );
  return (
    <WideTable label="Where each satoshi went">
      <svg
        class="flow"
        viewBox={`0 0 ${width} ${Math.ceil(height)}`}
        width={width}
        height={Math.ceil(height)}
        role="img"
        aria-label={`${summaryOf(flow)}. The table below says it line by line.`}
      >
        <defs>
          <pattern
            id="not-told"
            width="6"
            height="6"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <rect width="6" height="6" class="hatch-paper" />
            <rect width="2" height="6" class="hatch-line" />
          </pattern>
        </defs>
        {ribbons.map((ribbon) => (
          <path key={ribbon.key} class="ribbon" data-hue={ribbon.hue} d={ribbon.path}>
            <title>{`${ribbon.title}: ${sat(ribbon.sat.toString())} sat`}</title>
          </path>
        ))}
        {bars.map((bar) => (
          <BarView
            key={bar.key}
            bar={bar}
            isAtLeast={bar.key === 'channel' && !flow.isCapacityKnown}
          />
        ))}
      </svg>
    </WideTable>
  );
}

function BarView({ bar, isAtLeast }: { readonly bar: Bar; readonly isAtLeast: boolean }) {
  const { x, y, height, hue, title } = bar;
  const amount = `${atLeast(sat(bar.sat.toString()), isAtLeast)} sat`;
  return (
    <g data-bar={bar.key} data-sat={bar.sat.toString()}>
      <rect class="flow-bar" data-hue={hue} x={x} y={y} width={BAR_WIDTH} height={height} />
      <text x={x + BAR_WIDTH + 8} y={y + 13}>
        {title}
      </text>
      <text class="amount" x={x + BAR_WIDTH + 8} y={y + 29}>
        {amount}
      </text>
    </g>
  );
}

/** `600 000 sat: 221 000 to us, …`, as one sentence. */
export function summaryOf({ totalSat, sums }: Flow): string {
  const parts = ends.flatMap(({ id, title }) => {
    const amount = sums.get(id) ?? 0n;
    return amount === 0n ? [] : [`${sat(amount.toString())} ${title}`];
  });
  return `Of ${sat(totalSat.toString())} sat: ${parts.join(', ')}`;
}
