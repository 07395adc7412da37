import { channel, event, linked, PEER, passedOver, type Specification } from './specification.ts';

const one = channel('11');
const two = channel('22');

export const closes: Specification = {
  projection: 'closes',
  steps: [
    passedOver('an opening', event(one, 0, 'ChannelOpened', { peerId: PEER })),
    passedOver('a close that is only asked for', event(one, 1, 'ShutdownStarted', { by: 'local' })),
    passedOver('a close that only began', event(one, 2, 'CloseStarted', { by: 'local' })),
    linked('a close', 'closes', event(one, 3, 'ChannelClosed', { kind: 'cooperative' })),
    linked('a close undone by a reorganisation', 'closes', event(one, 4, 'CloseUnconfirmed')),
    linked('the close that came instead', 'closes', event(one, 5, 'ChannelClosed', {})),
    passedOver('what the close left', event(one, 6, 'OutputResolved')),
    linked('a close of another channel', 'closes', event(two, 17, 'ChannelClosed')),
    linked('a body that is no JSON', 'closes', event(two, 18, 'ChannelClosed', '{"half')),
    linked('a body that is missing', 'closes', event(two, 19, 'ChannelClosed', null)),
    passedOver('an event of a later version', event(two, 20, 'NotYetInvented')),
    passedOver('a stream of another form', event('channel-7', 0, 'ChannelClosed')),
    passedOver('public channels of others', event('gossip-00.1x1x1', 0, 'PublicChannelClosed')),
    passedOver('another ledger of the cluster', event(`other.${one}`, 7, 'ChannelClosed')),
  ],
};
