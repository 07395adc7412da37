/**
 * What the golden files of channel events say: one fact of each type with every field it can have.
 * Never changed, only added to: the files were written once, and old ledgers hold such bytes.
 */
import type { ChannelDraft } from '../../src/channel/events.ts';
import { ChannelId, NodeId, Outpoint, ShortChannelId, Txid } from '../../src/lightning/ids.ts';
import { bookFacts } from './golden-book-facts.ts';
import { proofFacts } from './golden-proof-facts.ts';

const funding = Outpoint(`${'a1'.repeat(32)}:1`);
const secondFunding = Outpoint(`${'a2'.repeat(32)}:0`);
const peerId = NodeId(`02${'b1'.repeat(32)}`);
const point = (n: number) => `03${n.toString(16).padStart(2, '0').repeat(32)}`;
const hash = (n: number) => n.toString(16).padStart(2, '0').repeat(32);

const terms = (n: number) => ({
  dustLimitSat: 354n,
  channelReserveSat: 10_000n,
  maxInFlightMsat: 900_000_000n,
  htlcMinimumMsat: 1n,
  maxAcceptedHtlcs: 483,
  csvDelayBlocks: 144,
  fundingPubkey: point(n),
  revocationBasepoint: point(n + 1),
  paymentBasepoint: point(n + 2),
  delayedPaymentBasepoint: point(n + 3),
  htlcBasepoint: point(n + 4),
  firstPerCommitmentPoint: point(n + 5),
});

const forwardOf = { channelId: ChannelId(hash(0xc1)), htlcId: 7, amountMsat: 50_001_000n };
const htlc = {
  id: 3,
  direction: 'offered',
  amountMsat: 50_000_000n,
  cltvExpiry: 800_144,
  paymentLink: 'd1'.repeat(16),
  forwardOf,
} as const;
const balances = { localBalanceMsat: 750_000_000n, remoteBalanceMsat: 200_000_000n };
const stated = { localSat: 749_774n, remoteSat: 200_000n, feeSat: 226n };
const inFull = (number: number) => {
  const held = { offered: [3], received: [1, 2] };
  return { number, ...balances, precision: 'sat', feeratePerKw: 253, ...held } as const;
};

export const channelFacts: readonly ChannelDraft[] = [
  {
    type: 'ChannelOpened',
    data: {
      channelId: ChannelId(hash(0xa1)),
      fundingOutpoint: funding,
      peerId,
      opener: 'local',
      capacitySat: 1_000_000n,
      pushMsat: 200_000_000n,
      localBalanceMsat: 800_000_000n,
      remoteBalanceMsat: 200_000_000n,
      channelType: 'anchors_zero_fee_htlc_tx',
      isPrivate: false,
      local: terms(0x10),
      remote: terms(0x20),
      feeratePerKw: 253,
      fundingFeeSat: 141n,
      ourFundingFeeSat: 141n,
      leaseExpiryHeight: 804_032,
    },
    secret: { localDeliveryScript: `0014${'e1'.repeat(20)}`, remoteDeliveryScript: '51' },
  },
  {
    type: 'ChannelAdopted',
    data: {
      channelId: ChannelId(hash(0xa1)),
      fundingOutpoint: funding,
      peerId,
      opener: 'remote',
      capacitySat: 1_000_000n,
      channelType: 'static_remotekey',
      isPrivate: true,
      shortChannelId: ShortChannelId('800000x5x1'),
      local: terms(0x10),
      remote: {},
      htlcs: [htlc],
      localCommitment: inFull(41),
      remoteCommitment: inFull(42),
      totals: { sentMsat: 5_000n, receivedMsat: 6_000n },
      why: 'the opening was not recorded',
    },
  },
  {
    type: 'FundingConfirmed',
    data: {
      fundingOutpoint: funding,
      height: 800_000,
      blockHash: hash(0x01),
      shortChannelId: ShortChannelId('800000x5x1'),
    },
  },
  {
    type: 'FundingConfirmed',
    data: {
      fundingOutpoint: secondFunding,
      height: 800_010,
      blockHash: hash(0x02),
      shortChannelId: ShortChannelId('800010x7x0'),
      feeSat: 455n,
    },
  },
  {
    type: 'FundingUnconfirmed',
    data: { fundingOutpoint: funding, height: 800_000, blockHash: hash(0x01) },
  },
  {
    type: 'FundingCandidateAdded',
    data: {
      fundingOutpoint: secondFunding,
      kind: 'splice',
      capacitySat: 1_500_000n,
      localBalanceMsat: 1_250_000_000n,
      remoteBalanceMsat: 200_000_000n,
      fundingFeeSat: 300n,
    },
  },
  {
    type: 'FundingCandidateDropped',
    data: { fundingOutpoint: secondFunding, why: 'another one confirmed' },
  },
  {
    type: 'FundingReplaced',
    data: {
      fundingOutpoint: secondFunding,
      previousOutpoint: funding,
      capacitySat: 1_500_000n,
      localBalanceMsat: 1_250_000_000n,
      remoteBalanceMsat: 200_000_000n,
    },
  },
  {
    type: 'ChannelReady',
    data: {
      fundingOutpoint: funding,
      localAlias: ShortChannelId('16000000x1x1'),
      remoteAlias: ShortChannelId('16000001x2x2'),
    },
  },
  {
    type: 'ChannelAnnounced',
    data: { shortChannelId: ShortChannelId('800000x5x1'), raw: '0100abcdef' },
  },
  { type: 'HtlcAdded', data: htlc, secret: { paymentHash: hash(0xd2) } },
  {
    type: 'HtlcSettled',
    data: { id: 3, direction: 'offered', amountMsat: 50_000_000n, isOnChain: false },
    secret: { preimage: hash(0xd3) },
  },
  {
    type: 'HtlcFailed',
    data: {
      id: 1,
      direction: 'received',
      amountMsat: 60_000_000n,
      isOnChain: true,
      failureCode: 4103,
      failedAt: 'downstream',
      reason: 'temporary_channel_failure \u{1f512} "quoted"\n',
    },
  },
  {
    type: 'CommitmentUpdated',
    data: {
      side: 'local',
      number: 42,
      fundingOutpoint: funding,
      ...balances,
      precision: 'msat',
      feeratePerKw: 253,
      offered: [3],
      received: [1, 2],
      unknownHtlcs: [htlc],
      stated,
      txid: Txid(hash(0xf1)),
      signatures: { scheme: 'ecdsa', commitment: '3045', htlcs: ['3044', '3043'] },
      perCommitmentPoint: point(0x30),
    },
  },
  {
    type: 'CommitmentUpdated',
    data: {
      side: 'remote',
      number: 43,
      fundingOutpoint: funding,
      localBalanceMsat: 749_774_000n,
      remoteBalanceMsat: 200_000_000n,
      precision: 'sat',
      unexplainedMsat: 226_000n,
      feeratePerKw: 253,
      offered: [3],
      received: [],
      stated,
    },
  },
  {
    type: 'CommitmentRevoked',
    data: { side: 'remote', number: 41 },
    secret: { secret: hash(0xd4) },
  },
  {
    type: 'FeePolicyChanged',
    data: {
      side: 'local',
      feeBaseMsat: 1_000n,
      feeProportionalMillionths: 100,
      cltvExpiryDeltaBlocks: 40,
      htlcMinimumMsat: 1n,
      htlcMaximumMsat: 990_000_000n,
      isDisabled: true,
      inboundFeeBaseMsat: -500n,
      inboundFeeProportionalMillionths: -50,
      timestamp: 1_767_225_600,
      raw: '0102abcdef',
      cause: 'set by hand',
    },
  },
  {
    type: 'BalanceObserved',
    data: {
      ...balances,
      precision: 'sat',
      htlcs: [htlc],
      unexplainedMsat: -1_000n,
      stated,
      totals: { sentMsat: 5_000n, receivedMsat: 6_000n },
    },
  },
  {
    type: 'BalanceObserved',
    data: {
      ...balances,
      precision: 'sat',
      htlcs: [],
      unexplainedMsat: 0n,
      totals: { sentMsat: 5_000n, receivedMsat: 6_000n, openingLocalMsat: 749_000_000n },
    },
  },
  {
    type: 'BalanceObserved',
    data: {
      ...balances,
      precision: 'sat',
      htlcs: [],
      unexplainedMsat: 0n,
      alias: ShortChannelId('16000000x0x1'),
    },
  },
  {
    type: 'RecordingGap',
    data: {
      what: 'commitments',
      side: 'remote',
      lastKnown: 5,
      firstKnown: 9,
      why: 'remote commitment 6 to 8 were not seen',
    },
  },
  {
    type: 'ShutdownStarted',
    data: { by: 'remote' },
    secret: { script: `0014${'e2'.repeat(20)}` },
  },
  {
    type: 'CloseStarted',
    data: { by: 'both', reason: 'asked to', sourceReason: 'CooperativeClosure' },
  },
  {
    type: 'TransactionBroadcast',
    data: { txid: Txid(hash(0xf2)), purpose: 'cooperative-close', by: 'unknown' },
  },
  {
    type: 'ChannelClosed',
    data: {
      fundingOutpoint: funding,
      closingTxid: Txid(hash(0xf2)),
      height: 800_500,
      blockHash: hash(0x02),
      kind: 'local-force',
      initiator: 'local',
      commitmentNumber: 42,
      outputs: [
        { index: 0, valueSat: 330n, what: 'anchor-local' },
        { index: 2, valueSat: 50_000n, what: 'htlc-offered', htlcId: 3 },
      ],
      feeSat: 1_126n,
      settledBalanceSat: 0n,
      timeLockedBalanceSat: 749_000n,
    },
    secret: { scripts: ['51', `0020${'e3'.repeat(32)}`] },
  },
  {
    type: 'CloseUnconfirmed',
    data: { closingTxid: Txid(hash(0xf2)), height: 800_500, blockHash: hash(0x02) },
  },
  {
    type: 'OutputResolved',
    data: {
      outpoint: Outpoint(`${hash(0xf2)}:2`),
      what: 'htlc-offered',
      stage: 'first',
      outcome: 'timed-out',
      amountSat: 50_000n,
      sweptSat: 49_800n,
      feeSat: 200n,
      sweepTxid: Txid(hash(0xf3)),
      height: 800_700,
      blockHash: hash(0x03),
    },
  },
  {
    type: 'OutputUnconfirmed',
    data: {
      outpoint: Outpoint(`${hash(0xf2)}:2`),
      sweepTxid: Txid(hash(0xf3)),
      height: 800_700,
      blockHash: hash(0x03),
    },
  },
  { type: 'ChannelFullyResolved', data: { height: 800_900 } },
  { type: 'ChannelFullyResolved', data: { isTimeUntold: true } },
  {
    type: 'HtlcSettled',
    data: { id: 4, direction: 'received', amountMsat: 50n, isOnChain: false, isDeduced: true },
  },
  {
    type: 'HtlcFailed',
    data: { id: 5, direction: 'offered', amountMsat: 60n, isOnChain: false, isDeduced: true },
  },
  {
    type: 'ChannelClosed',
    data: {
      closingTxid: Txid(hash(0xf4)),
      kind: 'cooperative',
      initiator: 'both',
      outputs: [],
      feeSat: 1_126n,
      isFeeDerived: true,
    },
  },
  ...proofFacts,
  ...bookFacts,
  { type: 'ChannelPurged', data: { keyId: '0123456789abcdef' } },
];
