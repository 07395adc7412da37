/**
 * What the golden files say of the fields that proofs need: transactions as stored, and what signs and
 * locks them. Never changed, only added to (golden-channel-facts.ts).
 */
import type { ChannelDraft } from '../../src/channel/events.ts';
import { ChannelId, Outpoint, Txid } from '../../src/lightning/ids.ts';

const funding = Outpoint(`${'a1'.repeat(32)}:1`);
const hash = (n: number) => n.toString(16).padStart(2, '0').repeat(32);
const htlc = {
  id: 3,
  direction: 'offered',
  amountMsat: 50_000_000n,
  cltvExpiry: 800_144,
  paymentLink: 'd1'.repeat(16),
  forwardOf: { channelId: ChannelId(hash(0xc1)), htlcId: 7, amountMsat: 50_001_000n },
} as const;

export const proofFacts: readonly ChannelDraft[] = [
  {
    type: 'ChannelAdopted',
    data: {
      channelId: ChannelId(hash(0xa1)),
      leaseExpiryHeight: 804_032,
      local: {},
      remote: {},
      htlcs: [],
      why: 'the opening was not recorded',
    },
  },
  {
    // Of a source that still has what the opener gave away.
    type: 'ChannelAdopted',
    data: {
      channelId: ChannelId('a1'.repeat(32)),
      opener: 'local',
      capacitySat: 1_000_000n,
      pushMsat: 400_000_000n,
      local: {},
      remote: {},
      htlcs: [],
      why: 'the opening was not recorded',
    },
  },
  {
    type: 'CommitmentUpdated',
    data: {
      side: 'local',
      number: 44,
      fundingOutpoint: funding,
      localBalanceMsat: 750_000_000n,
      remoteBalanceMsat: 200_000_000n,
      precision: 'sat',
      feeratePerKw: 253,
      offered: [3],
      received: [1, 2],
      unknownHtlcs: [htlc],
      perCommitmentPoint: `03${hash(0x31)}`,
      rawTransaction: '0200000001',
    },
    secret: { paymentHashes: [{ id: 3, direction: 'offered', paymentHash: hash(0xd5) }] },
  },
  {
    type: 'TransactionBroadcast',
    data: {
      txid: Txid(hash(0xf5)),
      purpose: 'cooperative-close',
      by: 'both',
      peerSignature: 'e5'.repeat(64),
    },
    secret: { rawTransaction: '0200000002' },
  },
  {
    type: 'ChannelClosed',
    data: {
      closingTxid: Txid(hash(0xf5)),
      kind: 'cooperative',
      initiator: 'both',
      outputs: [],
      peerSignature: 'e5'.repeat(64),
    },
    secret: { rawTransaction: '0200000002' },
  },
];
