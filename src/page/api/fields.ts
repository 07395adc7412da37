/** What the pages ask of each row of a long list: 5,000 channels in full are 12 MB. */
import type { Closed, WholeChannel } from './json.ts';

type Picked<Row, Fields extends readonly (keyof Row)[]> = Pick<Row, Fields[number]>;

/** By what channels and their ends are called. */
const naming = [
  'nodeId',
  'channelId',
  'shortChannelId',
  'shortChannelIds',
  'fundingOutpoint',
  'peerId',
  'peerAlias',
] as const satisfies readonly (keyof WholeChannel)[];
export type NamedChannel = Picked<WholeChannel, typeof naming>;
export const namingFields = naming.join(',');

const listed = [
  ...naming,
  'outpoints',
  'status',
  'channelType',
  'capacitySat',
  'localBalanceMsat',
  'remoteBalanceMsat',
  'pendingOfferedMsat',
  'pendingReceivedMsat',
  'pendingHtlcCount',
  'localTerms',
  'remoteTerms',
  'localPolicy',
  'lifetime',
  'eventCount',
  'lastEventAt',
  'lastEventAtBounds',
  'isOnlyPlaced',
  'isUntoldThen',
] as const satisfies readonly (keyof WholeChannel)[];
export type ListedChannel = Picked<WholeChannel, typeof listed>;
export const listedFields = listed.join(',');

/** For what rebalancing cost over each channel, and with each peer. */
const costs = [
  'nodeId',
  'channelId',
  'peerId',
  'rebalanceFeesMsat',
  'isRebalanceFeesAtLeast',
] as const satisfies readonly (keyof Closed)[];
export type ChannelCost = Picked<Closed, typeof costs>;
export const costFields = costs.join(',');
