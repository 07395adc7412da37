import { test } from 'uvu';
import { gossipProjection } from '../../projections/gossip.ts';
import { ShortChannelId } from '../../src/lightning/ids.ts';
import { nodeId, peerId } from '../channel/given.ts';
import { at, Story } from './rows-after.ts';

const shortChannelId = ShortChannelId('600000x1x0');
const policy = {
  feeBaseMsat: 1000n,
  feeProportionalMillionths: 10,
  cltvExpiryDeltaBlocks: 40,
  htlcMinimumMsat: 1n,
  isDisabled: false,
  timestamp: 1_767_000_000,
} as const;

test('a public channel is announced, priced by both ends, and seen closed', () => {
  const newer = { ...policy, htlcMaximumMsat: 5n, isDisabled: true, timestamp: 1_767_000_009 };
  const told = { shortChannelId, raw: '00' };
  new Story(gossipProjection, `gossip-regtest.${shortChannelId}`)
    .begins({ shortChannelId, policies: [] })
    .after(
      { type: 'PublicFeePolicyChanged', data: { ...told, direction: 1, ...policy } },
      { policies: [{ direction: 1, ...policy, at: at(0) }] },
    )
    .after(
      {
        type: 'PublicChannelAnnounced',
        data: { ...told, nodeId1: peerId, nodeId2: nodeId, capacitySat: 1_000_000n },
      },
      { nodeId1: peerId, nodeId2: nodeId, capacitySat: 1_000_000n, announcedAt: at(1) },
    )
    .after(
      { type: 'PublicFeePolicyChanged', data: { ...told, direction: 0, ...policy } },
      {
        policies: [
          { direction: 0, ...policy, at: at(2) },
          { direction: 1, ...policy, at: at(0) },
        ],
      },
    )
    .after(
      { type: 'PublicFeePolicyChanged', data: { ...told, direction: 1, ...newer } },
      {
        policies: [
          { direction: 0, ...policy, at: at(2) },
          { direction: 1, ...newer, at: at(3) },
        ],
      },
    )
    .after({ type: 'PublicFeePolicyChanged', data: { ...told, direction: 1, ...policy } }, {})
    .after(
      { type: 'PublicChannelClosed', data: { shortChannelId, height: 610_000 } },
      { closedHeight: 610_000, closedAt: at(5) },
    );
});

test.run();
