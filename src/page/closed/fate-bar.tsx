/** Whose a closed channel's satoshis are in the end, as one bar to scale. */
import { useMemo } from 'preact/hooks';
import { ends, flowOf, type Subject } from './flow.ts';
import { summaryOf } from './flow-picture.tsx';

interface FateBarProps {
  readonly of: Subject;
  /** Of the room there is, from 0 to 1. */
  readonly part: number;
}

export function FateBar({ of, part }: FateBarProps) {
  const flow = useMemo(() => flowOf(of), [of]);
  const total = [...flow.sums.values()].reduce((sum, sat) => sum + sat, 0n);
  if (total === 0n) return <span class="bar-unknown">unknown</span>;
  return (
    <div
      class="bar fate"
      role="img"
      aria-label={summaryOf(flow)}
      title={summaryOf(flow)}
      style={{ width: `${part * 100}%` }}
    >
      {ends.map(({ id }) => {
        const sat = flow.sums.get(id) ?? 0n;
        const width = `${(Number(sat) / Number(total)) * 100}%`;
        return sat === 0n ? null : <span key={id} data-end={id} style={{ width }} />;
      })}
    </div>
  );
}
