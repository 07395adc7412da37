/** The list of open channels as it is drawn: grouped by peer, sorted, filtered, summed. Pure. */
import type { ListedChannel } from '../api/fields.ts';
import { channelName, peerName } from '../names.ts';
import type { Order } from '../parts/order.ts';
import { remembered } from '../parts/remembered.ts';
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
  /** Of a channel the capacity is not known. */
  readonly isCapacityAtLeast: boolean;
  /** Of a channel nobody told what is in flight. */
  readonly isFlightAtLeast: boolean;
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

/** Amounts come as text, and every letter of a filter sums them again. */
const ownTotals = remembered(
  (channel: ListedChannel): Totals => ({
    channels: 1,
    capacityMsat: BigInt(channel.capacitySat ?? 0) * 1000n,
    localMsat: BigInt(channel.localBalanceMsat ?? 0),
    remoteMsat: BigInt(channel.remoteBalanceMsat ?? 0),
    flightMsat: flightOf(channel) ?? 0n,
    flightCount: channel.pendingHtlcCount ?? 0,
    isAtLeast: channel.localBalanceMsat === undefined,
    isCapacityAtLeast: channel.capacitySat === undefined,
    isFlightAtLeast: channel.pendingHtlcCount === undefined,
  }),
);

/** Of all that is shown, from the sums of its groups. */
export function totalsOf(lines: readonly Line[]): Totals {
  return sumOf(lines.flatMap((line) => (line.kind === 'group' ? [line.totals] : [])));
}

function sumOf(all: readonly Totals[]): Totals {
  const sums = {
    channels: 0,
    capacityMsat: 0n,
    localMsat: 0n,
    remoteMsat: 0n,
    flightMsat: 0n,
    flightCount: 0,
    isAtLeast: false,
    isCapacityAtLeast: false,
    isFlightAtLeast: false,
  };
  for (const one of all) {
    sums.channels += one.channels;
    sums.capacityMsat += one.capacityMsat;
    sums.localMsat += one.localMsat;
    sums.remoteMsat += one.remoteMsat;
    sums.flightMsat += one.flightMsat;
    sums.flightCount += one.flightCount;
    sums.isAtLeast ||= one.isAtLeast;
    sums.isCapacityAtLeast ||= one.isCapacityAtLeast;
    sums.isFlightAtLeast ||= one.isFlightAtLeast;
  }
  return sums;
}

/** Undefined where nobody told of HTLCs. */
export function flightOf({
  pendingOfferedMsat: offered,
  pendingReceivedMsat: received,
}: Pick<ListedChannel, 'pendingOfferedMsat' | 'pendingReceivedMsat'>): bigint | undefined {
  return offered === undefined || received === undefined
    ? undefined
    : BigInt(offered) + BigInt(received);
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

const groupKeyOf = remembered(({ nodeId, peerId }: ListedChannel) => `${nodeId}.${peerId ?? ''}`);

const groupsOf = <Of extends ListedChannel>(channels: readonly Of[]) =>
  Map.groupBy(channels, groupKeyOf);

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
    const totals = sumOf(ours.map(ownTotals));
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
  return sorted(groups, order, ({ group, ours }) => rankOfGroup(group, ours, by)).flatMap(
    ({ group, ours }) => [
      group,
      ...sorted(ours, order, (channel) => rankOf(channel, by)).map(rowOf),
    ],
  );
}

const rowOf = remembered(
  (channel: ListedChannel): Row => ({ kind: 'channel', key: keyOf(channel), channel }),
);

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

function rankOfGroup({ totals }: Group, ours: readonly ListedChannel[], by: Sum): bigint | string {
  switch (by) {
    case 'capacity':
      return totals.capacityMsat;
    case 'local':
      return totals.localMsat;
    case 'remote':
      return totals.remoteMsat;
    case 'flight':
      return totals.flightMsat;
    case 'earned':
      return ours.reduce((sum, channel) => sum + earnedMsat(channel), 0n);
    case 'updated':
      return latest(ours);
  }
}

/** What nothing told comes after what is nothing. */
function rankOf(channel: ListedChannel, by: Sum): bigint | string {
  const { capacitySat, localBalanceMsat, remoteBalanceMsat } = channel;
  const { capacityMsat, localMsat, remoteMsat } = ownTotals(channel);
  switch (by) {
    case 'capacity':
      return capacitySat === undefined ? -1n : capacityMsat;
    case 'local':
      return localBalanceMsat === undefined ? -1n : localMsat;
    case 'remote':
      return remoteBalanceMsat === undefined ? -1n : remoteMsat;
    case 'flight':
      return flightOf(channel) ?? -1n;
    case 'earned':
      return earnedMsat(channel);
    case 'updated':
      return channel.lastEventAt ?? '';
  }
}

const earnedMsat = ({ lifetime }: ListedChannel) => BigInt(lifetime.feesEarnedMsat);

const latest = (channels: readonly ListedChannel[]) =>
  channels.reduce(
    (newest, { lastEventAt = '' }) => (lastEventAt > newest ? lastEventAt : newest),
    '',
  );

const collator = new Intl.Collator('en', { numeric: true });
const compareText = (a: string, b: string) => collator.compare(a, b);

const compareNames = (a: ListedChannel, b: ListedChannel) =>
  compareText(channelName(a), channelName(b));
