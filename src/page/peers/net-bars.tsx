/** When a peer filled our side of its channels and when it drained it: one bar for a day or month. */
import { signedMsatAsSat, UNKNOWN } from '../format.ts';
import type { PeerLine } from './peer-rows.ts';

const HEIGHT = 22;
const MIDDLE = HEIGHT / 2;

export function NetBars({ bars }: { readonly bars: PeerLine['netMsat'] }) {
  if (bars.length === 0) return null;
  const largest = bars.reduce((most, { msat = 0n }) => Math.max(most, Math.abs(Number(msat))), 1);
  const width = Math.min(10, 120 / bars.length);
  const texts = bars
    .filter(({ msat }) => msat !== 0n)
    .map(({ name, msat }) => `${name} ${msat === undefined ? UNKNOWN : signedMsatAsSat(msat)} sat`);
  return (
    <svg
      class="net-bars"
      width={width * bars.length}
      height={HEIGHT}
      role="img"
      aria-label={texts.join(', ') || 'nothing'}
    >
      <title>{texts.join('\n')}</title>
      <line x1={0} x2={width * bars.length} y1={MIDDLE} y2={MIDDLE} />
      {bars.map(({ name, msat }, index) => {
        if (msat === undefined) return null;
        const high = (Math.abs(Number(msat)) / largest) * (MIDDLE - 1);
        return (
          <rect
            key={name}
            class={msat > 0n ? 'in' : 'out'}
            x={index * width}
            y={msat > 0n ? MIDDLE - high : MIDDLE}
            width={Math.max(1, width - 1)}
            height={high}
          />
        );
      })}
    </svg>
  );
}
