/** Rows and views for the answers' tests: one channel, told by whoever a test needs. */
import type { ChannelRow, CommitmentRow, PolicyRow } from '../../../projections/channel-row.ts';
import { ChannelId, NodeId, Outpoint, ShortChannelId } from '../../../src/lightning/ids.ts';

export const alice = NodeId(`02${'aa'.repeat(32)}`);
export const bob = NodeId(`03${'bb'.repeat(32)}`);
export const carol = NodeId(`02${'cc'.repeat(32)}`);
export const channelId = ChannelId('11'.repeat(32));
export const fundingOutpoint = Outpoint(`${'11'.repeat(32)}:0`);
export const shortChannelId = ShortChannelId('102x1x0');

/** `minute` of an hour that all tests share. */
export function at(minute: number): string {
  return `2026-03-14T15:${String(minute).padStart(2, '0')}:00.000000000Z`;
}

/** A row of 1,000,000 sat of alice's with bob, open, with nothing told of it yet. */
export function channelRow(changes: Partial<ChannelRow> = {}): ChannelRow {
  return {
    nodeId: alice,
    channelId,
    source: 'ldk',
    peerId: bob,
    status: 'open',
    isAdopted: false,
    isPurged: false,
    fundingOutpoint,
    outpoints: [fundingOutpoint],
    shortChannelIds: [],
    capacitySat: 1_000_000n,
    channelType: 'anchors_zero_fee_htlc_tx',
    isAnnounced: false,
    localTerms: {},
    remoteTerms: {},
    candidates: [],
    htlcs: [],
    totals: {
      sentMsat: 0n,
      sentCount: 0,
      receivedMsat: 0n,
      receivedCount: 0,
      forwardedMsat: 0n,
      forwardedCount: 0,
      feesEarnedMsat: 0n,
      failedCount: 0,
      isAtLeast: false,
    },
    gaps: [],
    eventCount: 1,
    ...changes,
  };
}

export function commitment(number: number, changes: Partial<CommitmentRow> = {}): CommitmentRow {
  return {
    number,
    localBalanceMsat: 600_000_000n,
    remoteBalanceMsat: 400_000_000n,
    precision: 'msat',
    offered: [],
    received: [],
    at: at(0),
    ...changes,
  };
}

/** What a row shows once this is its local commitment. */
export function showing(local: CommitmentRow): Partial<ChannelRow> {
  const { localBalanceMsat, remoteBalanceMsat, precision } = local;
  return { local, localBalanceMsat, remoteBalanceMsat, precision, balanceAt: local.at };
}

/** What a row of snapshots shows. */
export function observed(
  localBalanceMsat: bigint,
  remoteBalanceMsat: bigint,
  precision: 'msat' | 'sat',
  balanceAt: string,
): Partial<ChannelRow> {
  return { localBalanceMsat, remoteBalanceMsat, precision, balanceAt };
}

export function policy(timestamp: number, changes: Partial<PolicyRow> = {}): PolicyRow {
  return {
    feeBaseMsat: 1_000n,
    feeProportionalMillionths: 100,
    cltvExpiryDeltaBlocks: 40,
    htlcMinimumMsat: 1n,
    isDisabled: false,
    timestamp,
    at: at(1),
    ...changes,
  };
}
