/** From LDK's event objects to plain data. Call it before the event is freed: its fields die with it. */
import type * as ldkTypes from 'lightningdevkit';
import { bytesToHex } from '../../lightning/bytes.ts';
import { ShortChannelId } from '../../lightning/ids.ts';
import { decodeClosureReason, decodeHandlingFailure, paymentFailureName } from './decode-reason.ts';
import type { LdkEvent, PathHop, SpendableOutput } from './ldk-events.ts';
import type { LdkBinding } from './load.ts';
import { maybeNodeId, nodeId, Plain } from './plain.ts';

export class EventDecoder {
  readonly #binding: LdkBinding;
  readonly #plain: Plain;

  constructor(binding: LdkBinding) {
    this.#binding = binding;
    this.#plain = new Plain(binding);
  }

  decode(event: ldkTypes.Event): LdkEvent {
    return (
      this.#channelEvent(event) ??
      this.#receiverEvent(event) ??
      this.#senderEvent(event) ??
      this.#forwardEvent(event) ?? { type: 'Other', name: event.constructor.name.slice(6) }
    );
  }

  #channelEvent(event: ldkTypes.Event): LdkEvent | undefined {
    const { ldk } = this.#binding;
    const plain = this.#plain;
    if (event instanceof ldk.Event_FundingGenerationReady) {
      return {
        type: 'FundingGenerationReady',
        temporaryChannelId: plain.channelId(event.temporary_channel_id),
        peer: nodeId(event.counterparty_node_id),
        capacitySat: event.channel_value_satoshis,
        outputScript: bytesToHex(event.output_script),
      };
    }
    if (event instanceof ldk.Event_ChannelPending) {
      return {
        type: 'ChannelPending',
        channelId: plain.channelId(event.channel_id),
        temporaryChannelId: plain.maybeChannelId(event.former_temporary_channel_id),
        peer: nodeId(event.counterparty_node_id),
        fundingOutpoint: plain.outpoint(event.funding_txo),
        channelType: plain.channelType(event.channel_type),
      };
    }
    if (event instanceof ldk.Event_ChannelReady) {
      return {
        type: 'ChannelReady',
        channelId: plain.channelId(event.channel_id),
        peer: nodeId(event.counterparty_node_id),
        channelType: plain.channelType(event.channel_type),
      };
    }
    if (event instanceof ldk.Event_ChannelClosed) {
      return {
        type: 'ChannelClosed',
        channelId: plain.channelId(event.channel_id),
        reason: decodeClosureReason(ldk, event.reason),
        peer: maybeNodeId(event.counterparty_node_id),
        capacitySat: plain.u64(event.channel_capacity_sats),
        fundingOutpoint: plain.maybeOutpoint(event.channel_funding_txo),
        lastLocalBalanceMsat: plain.u64(event.last_local_balance_msat),
      };
    }
    return this.#rareChannelEvent(event);
  }

  #rareChannelEvent(event: ldkTypes.Event): LdkEvent | undefined {
    const { ldk } = this.#binding;
    const plain = this.#plain;
    if (event instanceof ldk.Event_DiscardFunding) {
      return { type: 'DiscardFunding', channelId: plain.channelId(event.channel_id) };
    }
    if (event instanceof ldk.Event_OpenChannelRequest) {
      return {
        type: 'OpenChannelRequest',
        temporaryChannelId: plain.channelId(event.temporary_channel_id),
        peer: nodeId(event.counterparty_node_id),
        fundingSat: event.funding_satoshis,
        isAnnounced: Boolean(event.is_announced),
      };
    }
    if (event instanceof ldk.Event_SpendableOutputs) {
      return {
        type: 'SpendableOutputs',
        channelId: plain.maybeChannelId(event.channel_id),
        outputs: event.outputs.flatMap((output) => this.#spendableOutput(output)),
      };
    }
    if (event instanceof ldk.Event_BumpTransaction) {
      const what = event.bump_transaction.constructor.name.replace('BumpTransactionEvent_', '');
      return { type: 'BumpTransaction', what };
    }
    return undefined;
  }

  #receiverEvent(event: ldkTypes.Event): LdkEvent | undefined {
    const { ldk } = this.#binding;
    const plain = this.#plain;
    if (event instanceof ldk.Event_PaymentClaimable) {
      return {
        type: 'PaymentClaimable',
        paymentHash: bytesToHex(event.payment_hash),
        amountMsat: event.amount_msat,
        channelId: plain.maybeChannelId(event.via_channel_id),
        claimDeadlineHeight: plain.u32(event.claim_deadline),
      };
    }
    if (event instanceof ldk.Event_PaymentClaimed) {
      return {
        type: 'PaymentClaimed',
        paymentHash: bytesToHex(event.payment_hash),
        amountMsat: event.amount_msat,
        htlcs: event.htlcs.map((htlc) => ({
          channelId: plain.channelId(htlc.get_channel_id()),
          amountMsat: htlc.get_value_msat(),
          cltvExpiry: htlc.get_cltv_expiry(),
        })),
      };
    }
    return undefined;
  }

  #senderEvent(event: ldkTypes.Event): LdkEvent | undefined {
    const { ldk } = this.#binding;
    const plain = this.#plain;
    if (event instanceof ldk.Event_PaymentSent) {
      return {
        type: 'PaymentSent',
        paymentId: plain.hash(event.payment_id),
        paymentHash: bytesToHex(event.payment_hash),
        preimage: bytesToHex(event.payment_preimage),
        feePaidMsat: plain.u64(event.fee_paid_msat),
      };
    }
    if (event instanceof ldk.Event_PaymentFailed) {
      return {
        type: 'PaymentFailed',
        paymentId: bytesToHex(event.payment_id),
        paymentHash: plain.hash(event.payment_hash),
        reason: paymentFailureName(ldk, event.reason),
      };
    }
    if (event instanceof ldk.Event_PaymentPathSuccessful) {
      return {
        type: 'PaymentPathSuccessful',
        paymentId: bytesToHex(event.payment_id),
        paymentHash: plain.hash(event.payment_hash),
        path: pathHops(event.path),
      };
    }
    if (event instanceof ldk.Event_PaymentPathFailed) {
      return {
        type: 'PaymentPathFailed',
        paymentId: plain.hash(event.payment_id),
        paymentHash: bytesToHex(event.payment_hash),
        isPermanent: Boolean(event.payment_failed_permanently),
        failedShortChannelId: plain.shortChannelId(event.short_channel_id),
        failedOn: event.failure instanceof ldk.PathFailure_InitialSend ? 'initial-send' : 'path',
        path: pathHops(event.path),
      };
    }
    return undefined;
  }

  #forwardEvent(event: ldkTypes.Event): LdkEvent | undefined {
    const { ldk } = this.#binding;
    const plain = this.#plain;
    if (event instanceof ldk.Event_PendingHTLCsForwardable) {
      return { type: 'PendingHTLCsForwardable' };
    }
    if (event instanceof ldk.Event_PaymentForwarded) {
      return {
        type: 'PaymentForwarded',
        previousChannelId: plain.maybeChannelId(event.prev_channel_id),
        nextChannelId: plain.maybeChannelId(event.next_channel_id),
        previousPeer: maybeNodeId(event.prev_node_id),
        nextPeer: maybeNodeId(event.next_node_id),
        feeEarnedMsat: plain.u64(event.total_fee_earned_msat),
        amountOutMsat: plain.u64(event.outbound_amount_forwarded_msat),
        isClaimedOnChain: Boolean(event.claim_from_onchain_tx),
      };
    }
    if (event instanceof ldk.Event_HTLCHandlingFailed) {
      return {
        type: 'HTLCHandlingFailed',
        previousChannelId: plain.channelId(event.prev_channel_id),
        ...decodeHandlingFailure(ldk, event.failed_next_destination),
      };
    }
    return undefined;
  }

  #spendableOutput(descriptor: ldkTypes.SpendableOutputDescriptor): readonly SpendableOutput[] {
    const { ldk } = this.#binding;
    const [kind, inner] =
      descriptor instanceof ldk.SpendableOutputDescriptor_DelayedPaymentOutput
        ? (['delayed-payment', descriptor.delayed_payment_output] as const)
        : descriptor instanceof ldk.SpendableOutputDescriptor_StaticPaymentOutput
          ? (['static-payment', descriptor.static_payment_output] as const)
          : (['static', undefined] as const);
    const isStatic = descriptor instanceof ldk.SpendableOutputDescriptor_StaticOutput;
    const outpoint = isStatic ? descriptor.outpoint : inner?.get_outpoint();
    const output = isStatic ? descriptor.output : inner?.get_output();
    if (outpoint === undefined || output === undefined) return [];
    return [
      {
        kind,
        outpoint: this.#plain.outpoint(outpoint),
        amountSat: output.value,
        script: bytesToHex(output.script_pubkey),
      },
    ];
  }
}

function pathHops(path: ldkTypes.Path): readonly PathHop[] {
  return path.get_hops().map((hop) => ({
    nodeId: nodeId(hop.get_pubkey()),
    shortChannelId: ShortChannelId(hop.get_short_channel_id()),
    feeMsat: hop.get_fee_msat(),
    cltvExpiryDelta: hop.get_cltv_expiry_delta(),
  }));
}
