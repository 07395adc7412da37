/** What every observation of a wallet says of itself. */
import type { ChannelContext, ChannelFact } from '../../channel/observations.ts';
import type { ChannelId, NodeId } from '../../lightning/ids.ts';
import type { NodeFact } from '../../node/observations.ts';
import type {
  ChannelObservation,
  NodeObservation,
  ObservationHeader,
} from '../../observation/observation.ts';

export const ELECTRUM_SOURCE = 'electrum';

export type When = Pick<
  ObservationHeader,
  'happenedAtNs' | 'timeBasis' | 'notBeforeNs' | 'notAfterNs' | 'blockHeight'
>;

export interface Wallet {
  readonly nodeId: NodeId;
  readonly chain: string;
  /** When it was read. */
  readonly nowNs: bigint;
}

/** `place` is the record's path in the wallet: it names the fact and says where it is found again. */
export function told(
  { nodeId, chain, nowNs }: Wallet,
  when: When,
  place: string,
): ObservationHeader {
  return {
    chain,
    nodeId,
    source: ELECTRUM_SOURCE,
    ...when,
    recordedAtNs: nowNs,
    evidence: place,
    key: place,
  };
}

export interface ToldChannel {
  readonly channelId: ChannelId;
  readonly context: ChannelContext;
}

export function channelTold(
  wallet: Wallet,
  { channelId, context }: ToldChannel,
  when: When,
  place: string,
  fact: ChannelFact,
): ChannelObservation {
  const header = told(wallet, when, `/channels/${channelId}/${place}`);
  return { ...header, about: 'channel', channelId, context, fact };
}

export function nodeTold(
  wallet: Wallet,
  when: When,
  place: string,
  fact: NodeFact,
  paymentHash?: string,
): NodeObservation {
  const header = told(wallet, when, place);
  return { ...header, about: 'node', fact, ...(paymentHash !== undefined && { paymentHash }) };
}
