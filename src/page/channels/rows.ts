/** The list of open channels as it is drawn: grouped by peer, sorted, filtered, summed. Pure. */
import type { ListedChannel } from '../api/json.ts';
import { channelName, peerName } from '../names.ts';
import type { Order } from '../parts/order.ts';
import { wordFilter } from '../parts/word-filter.ts';

export const sortings = {
  peer: { id: 'peer', title: 'peer', isName: true },
  capacity: { id: 'capacity', title: 'capacity' },
  local: { id: 'local', title: 'local' },
  remote: { id: 'remote', title: 'remote' },
  flight: { id: 'flight', title: 'in flight' },
  earned: { id: 'earned', title: 'earned' },
  updated: { id: 'updated', title: 'last update' },
} as const;
export type By = keyof typeof sortings;

/** Sums of msat. Where the balance of a channel is not known, the sum is of the others. */
export interface Totals {
  readonly channels: number;
  readonly capacityMsat: bigint;
  readonly localMsat: bigint;
  readonly remoteMsat: bigint;
  readonly flightMsat: bigint;
  readonly flightCount: number;
  readonly isAtLeast: boolean;
}

export interface Group {
  readonly kind: 'group';
  readonly key: string;
  readonly nodeId: string;
  readonly peerId: string | undefined;
  readonly name: string;
  readonly totals: Totals;
}

export interface Row {
  readonly kind: 'channel';
  readonly key: string;
  readonly channel: ListedChannel;
}

export type Line = Group | Row;

export const keyOf = ({ nodeId, channelId }: Pick<ListedChannel, 'nodeId' | 'channelId'>) =>
  `${nodeId}.${channelId}`;

/** By the channel's names, its peer's, its state. */
export const filtered = wordFilter<ListedChannel>((channel) => {
  const { shortChannelIds, outpoints, channelId, peerId, peerAlias, status, channelType } = channel;
  const parts = [peerAlias, peerId, ...shortChannelIds, ...outpoints, channelId, status];
  return [...parts, channelType].join('\n');
});

export function totalsOf(channels: readonly ListedChannel[]): Totals {
  const sums = {
    channels: channels.length,
    capacityMsat: 0n,
    localMsat: 0n,
    remoteMsat: 0n,
    flightMsat: 0n,
    flightCount: 0,
    isAtLeast: false,
  };
  for (const channel of channels) {
    sums.capacityMsat += BigInt(channel.capacitySat ?? 0) * 1000n;
    sums.localMsat += BigInt(channel.localBalanceMsat ?? 0);
    sums.remoteMsat += BigInt(channel.remoteBalanceMsat ?? 0);
    sums.flightMsat += flightOf(channel);
    sums.flightCount += channel.pendingHtlcCount;
    if (channel.localBalanceMsat === undefined || channel.capacitySat === undefined)
      sums.isAtLeast = true;
  }
  return sums;
}

export function flightOf(
  channel: Pick<ListedChannel, 'pendingOfferedMsat' | 'pendingReceivedMsat'>,
): bigint {
  return BigInt(channel.pendingOfferedMsat) + BigInt(channel.pendingReceivedMsat);
}

/** Groups by their sum (or their name), the channels of a group by their own. */
export function linesOf(channels: readonly ListedChannel[], order: Order<By>): readonly Line[] {
  const byPeer = Map.groupBy(channels, ({ nodeId, peerId }) => `${nodeId}.${peerId ?? ''}`);
  const groups = [...byPeer].flatMap(([key, ours]) => {
    const [first] = ours;
    if (first === undefined) return [];
    const { nodeId, peerId } = first;
    // An alias may be known of one channel only after it was learned.
    const named = ours.find(({ peerAlias }) => peerAlias) ?? first;
    const totals = totalsOf(ours);
    const group: Group = { kind: 'group', key, nodeId, peerId, name: peerName(named), totals };
    return { group, ours };
  });
  const direction = order.isDescending ? -1 : 1;
  groups.sort((a, b) => direction * compareGroups(a, b, order.by) || compare(a.group, b.group));
  return groups.flatMap(({ group, ours }) => [
    group,
    ...[...ours]
      .sort((a, b) => direction * compareChannels(a, b, order.by) || compareNames(a, b))
      .map((channel): Row => ({ kind: 'channel', key: keyOf(channel), channel })),
  ]);
}

interface Grouped {
  readonly group: Group;
  readonly ours: readonly ListedChannel[];
}

function compareGroups(a: Grouped, b: Grouped, by: By): number {
  if (by === 'peer') return compareText(a.group.name, b.group.name);
  if (by === 'updated') return compareText(latest(a.ours), latest(b.ours));
  return compareAmounts(sumOf(a.ours, by), sumOf(b.ours, by));
}

function compareChannels(a: ListedChannel, b: ListedChannel, by: By): number {
  if (by === 'peer') return 0;
  if (by === 'updated') return compareText(a.lastEventAt ?? '', b.lastEventAt ?? '');
  return compareAmounts(amountOf(a, by), amountOf(b, by));
}

type Amount = Exclude<By, 'peer' | 'updated'>;

function amountOf(channel: ListedChannel, by: Amount): bigint {
  switch (by) {
    case 'capacity':
      return BigInt(channel.capacitySat ?? -1);
    case 'local':
      return BigInt(channel.localBalanceMsat ?? -1);
    case 'remote':
      return BigInt(channel.remoteBalanceMsat ?? -1);
    case 'flight':
      return flightOf(channel);
    case 'earned':
      return BigInt(channel.lifetime.feesEarnedMsat);
  }
}

const sumOf = (channels: readonly ListedChannel[], by: Amount) =>
  channels.reduce((sum, channel) => sum + amountOf(channel, by), 0n);

const latest = (channels: readonly ListedChannel[]) =>
  channels.reduce(
    (newest, { lastEventAt = '' }) => (lastEventAt > newest ? lastEventAt : newest),
    '',
  );

const compareAmounts = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);
const collator = new Intl.Collator('en', { numeric: true });
const compareText = (a: string, b: string) => collator.compare(a, b);
const compare = (a: Group, b: Group) => compareText(a.name, b.name) || (a.key < b.key ? -1 : 1);
const compareNames = (a: ListedChannel, b: ListedChannel) =>
  compareText(channelName(a), channelName(b));
