/** What all the shown channels hold together. */
import { atLeast, count, counted, msatAsSat } from '../format.ts';
import type { Totals } from './rows.ts';

interface TotalsProps {
  readonly totals: Totals;
  /** How many channels there are, shown or not. */
  readonly of: number;
  readonly nodes: number;
}

export function TotalsView({ totals, of, nodes }: TotalsProps) {
  const { channels, capacityMsat, localMsat, remoteMsat, flightMsat, flightCount } = totals;
  const whole = Number(capacityMsat) || 1;
  const part = (msat: bigint) => ({ width: `${((Number(msat) / whole) * 100).toFixed(3)}%` });
  const sum = (msat: bigint) => atLeast(msatAsSat(msat.toString()), totals.isAtLeast);
  return (
    <section class="totals" aria-label="Totals">
      <dl>
        <Figure label="local" kind="local" value={sum(localMsat)} />
        <Figure label="remote" kind="remote" value={sum(remoteMsat)} />
        <Figure
          label={flightCount === 0 ? 'in flight' : `in flight, ${counted(flightCount, 'HTLC')}`}
          kind="flight"
          value={atLeast(msatAsSat(flightMsat.toString()), totals.isFlightAtLeast)}
        />
        <Figure
          label="capacity"
          value={atLeast(msatAsSat(capacityMsat.toString()), totals.isCapacityAtLeast)}
        />
        <div>
          <dt>{nodes > 1 ? `channels, as ${nodes} nodes recorded them` : 'channels'}</dt>
          <dd>
            {count(channels)}
            {channels !== of && <small> of {count(of)}</small>}
          </dd>
        </div>
      </dl>
      <div class="bar whole" aria-hidden="true" data-known="true">
        <span class="local" style={part(localMsat)} />
        <span class="offered" style={part(flightMsat)} />
        <span class="rest" />
        <span class="remote" style={part(remoteMsat)} />
      </div>
    </section>
  );
}

interface FigureProps {
  readonly label: string;
  readonly value: string;
  readonly kind?: 'local' | 'remote' | 'flight';
}

function Figure({ label, value, kind }: FigureProps) {
  return (
    <div>
      <dt>
        {kind !== undefined && <span class={`swatch ${kind}`} aria-hidden="true" />}
        {label}
      </dt>
      <dd>
        {value}
        <small> sat</small>
      </dd>
    </div>
  );
}
