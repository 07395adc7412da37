/** The list of closed channels as it is drawn: filtered and sorted. Pure. */
import type { Closed } from '../api/json.ts';
import { channelName, peerName } from '../names.ts';
import type { Order } from '../parts/order.ts';
import { wordFilter } from '../parts/word-filter.ts';

export const sortings = [
  { id: 'channel', title: 'channel', isName: true },
  { id: 'peer', title: 'peer', isName: true },
  { id: 'kind', title: 'kind', isName: true },
  { id: 'closed', title: 'closed, UTC' },
  { id: 'capacity', title: 'capacity' },
  { id: 'settled', title: 'settled' },
  { id: 'locked', title: 'time-locked' },
  { id: 'fee', title: 'close fee' },
  { id: 'sweeps', title: 'sweep fees' },
] as const;
export type By = (typeof sortings)[number]['id'];

export interface Row {
  readonly key: string;
  readonly closed: Closed;
}

export const keyOf = ({ nodeId, channelId }: Pick<Closed, 'nodeId' | 'channelId'>) =>
  `${nodeId}.${channelId}`;

/** By the channel's names, its peer's, its close. */
export const filtered = wordFilter<Closed>((row) => {
  const { close, shortChannelIds, outpoints, channelId, peerId, peerAlias } = row;
  const { kind, initiator, reason, sourceReason, closingTxid, height, outputs } = close;
  const fates = outputs.flatMap(({ what, outcome }) => [what, outcome]);
  const names = [peerAlias, peerId, ...shortChannelIds, ...outpoints, channelId];
  const how = [kind, initiator && `by ${initiator}`, reason, sourceReason, closingTxid, height];
  return [...names, ...how, ...fates].join('\n');
});

/** What nothing told comes last, whichever way the others are sorted. */
export function sorted(all: readonly Closed[], { by, isDescending }: Order<By>): readonly Row[] {
  const direction = isDescending ? -1 : 1;
  return [...all]
    .sort((a, b) => {
      const [first, second] = [sortedBy(a, by), sortedBy(b, by)];
      if (first === undefined || second === undefined) {
        return Number(first === undefined) - Number(second === undefined) || byName(a, b);
      }
      return direction * compare(first, second) || byName(a, b);
    })
    .map((closed) => ({ key: keyOf(closed), closed }));
}

function sortedBy(row: Closed, by: By): string | bigint | undefined {
  const { close } = row;
  const amount = (sat: string | undefined) => (sat === undefined ? undefined : BigInt(sat));
  switch (by) {
    case 'channel':
      return channelName(row);
    case 'peer':
      return peerName(row);
    case 'kind':
      return close.kind;
    case 'closed':
      return close.closedAt;
    case 'capacity':
      return amount(row.capacitySat);
    case 'settled':
      return amount(close.settledBalanceSat);
    case 'locked':
      return amount(close.timeLockedBalanceSat);
    case 'fee':
      return amount(close.feeSat);
    case 'sweeps':
      return amount(close.sweepFeesSat);
  }
}

const collator = new Intl.Collator('en', { numeric: true });

function compare(a: string | bigint, b: string | bigint): number {
  if (typeof a === 'string' || typeof b === 'string') {
    return collator.compare(String(a), String(b));
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

const byName = (a: Closed, b: Closed) =>
  collator.compare(channelName(a), channelName(b)) || (keyOf(a) < keyOf(b) ? -1 : 1);
