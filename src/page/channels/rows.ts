/** The list of open channels as it is drawn: grouped by peer, sorted, filtered, summed. Pure. */
import type { ListedChannel } from '../api/fields.ts';
import { channelName, peerName } from '../names.ts';
import type { Order } from '../parts/order.ts';
import { wordFilter } from '../parts/word-filter.ts';
import { keyOf } from './patched-rows.ts';

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

/**
 * Channels by their peers' names and their own: what is equal stays in this order. Names are compared
 * slowly and seldom change, so that the order before is taken where all of them are as they were.
 */
export const inNameOrder = nameOrdering();

function nameOrdering(): (channels: readonly ListedChannel[]) => readonly ListedChannel[] {
  let names: readonly string[] = [];
  let order: readonly number[] = [];
  return (channels) => {
    const now = channels.map((one) => [keyOf(one), one.shortChannelId, one.peerAlias].join(' '));
    if (now.length !== names.length || now.some((name, index) => name !== names[index])) {
      const groups = [...groupsOf(channels.map((channel, index) => ({ ...channel, index })))];
      names = now;
      order = groups
        .map(([key, ours]) => ({ key, name: nameOf(ours), ours }))
        .sort((a, b) => compareText(a.name, b.name) || (a.key < b.key ? -1 : 1))
        .flatMap(({ ours }) => [...ours].sort(compareNames).map(({ index }) => index));
    }
    return order.flatMap((index) => channels[index] ?? []);
  };
}

const groupsOf = <Of extends ListedChannel>(channels: readonly Of[]) =>
  Map.groupBy(channels, ({ nodeId, peerId }) => `${nodeId}.${peerId ?? ''}`);

/** An alias may be known of one channel only after it was learned. */
function nameOf(ours: readonly ListedChannel[]): string {
  const named = ours.find(({ peerAlias }) => peerAlias) ?? ours[0];
  return named === undefined ? '' : peerName(named);
}

/** Groups by their sum (or their name), the channels of a group by their own. They come `inNameOrder`. */
export function linesOf(channels: readonly ListedChannel[], order: Order<By>): readonly Line[] {
  const groups = [...groupsOf(channels)].flatMap(([key, ours]) => {
    const [first] = ours;
    if (first === undefined) return [];
    const { nodeId, peerId } = first;
    const totals = totalsOf(ours);
    const group: Group = { kind: 'group', key, nodeId, peerId, name: nameOf(ours), totals };
    return { group, ours };
  });
  if (order.by === 'peer') {
    return (order.isDescending ? groups.reverse() : groups).flatMap(({ group, ours }) => [
      group,
      ...ours.map(rowOf),
    ]);
  }
  const { by } = order;
  return sorted(groups, order, ({ ours }) => groupKey(ours, by)).flatMap(({ group, ours }) => [
    group,
    ...sorted(ours, order, (channel) => channelKey(channel, by)).map(rowOf),
  ]);
}

const rowOf = (channel: ListedChannel): Row => ({ kind: 'channel', key: keyOf(channel), channel });

/** What it is sorted by is made once for each: comparing reads it again and again. */
function sorted<Of>(
  all: readonly Of[],
  { isDescending }: Order<By>,
  keyed: (one: Of) => bigint | string,
): readonly Of[] {
  const direction = isDescending ? -1 : 1;
  return all
    .map((of) => ({ of, by: keyed(of) }))
    .sort((a, b) => (a.by === b.by ? 0 : a.by < b.by ? -direction : direction))
    .map(({ of }) => of);
}

type Sum = Exclude<By, 'peer'>;

function groupKey(ours: readonly ListedChannel[], by: Sum): bigint | string {
  if (by === 'updated') return latest(ours);
  return ours.reduce((sum, channel) => sum + amountOf(channel, by), 0n);
}

function channelKey(channel: ListedChannel, by: Sum): bigint | string {
  return by === 'updated' ? (channel.lastEventAt ?? '') : amountOf(channel, by);
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

const latest = (channels: readonly ListedChannel[]) =>
  channels.reduce(
    (newest, { lastEventAt = '' }) => (lastEventAt > newest ? lastEventAt : newest),
    '',
  );

const collator = new Intl.Collator('en', { numeric: true });
const compareText = (a: string, b: string) => collator.compare(a, b);

const compareNames = (a: ListedChannel, b: ListedChannel) =>
  compareText(channelName(a), channelName(b));
