import {
  channel,
  event,
  link,
  linked,
  OTHER_PEER,
  PEER,
  passedOver,
  type Specification,
} from './specification.ts';

const told = channel('11');
const adopted = channel('22');
const nameless = channel('33');
const broken = channel('44');
const truncated = channel('55');
const ofPeer = `by-peer-${PEER}`;
const ofOther = `by-peer-${OTHER_PEER}`;

const unnamedYet = [
  event(nameless, 0, 'ChannelAdopted', { why: 'met on chain' }),
  event(nameless, 1, 'ChannelClosed', { peerId: OTHER_PEER }),
];
const named = event(nameless, 2, 'ChannelOpened', { peerId: PEER });

export const byPeer: Specification = {
  projection: 'by-peer',
  steps: [
    linked('the opening tells the peer', ofPeer, event(told, 0, 'ChannelOpened', { peerId: PEER })),
    linked('what follows goes the same way', ofPeer, event(told, 1, 'FundingConfirmed')),
    linked(
      'another channel has its own peer',
      ofOther,
      event(adopted, 0, 'ChannelAdopted', { peerId: OTHER_PEER }),
    ),
    linked('the first is not mixed up with it', ofPeer, event(told, 2, 'HtlcAdded', { id: 0 })),
    linked('an event of a later version counts', ofOther, event(adopted, 1, 'NotYetInvented')),
    linked('a body that is no JSON counts', ofPeer, event(told, 3, 'ChannelReady', '{"half')),
    linked('a body that is missing counts', ofPeer, event(told, 4, 'ChannelReady', null)),
    passedOver('the same event once more', event(told, 4, 'ChannelReady', null)),
    passedOver('an older event once more', event(told, 1, 'FundingConfirmed')),
    linked(
      'the first peer told stays',
      ofPeer,
      event(told, 5, 'ChannelAdopted', { peerId: OTHER_PEER }),
    ),
    ...unnamedYet.map((one) => passedOver('nobody has told the peer yet', one)),
    {
      says: 'when it is told, all that came before is linked first',
      event: named,
      links: [...unnamedYet, named].map((one) => link(ofPeer, one)),
    },
    passedOver('an opening that is no JSON', event(broken, 0, 'ChannelOpened', 'peerId')),
    passedOver('an opening that is null', event(broken, 1, 'ChannelOpened', 'null')),
    passedOver('a peer that is no key', event(broken, 2, 'ChannelAdopted', { peerId: '$all' })),
    passedOver('a peer that is a number', event(broken, 3, 'ChannelAdopted', { peerId: 7 })),
    linked(
      'a stream that was truncated begins later',
      ofPeer,
      event(truncated, 900, 'ChannelOpened', { peerId: PEER }),
    ),
    linked('and goes on from there', ofPeer, event(truncated, 901, 'HtlcAdded')),
    passedOver(
      'a stream of another form',
      event('channel-7', 0, 'ChannelOpened', { peerId: PEER }),
    ),
    passedOver(
      'another kind of stream',
      event(`peer-${PEER}.x.ldk`, 0, 'PeerConnected', { peerId: PEER }),
    ),
    passedOver('another ledger of the cluster', event(`other.${told}`, 6, 'HtlcAdded')),
  ],
};
