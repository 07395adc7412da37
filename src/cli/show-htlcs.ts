/** The HTLCs of a channel as `show` lists them: which are pending, and in whose commitment. */
import type { HtlcRow } from '../../projections/channel-row.ts';
import { holds } from '../ledger/answers/merge-balance.ts';
import type { ChannelView } from '../ledger/view-types.ts';
import { count, msatAsSat } from './format.ts';
import type { Names } from './names.ts';

export const isOver = ({ status }: ChannelView) => status === 'closed' || status === 'resolved';

/** With the number that "channels" shows, and what it counts. */
export function htlcTitle(channel: ChannelView): string {
  const { pendingHtlcCount } = channel;
  if (pendingHtlcCount === undefined) {
    return isOver(channel) ? 'HTLCs at the close' : 'Pending HTLCs';
  }
  if (!isOver(channel)) return `Pending HTLCs (${count(pendingHtlcCount)} in our commitment)`;
  const left = pendingHtlcCount === 0 ? 'all ended' : `${count(pendingHtlcCount)} not ended yet`;
  return `HTLCs at the close (${left})`;
}

/** None where it had none; a line that says so where nobody told. */
export function htlcLines(channel: ChannelView, names: Names): readonly string[] {
  const { htlcs } = channel;
  if (htlcs === undefined) return ['unknown: no source told what its commitments held'];
  return htlcs.map((htlc) => htlcLine(htlc, channel, names));
}

/** Where an HTLC of an open channel stands that is not in both commitments alike. */
function whereabouts({ outcome, ...htlc }: HtlcRow, channel: ChannelView): string | undefined {
  const { local, remote, htlcs, pendingHtlcCount } = channel;
  if (isOver(channel)) return outcome;
  const isOurs = pendingHtlcCount === htlcs?.length || holds(local, htlc);
  if (isOurs) return outcome && `${outcome} in their commitment, not yet in ours`;
  if (outcome !== undefined) return `${outcome} in our commitment, not yet in theirs`;
  return holds(remote, htlc) ? 'in their commitment, not yet in ours' : undefined;
}

export function htlcLine(htlc: HtlcRow, channel: ChannelView, names: Names): string {
  const from =
    htlc.forwardOf &&
    `forwards ${htlc.forwardOf.htlcId} of ${names.channel(htlc.forwardOf.channelId)}`;
  const parts = [
    `${htlc.direction} ${htlc.id}`,
    `${msatAsSat(htlc.amountMsat)} sat`,
    `expires at height ${count(htlc.cltvExpiry)}`,
    from,
    whereabouts(htlc, channel),
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}
