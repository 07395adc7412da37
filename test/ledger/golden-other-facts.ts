/** What the golden files of peer, node and gossip events say: see golden-channel-facts.ts. */
import type { GossipDraft } from '../../src/gossip/events.ts';
import { ChannelId, NodeId, ShortChannelId } from '../../src/lightning/ids.ts';
import type { NodeDraft } from '../../src/node/events.ts';
import type { PeerDraft } from '../../src/peer/events.ts';

const route = {
  incomingChannelId: ChannelId('c1'.repeat(32)),
  incomingHtlcId: 7,
  incomingPeerId: NodeId(`02${'b2'.repeat(32)}`),
  outgoingChannelId: ChannelId('a1'.repeat(32)),
  outgoingHtlcId: 3,
  outgoingPeerId: NodeId(`02${'b1'.repeat(32)}`),
};
const paymentLink = 'd1'.repeat(16);
const observationId = 'd5'.repeat(16);
const shortChannelId = ShortChannelId('800000x5x1');

export const peerFacts: readonly PeerDraft[] = [
  {
    type: 'PeerConnected',
    data: { isInbound: true, features: '8000', address: '203.0.113.7:9735' },
  },
  { type: 'PeerDisconnected', data: { why: 'no answer to a ping' } },
  { type: 'PeerFeaturesChanged', data: { features: '800a' } },
  { type: 'PeerRenamed', data: { alias: 'bob \u{1f6f0}\u0000\u202e', raw: '0101abcdef' } },
  {
    type: 'PeerMessage',
    data: {
      kind: 'reestablish',
      direction: 'received',
      channelId: ChannelId('a1'.repeat(32)),
      text: 'where were we',
      nextLocalCommitment: 43,
      nextRemoteRevocation: 41,
    },
  },
  {
    type: 'ChannelOpenRefused',
    data: {
      by: 'local',
      rule: 'funding-below-minimum',
      fundingSat: 10_000n,
      minimumSat: 20_000n,
      text: 'too small',
    },
  },
];

export const nodeFacts: readonly NodeDraft[] = [
  { type: 'RecordingStarted', data: { recorder: 'ldk tap', alias: 'alice' } },
  { type: 'RecordingStarted', data: { recorder: 'ldk tap', tellsItsPast: true } },
  { type: 'RecordingStopped', data: { why: 'asked to' } },
  { type: 'ChainNamed', data: {} },
  {
    type: 'BestBlockChanged',
    data: { height: 800_000, blockHash: '01'.repeat(32), blockTime: 1_767_225_600 },
  },
  { type: 'FeerateEstimated', data: { target: 'OnChainSweep', feeratePerKw: 2_500 } },
  {
    type: 'PaymentForwarded',
    data: {
      ...route,
      amountInMsat: 50_001_000n,
      amountOutMsat: 50_000_000n,
      feeMsat: 1_000n,
      isClaimedOnChain: false,
    },
  },
  // Told by a source that does not know where it was claimed.
  {
    type: 'PaymentForwarded',
    data: { ...route, amountInMsat: 50_001_000n, amountOutMsat: 50_000_000n, feeMsat: 1_000n },
  },
  {
    type: 'ForwardFailed',
    data: {
      ...route,
      amountInMsat: 50_001_000n,
      amountOutMsat: 50_000_000n,
      failureCode: 4103,
      reason: 'temporary_channel_failure',
    },
  },
  {
    type: 'PaymentSent',
    data: { paymentLink, amountMsat: 50_000_000n, feeMsat: 1_000n },
  },
  {
    type: 'PaymentFailed',
    data: { paymentLink, amountMsat: 50_000_000n, reason: 'no route' },
  },
  { type: 'PaymentReceived', data: { paymentLink, amountMsat: 50_000_000n } },
  {
    type: 'PaymentForwarded',
    data: {
      incomingShortChannelId: ShortChannelId('800000x1x0'),
      incomingHtlcId: 7,
      outgoingShortChannelId: ShortChannelId('800001x2x1'),
      amountInMsat: 50_001_000n,
      amountOutMsat: 50_000_000n,
      isClaimedOnChain: false,
    },
  },
  {
    type: 'ForwardFailed',
    data: {
      incomingShortChannelId: ShortChannelId('800000x1x0'),
      incomingHtlcId: 7,
      outgoingShortChannelId: ShortChannelId('800001x2x1'),
      reason: 'temporary_channel_failure',
    },
  },
  {
    type: 'PaymentSent',
    data: {
      paymentLink,
      amountMsat: 50_000_000n,
      feeMsat: 1_000n,
      parts: [
        { channelId: route.outgoingChannelId, amountMsat: 30_001_000n, feeMsat: 1_000n },
        { shortChannelId, amountMsat: 20_000_000n },
      ],
      isToSelf: true,
    },
  },
  {
    type: 'PaymentReceived',
    data: {
      paymentLink,
      amountMsat: 50_000_000n,
      parts: [{ channelId: route.incomingChannelId, htlcId: 7, amountMsat: 50_000_000n }],
    },
  },
  {
    type: 'BlockDated',
    data: { height: 800_000, isHeader: true },
  },
  {
    type: 'BlockDisconnected',
    data: { height: 800_000, blockHash: '0f'.repeat(32) },
  },
  {
    type: 'ListRead',
    data: { list: 'forwards', firstIndex: 1, lastIndex: 100, count: 100, isWindow: true },
  },
  {
    type: 'ObservationQuarantined',
    data: {
      observationId,
      about: `channel-02${'b3'.repeat(32)}.${'a1'.repeat(32)}.ldk`,
      type: 'CommitmentSeen',
      rule: 'stated-equals-derived',
      detail: 'localSat: stated 1, derived 2',
      happenedAt: '2026-01-02T03:04:05.000000006Z',
    },
    secret: { observation: '{"about":"channel"}' },
  },
  {
    type: 'QuarantineReleased',
    data: { observationId, rule: 'stated-equals-derived', outcome: 'recorded' },
  },
  { type: 'PaymentSent', data: { paymentLink, totalMsat: 50_001_000n } },
];

export const gossipFacts: readonly GossipDraft[] = [
  {
    type: 'PublicChannelAnnounced',
    data: {
      shortChannelId,
      nodeId1: NodeId(`02${'b1'.repeat(32)}`),
      nodeId2: NodeId(`02${'b2'.repeat(32)}`),
      capacitySat: 1_000_000n,
      raw: '0100abcdef',
    },
  },
  {
    type: 'PublicFeePolicyChanged',
    data: {
      shortChannelId,
      direction: 1,
      feeBaseMsat: 1_000n,
      feeProportionalMillionths: 100,
      cltvExpiryDeltaBlocks: 40,
      htlcMinimumMsat: 1n,
      htlcMaximumMsat: 990_000_000n,
      isDisabled: false,
      timestamp: 1_767_225_600,
      raw: '0102abcdef',
    },
  },
  { type: 'PublicChannelClosed', data: { shortChannelId, height: 800_500 } },
];
