/** How the simulated nodes answer LDK's events: as a wallet program would, with a few switches for the demo. */
import type * as ldkTypes from 'lightningdevkit';
import { bytesToHex } from '../../lightning/bytes.ts';
import type { LdkEvent } from './ldk-events.ts';
import type { LdkNode } from './node.ts';
import { resultOf } from './result.ts';

/** What a node does with payments to it. */
export type ReceivingMode = 'claim' | 'hold' | 'reject';

export class Reactions {
  /** By node name; nodes that are not named claim. */
  readonly #modes = new Map<string, ReceivingMode>();
  /** Payments kept waiting, by node name. */
  readonly #held = new Map<string, Uint8Array[]>();

  setMode(node: LdkNode, mode: ReceivingMode): void {
    this.#modes.set(node.name, mode);
  }

  /** Claims what was held back, oldest first. */
  claimHeld(node: LdkNode): void {
    const held = this.#held.get(node.name) ?? [];
    this.#held.delete(node.name);
    for (const preimage of held) node.manager.claim_funds(preimage);
  }

  /** Claims the oldest of what was held back and leaves the rest waiting. */
  claimOldestHeld(node: LdkNode): void {
    const preimage = this.#held.get(node.name)?.shift();
    if (preimage !== undefined) node.manager.claim_funds(preimage);
  }

  react(node: LdkNode, decoded: LdkEvent, event: ldkTypes.Event): void {
    const { ldk } = node.binding;
    if (event instanceof ldk.Event_FundingGenerationReady) fundChannel(node, event);
    else if (event instanceof ldk.Event_OpenChannelRequest) acceptChannel(node, event);
    else if (event instanceof ldk.Event_PaymentClaimable) this.#onClaimable(node, event);
    else if (event instanceof ldk.Event_SpendableOutputs) sweep(node, event);
    else if (event instanceof ldk.Event_BumpTransaction)
      node.feeBumper.bump(event.bump_transaction);
    else if (decoded.type === 'PendingHTLCsForwardable') {
      node.manager.process_pending_htlc_forwards();
    }
  }

  #onClaimable(node: LdkNode, event: ldkTypes.Event_PaymentClaimable): void {
    const mode = this.#modes.get(node.name) ?? 'claim';
    const preimage = preimageOf(node, event.purpose);
    if (preimage === undefined || mode === 'reject') {
      node.manager.fail_htlc_backwards(event.payment_hash);
    } else if (mode === 'hold') {
      this.#held.set(node.name, [...(this.#held.get(node.name) ?? []), Uint8Array.from(preimage)]);
    } else {
      node.manager.claim_funds(preimage);
    }
  }
}

function preimageOf(node: LdkNode, purpose: ldkTypes.PaymentPurpose): Uint8Array | undefined {
  const { ldk } = node.binding;
  if (purpose instanceof ldk.PaymentPurpose_SpontaneousPayment) return purpose.spontaneous_payment;
  if (!(purpose instanceof ldk.PaymentPurpose_Bolt11InvoicePayment)) return undefined;
  const preimage = purpose.payment_preimage;
  return preimage instanceof ldk.Option_ThirtyTwoBytesZ_Some ? preimage.some : undefined;
}

function fundChannel(node: LdkNode, event: ldkTypes.Event_FundingGenerationReady): void {
  const transaction = node.identity.wallet.pay({
    valueSat: event.channel_value_satoshis,
    script: event.output_script,
  });
  node.manager.funding_transaction_generated(
    event.temporary_channel_id,
    event.counterparty_node_id,
    transaction,
  );
}

function acceptChannel(node: LdkNode, event: ldkTypes.Event_OpenChannelRequest): void {
  node.manager.accept_inbound_channel(
    event.temporary_channel_id,
    event.counterparty_node_id,
    BigInt(`0x${bytesToHex(event.temporary_channel_id.get_a().slice(0, 8))}`),
  );
}

/** Pays what only this node can spend into its wallet, through the broadcaster that is tapped. */
function sweep(node: LdkNode, event: ldkTypes.Event_SpendableOutputs): void {
  const { ldk } = node.binding;
  const { keys, fees, broadcaster } = node.services;
  const target = ldk.ConfirmationTarget.LDKConfirmationTarget_OutputSpendingFee;
  const spent = keys.as_OutputSpender().spend_spendable_outputs(
    event.outputs.map((output) => output.clone()),
    [],
    node.identity.wallet.script,
    fees.get_est_sat_per_1000_weight(target),
    ldk.Option_u32Z.constructor_none(),
  );
  // Outputs worth less than their fee stay where they are.
  if (!spent.is_ok()) return;
  broadcaster.broadcast_transactions([resultOf(spent, ldk.Result_TransactionNoneZ_OK, 'a sweep')]);
}
