/** One channel's capacity as a bar: ours from the left, theirs from the right, between them what is in flight. */
import type { Channel } from '../api/json.ts';
import { count, msatAsSat, sat } from '../format.ts';

type Shown = Pick<
  Channel,
  | 'capacitySat'
  | 'localBalanceMsat'
  | 'remoteBalanceMsat'
  | 'pendingOfferedMsat'
  | 'pendingReceivedMsat'
  | 'pendingHtlcCount'
  | 'localTerms'
  | 'remoteTerms'
>;

interface BarProps {
  readonly channel: Shown;
  /** The bar's length as a part of the longest, from 0 to 1. */
  readonly part: number;
}

/** In a bar that is shorter the lines of the reserves would hide what they stand in. */
const SHORT = 0.12;

/** For drawing: a pixel is far more than what a double rounds away. */
const drawn = (amount: string | undefined) => Number(amount ?? 0);
const percentOf = (part: number) => `${(Math.min(1, Math.max(0, part)) * 100).toFixed(3)}%`;

export function BalanceBar({ channel, part }: BarProps) {
  const { localBalanceMsat, remoteBalanceMsat, capacitySat } = channel;
  const wholeMsat = wholeOf(channel);
  if (wholeMsat === 0) {
    return <span class="bar-unknown">balance unknown</span>;
  }
  const isKnown = localBalanceMsat !== undefined && remoteBalanceMsat !== undefined;
  const [offered, received] = [channel.pendingOfferedMsat, channel.pendingReceivedMsat];
  const share = (msat: string | undefined) => ({ width: percentOf(drawn(msat) / wholeMsat) });
  return (
    <div
      class="bar"
      role="img"
      aria-label={barText(channel)}
      title={barText(channel)}
      style={{ width: percentOf(part) }}
      data-known={isKnown && capacitySat !== undefined}
    >
      {isKnown && (
        <>
          <span class="local" style={share(localBalanceMsat)} />
          <span class="offered" style={share(offered)} />
          <span class="rest" />
          <span class="received" style={share(received)} />
          <span class="remote" style={share(remoteBalanceMsat)} />
          {part > SHORT && (
            <>
              <Reserve
                side="left"
                reserveSat={channel.remoteTerms.channelReserveSat}
                of={wholeMsat}
              />
              <Reserve
                side="right"
                reserveSat={channel.localTerms.channelReserveSat}
                of={wholeMsat}
              />
            </>
          )}
        </>
      )}
    </div>
  );
}

interface ReserveProps {
  readonly side: 'left' | 'right';
  readonly reserveSat: string | undefined;
  readonly of: number;
}

/** What that end must leave in the channel: it cannot send below this line. */
function Reserve({ side, reserveSat, of }: ReserveProps) {
  if (reserveSat === undefined) return null;
  const place = percentOf((drawn(reserveSat) * 1000) / of);
  return <span class="reserve" style={side === 'left' ? { left: place } : { right: place }} />;
}

/** In msat, for drawing; 0 where neither the capacity nor a balance is known. */
export function wholeOf({ capacitySat, localBalanceMsat, remoteBalanceMsat }: Shown): number {
  if (capacitySat !== undefined) return drawn(capacitySat) * 1000;
  return drawn(localBalanceMsat) + drawn(remoteBalanceMsat);
}

function barText(channel: Shown): string {
  const { pendingHtlcCount, pendingOfferedMsat, pendingReceivedMsat } = channel;
  const parts = [
    `local ${msatAsSat(channel.localBalanceMsat)} sat`,
    `remote ${msatAsSat(channel.remoteBalanceMsat)} sat`,
    pendingHtlcCount === undefined
      ? 'HTLCs in flight unknown'
      : pendingHtlcCount > 0 &&
        `${count(pendingHtlcCount)} HTLCs in flight, ${msatAsSat(pendingOfferedMsat)} sat out and ${msatAsSat(pendingReceivedMsat)} sat in`,
    `capacity ${sat(channel.capacitySat)} sat`,
    reserveText(channel),
  ];
  return parts.filter((text) => text !== false && text !== '').join(', ');
}

function reserveText({ localTerms, remoteTerms }: Shown): string {
  const [ours, theirs] = [remoteTerms.channelReserveSat, localTerms.channelReserveSat];
  if (ours === undefined && theirs === undefined) return '';
  return `reserves ${sat(ours)} and ${sat(theirs)} sat`;
}
