import { channel, event, linked, PEER, passedOver, type Specification } from './specification.ts';

const one = channel('11');
const two = channel('22');
const policy = (side: string, timestamp: number) => ({ side, timestamp, feeBaseMsat: '1000' });

export const feeChanges: Specification = {
  projection: 'fee-changes',
  steps: [
    passedOver('an opening', event(one, 0, 'ChannelOpened', { peerId: PEER })),
    linked('our fees', 'fee-changes', event(one, 1, 'FeePolicyChanged', policy('local', 1))),
    linked('theirs', 'fee-changes', event(one, 2, 'FeePolicyChanged', policy('remote', 2))),
    linked(
      'another channel’s',
      'fee-changes',
      event(two, 40, 'FeePolicyChanged', policy('local', 3)),
    ),
    passedOver('a payment', event(one, 3, 'HtlcAdded')),
    linked('a body that is no JSON', 'fee-changes', event(two, 41, 'FeePolicyChanged', '{"half')),
    linked('a body that is missing', 'fee-changes', event(two, 42, 'FeePolicyChanged', null)),
    passedOver('an event of a later version', event(two, 43, 'NotYetInvented')),
    passedOver('a stream of another form', event('channel-7', 0, 'FeePolicyChanged')),
    passedOver('gossip of others', event('gossip-00.1x1x1', 0, 'PublicFeePolicyChanged')),
    passedOver('another ledger of the cluster', event(`other.${one}`, 4, 'FeePolicyChanged')),
  ],
};
