/** From our last balance to what reached us, line by line; and what the source's own sums are. */
import type { Closed } from '../api/json.ts';
import { sat } from '../format.ts';
import type { Flow } from './flow.ts';
import { type Line, statedSums, wayToUs } from './to-us.ts';

interface WayProps {
  readonly closed: Closed;
  readonly flow: Flow;
}

export function WayToUs({ closed, flow }: WayProps) {
  const lines = wayToUs(closed, flow);
  const stated = statedSums(closed, sat);
  if (lines.length === 0 && stated === '') return null;
  return (
    <section class="way-to-us">
      <h3>What reached us</h3>
      {lines.length > 0 && (
        <dl>
          {lines.map((line) => (
            <div key={line.title} data-sum={line.isSum}>
              <dt>{line.title}</dt>
              <dd>{amountText(line)}</dd>
            </div>
          ))}
        </dl>
      )}
      {stated !== '' && <p class="soft">{stated}</p>}
    </section>
  );
}

function amountText({ sat: amount, isSum }: Line): string {
  if (amount < 0n) return `− ${sat((-amount).toString())}`;
  return isSum ? sat(amount.toString()) : `+ ${sat(amount.toString())}`;
}
