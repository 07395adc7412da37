/** What was earned by the day or month, as bars to scale; one of them chosen narrows the page to it. */
import { atLeast, counted, msatAsSat } from '../format.ts';
import { flowSums, type Period } from './periods.ts';

interface PeriodBarsProps {
  readonly periods: readonly Period[];
  readonly chosen: string | undefined;
  readonly onChoose: (period: string | undefined) => void;
}

export function PeriodBars({ periods, chosen, onChoose }: PeriodBarsProps) {
  const bars = periods.map(({ name, flows }) => ({ name, ...flowSums(flows) }));
  const most = bars.reduce((max, { feeMsat }) => (feeMsat > max ? feeMsat : max), 1n);
  return (
    <div class="period-bars" role="group" aria-label="Earned by the day or month">
      {bars.map(({ name, forwardedCount, feeMsat, isFeeAtLeast }) => {
        const earned = atLeast(msatAsSat(feeMsat.toString()), isFeeAtLeast);
        const text = `${name}: ${counted(forwardedCount, 'forward')}, earned ${earned} sat`;
        return (
          <button
            key={name}
            type="button"
            aria-pressed={chosen === name}
            aria-label={text}
            title={text}
            onClick={() => onChoose(chosen === name ? undefined : name)}
          >
            <span style={{ height: `${Math.max(0, Number((feeMsat * 1000n) / most) / 10)}%` }} />
          </button>
        );
      })}
    </div>
  );
}
