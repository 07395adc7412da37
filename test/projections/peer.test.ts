import { test } from 'uvu';
import { peerProjection } from '../../projections/peer.ts';
import type { PeerEvent } from '../../src/peer/events.ts';
import { channelId, nodeId, peerId } from '../channel/given.ts';
import { at, Story } from './rows-after.ts';

const stream = `peer-${nodeId}.${peerId}.ldk`;
const SECOND_NS = 1_000_000_000n;

const connected: PeerEvent = {
  type: 'PeerConnected',
  data: { isInbound: true, features: '0a', address: '127.0.0.1:9735' },
};
const disconnected: PeerEvent = { type: 'PeerDisconnected', data: {} };

test('a peer connects, says things, asks for a channel, changes, and is gone', () => {
  const message = { kind: 'warning', direction: 'received', channelId, text: 'slow down' } as const;
  const sent = { kind: 'reestablish', direction: 'sent', text: '' } as const;
  const refused = {
    by: 'local',
    rule: 'funding-below-minimum',
    fundingSat: 1000n,
    minimumSat: 20_000n,
    text: 'too small',
  } as const;
  new Story(peerProjection, stream)
    .begins({
      nodeId,
      peerId,
      source: 'ldk',
      isConnected: false,
      connectedNs: 0n,
      connectionCount: 0,
      messages: [],
      messageCount: 0,
      refusedOpenCount: 0,
    })
    .after({ type: 'PeerRenamed', data: { alias: 'bob', raw: '00' } }, { alias: 'bob' })
    .after(connected, {
      isConnected: true,
      isInbound: true,
      connectedSince: at(1),
      connectionCount: 1,
      features: '0a',
      address: '127.0.0.1:9735',
      firstSeenAt: at(1),
      lastSeenAt: at(1),
    })
    .after(
      { type: 'PeerMessage', data: message },
      { messages: [{ ...message, at: at(2) }], messageCount: 1, lastSeenAt: at(2) },
    )
    .after(
      { type: 'PeerMessage', data: { ...sent, nextLocalCommitment: 5 } },
      {
        messages: [
          { ...message, at: at(2) },
          { ...sent, at: at(3) },
        ],
        messageCount: 2,
      },
    )
    .after(
      { type: 'ChannelOpenRefused', data: refused },
      { refusedOpenCount: 1, lastRefusedOpen: { ...refused, at: at(4) }, lastSeenAt: at(4) },
    )
    .after(
      { type: 'ChannelOpenRefused', data: { by: 'remote', rule: 'other', text: '' } },
      {
        refusedOpenCount: 2,
        lastRefusedOpen: { by: 'remote', rule: 'other', text: '', at: at(5) },
        lastSeenAt: at(5),
      },
    )
    .after({ type: 'PeerFeaturesChanged', data: { features: '0b' } }, { features: '0b' })
    .after(disconnected, {
      isConnected: false,
      connectedSince: undefined,
      connectedNs: 6n * SECOND_NS,
      lastSeenAt: at(7),
    })
    .after(disconnected, {})
    .after(
      { type: 'PeerConnected', data: { isInbound: false } },
      {
        isConnected: true,
        isInbound: false,
        connectedSince: at(9),
        connectionCount: 2,
        lastSeenAt: at(9),
      },
    );
});

test('a connection whose end was missed counts until the last sign of life', () => {
  const first = { isConnected: true, isInbound: true, connectionCount: 1, features: '0a' };
  const message = { kind: 'error', direction: 'received', text: 'oops' } as const;
  new Story(peerProjection, stream)
    .after(connected, {
      ...first,
      address: '127.0.0.1:9735',
      connectedSince: at(0),
      firstSeenAt: at(0),
      lastSeenAt: at(0),
    })
    .after({ type: 'PeerRenamed', data: { alias: 'a' } }, { alias: 'a' })
    .after(
      { type: 'PeerMessage', data: message },
      { messages: [{ ...message, at: at(2) }], messageCount: 1, lastSeenAt: at(2) },
    )
    .after({ type: 'PeerRenamed', data: { alias: 'b' } }, { alias: 'b' })
    .after(connected, {
      connectedSince: at(4),
      connectedNs: 2n * SECOND_NS,
      connectionCount: 2,
      lastSeenAt: at(4),
    });
});

test('only the newest messages are listed, and all are counted', () => {
  const story = new Story(peerProjection, stream);
  const message = (nth: number) => {
    return { kind: 'error', direction: 'sent', text: `error ${nth}` } as const;
  };
  for (let nth = 0; nth < 10; nth++) {
    const from = Math.max(0, nth - 7);
    const messages = Array.from({ length: nth + 1 - from }, (_, index) => {
      return { ...message(from + index), at: at(from + index) };
    });
    story.after({ type: 'PeerMessage', data: message(nth) }, { messages, messageCount: nth + 1 });
  }
});

test.run();
