/** LDK's own account of a channel, `list_channels()`, as plain values: what tests hold the ledger against. */
import type {
  ChannelDetails,
  ChannelManager,
  InboundHTLCDetails,
  OutboundHTLCDetails,
} from 'lightningdevkit';
import { bytesToHex } from '../../lightning/bytes.ts';
import type { ChannelType } from '../../lightning/commitment.ts';
import type { ChannelId, NodeId, Outpoint, ShortChannelId } from '../../lightning/ids.ts';
import { enumName } from './decode-reason.ts';
import type { LdkBinding } from './load.ts';
import { nodeId, Plain } from './plain.ts';

export interface SnapshotHtlc {
  /** Null for an offered HTLC that is in no commitment yet. */
  readonly id: bigint | null;
  readonly amountMsat: bigint;
  readonly cltvExpiry: number;
  readonly paymentHash: string;
  /** LDK's own name, such as `Committed`. */
  readonly state: string | null;
  readonly isDust: boolean;
}

export interface SnapshotPolicy {
  readonly feeBaseMsat: number;
  readonly feeProportionalMillionths: number;
  readonly cltvExpiryDelta: number;
}

export interface ChannelSnapshot {
  /** Temporary until the funding outpoint is known. */
  readonly channelId: ChannelId;
  readonly peer: NodeId;
  readonly fundingOutpoint: Outpoint | null;
  readonly channelType: ChannelType | null;
  readonly shortChannelId: ShortChannelId | null;
  readonly outboundAlias: ShortChannelId | null;
  readonly inboundAlias: ShortChannelId | null;
  readonly capacitySat: bigint;
  /** What this node must keep; null before the channel is accepted. */
  readonly reserveSat: bigint | null;
  readonly counterpartyReserveSat: bigint;
  readonly feeratePerKw: number | null;
  readonly outboundCapacityMsat: bigint;
  readonly inboundCapacityMsat: bigint;
  readonly nextOutboundHtlcLimitMsat: bigint;
  readonly isOutbound: boolean;
  readonly isReady: boolean;
  readonly isUsable: boolean;
  readonly isAnnounced: boolean;
  readonly shutdownState: string | null;
  readonly policy: SnapshotPolicy;
  /** As last heard from the peer. */
  readonly counterpartyPolicy: SnapshotPolicy | null;
  readonly received: readonly SnapshotHtlc[];
  readonly offered: readonly SnapshotHtlc[];
}

/** Never from inside a Persist callback: LDK holds the locks this needs. */
export function channelSnapshots(
  binding: LdkBinding,
  manager: ChannelManager,
): readonly ChannelSnapshot[] {
  const plain = new Plain(binding);
  return manager.list_channels().map((details) => snapshot(binding, plain, details));
}

function snapshot(binding: LdkBinding, plain: Plain, details: ChannelDetails): ChannelSnapshot {
  const { ldk, memory } = binding;
  const counterparty = details.get_counterparty();
  const forwarding = counterparty.get_forwarding_info();
  const config = details.get_config();
  const shutdown = details.get_channel_shutdown_state();
  return {
    channelId: plain.channelId(details.get_channel_id()),
    peer: nodeId(counterparty.get_node_id()),
    fundingOutpoint: plain.maybeOutpoint(details.get_funding_txo()),
    channelType: plain.channelType(details.get_channel_type()),
    shortChannelId: plain.shortChannelId(details.get_short_channel_id()),
    outboundAlias: plain.shortChannelId(details.get_outbound_scid_alias()),
    inboundAlias: plain.shortChannelId(details.get_inbound_scid_alias()),
    capacitySat: details.get_channel_value_satoshis(),
    reserveSat: plain.u64(details.get_unspendable_punishment_reserve()),
    counterpartyReserveSat: counterparty.get_unspendable_punishment_reserve(),
    feeratePerKw: plain.u32(details.get_feerate_sat_per_1000_weight()),
    outboundCapacityMsat: details.get_outbound_capacity_msat(),
    inboundCapacityMsat: details.get_inbound_capacity_msat(),
    nextOutboundHtlcLimitMsat: details.get_next_outbound_htlc_limit_msat(),
    isOutbound: Boolean(details.get_is_outbound()),
    isReady: Boolean(details.get_is_channel_ready()),
    isUsable: Boolean(details.get_is_usable()),
    isAnnounced: Boolean(details.get_is_announced()),
    shutdownState:
      shutdown instanceof ldk.Option_ChannelShutdownStateZ_Some
        ? enumName(ldk.ChannelShutdownState, shutdown.some)
        : null,
    policy: {
      feeBaseMsat: config.get_forwarding_fee_base_msat(),
      feeProportionalMillionths: config.get_forwarding_fee_proportional_millionths(),
      cltvExpiryDelta: config.get_cltv_expiry_delta(),
    },
    counterpartyPolicy: memory.isNull(forwarding)
      ? null
      : {
          feeBaseMsat: forwarding.get_fee_base_msat(),
          feeProportionalMillionths: forwarding.get_fee_proportional_millionths(),
          cltvExpiryDelta: forwarding.get_cltv_expiry_delta(),
        },
    received: details.get_pending_inbound_htlcs().map((htlc) => received(binding, htlc)),
    offered: details.get_pending_outbound_htlcs().map((htlc) => offered(binding, plain, htlc)),
  };
}

function received({ ldk }: LdkBinding, htlc: InboundHTLCDetails): SnapshotHtlc {
  const state = htlc.get_state();
  const isKnown = state instanceof ldk.Option_InboundHTLCStateDetailsZ_Some;
  return {
    id: htlc.get_htlc_id(),
    ...htlcFields(htlc),
    state: isKnown ? enumName(ldk.InboundHTLCStateDetails, state.some) : null,
  };
}

function offered({ ldk }: LdkBinding, plain: Plain, htlc: OutboundHTLCDetails): SnapshotHtlc {
  const state = htlc.get_state();
  const isKnown = state instanceof ldk.Option_OutboundHTLCStateDetailsZ_Some;
  return {
    id: plain.u64(htlc.get_htlc_id()),
    ...htlcFields(htlc),
    state: isKnown ? enumName(ldk.OutboundHTLCStateDetails, state.some) : null,
  };
}

function htlcFields(htlc: InboundHTLCDetails | OutboundHTLCDetails) {
  return {
    amountMsat: htlc.get_amount_msat(),
    cltvExpiry: htlc.get_cltv_expiry(),
    paymentHash: bytesToHex(htlc.get_payment_hash()),
    isDust: Boolean(htlc.get_is_dust()),
  };
}
