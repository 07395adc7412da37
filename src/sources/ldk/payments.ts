/** Making one simulated node pay another. What becomes of the payment is for the taps to tell. */
import type { ShortChannelId } from '../../lightning/ids.ts';
import { shortChannelIdToBigint } from '../../lightning/ids.ts';
import type { LdkNode } from './node.ts';
import { resultOf } from './result.ts';

export interface PaymentOrder {
  readonly from: LdkNode;
  readonly to: LdkNode;
  readonly amountMsat: bigint;
  /** Channels the route must not use. */
  readonly avoid?: readonly ShortChannelId[];
  /** An upper bound on how long the HTLCs may be locked. */
  readonly maxCltvDelta?: number;
  /** Sends with another secret than the invoice's, which the receiver must refuse. */
  readonly hasWrongSecret?: boolean;
}

/** The least that LDK puts on the last hop. */
const FINAL_CLTV_DELTA = 42;
const INVOICE_EXPIRY_SECONDS = 7 * 24 * 3600;

/** Makes an invoice and pays it. False where the sender found no route and sent nothing. */
export function pay(order: PaymentOrder): boolean {
  const { from, to, amountMsat } = order;
  const { ldk } = from.binding;
  const created = to.manager.create_inbound_payment(
    ldk.Option_u64Z.constructor_some(amountMsat),
    INVOICE_EXPIRY_SECONDS,
    ldk.Option_u16Z.constructor_none(),
  );
  const invoice = resultOf(
    created,
    ldk.Result_C2Tuple_ThirtyTwoBytesThirtyTwoBytesZNoneZ_OK,
    'an invoice',
  );
  const paymentHash = invoice.get_a();
  const secret = order.hasWrongSecret === true ? paymentHash : invoice.get_b();
  const parameters = ldk.PaymentParameters.constructor_from_node_id(to.idBytes, FINAL_CLTV_DELTA);
  parameters.set_previously_failed_channels((order.avoid ?? []).map(shortChannelIdToBigint));
  if (order.maxCltvDelta !== undefined) {
    parameters.set_max_total_cltv_expiry_delta(order.maxCltvDelta);
  }
  const route = ldk.RouteParameters.constructor_from_payment_params_and_value(
    parameters,
    amountMsat,
  );
  const sent = from.manager.send_payment(
    paymentHash,
    ldk.RecipientOnionFields.constructor_secret_only(secret),
    // The payment id: as unique as the hash, which nobody else pays.
    paymentHash,
    route,
    ldk.Retry.constructor_attempts(0),
  );
  return sent.is_ok();
}

/** A node's other channels, so that a payment goes out over this one alone. */
export function othersThan(node: LdkNode, id: ShortChannelId): readonly ShortChannelId[] {
  return node.channels().flatMap((channel) => {
    const other = channel.shortChannelId ?? channel.outboundAlias;
    return other === null || other === id ? [] : [other];
  });
}
