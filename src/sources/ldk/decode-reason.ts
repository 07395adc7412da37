/** The reasons inside LDK's events: why a channel closed, a forward or a payment failed. */
import type {
  HTLCDestination,
  ClosureReason as LdkClosureReason,
  Option_PaymentFailureReasonZ,
} from 'lightningdevkit';
import { bytesToHex } from '../../lightning/bytes.ts';
import { ChannelId, ShortChannelId } from '../../lightning/ids.ts';
import type { ClosureReason, LdkEvent } from './ldk-events.ts';
import type { Ldk } from './load.ts';

export function decodeClosureReason(ldk: Ldk, reason: LdkClosureReason): ClosureReason {
  const name = reason.constructor.name.replace('ClosureReason_', '');
  return {
    name,
    text: closureText(ldk, reason),
    didBroadcastLatestCommitment: didBroadcast(ldk, reason),
  };
}

function closureText(ldk: Ldk, reason: LdkClosureReason): string | null {
  if (reason instanceof ldk.ClosureReason_CounterpartyForceClosed) return reason.peer_msg.get_a();
  if (reason instanceof ldk.ClosureReason_ProcessingError) return reason.err;
  if (reason instanceof ldk.ClosureReason_PeerFeerateTooLow) {
    const { peer_feerate_sat_per_kw: got, required_feerate_sat_per_kw: wanted } = reason;
    return `the peer's feerate is ${got} sat/kw, ${wanted} is required`;
  }
  return null;
}

function didBroadcast(ldk: Ldk, reason: LdkClosureReason): boolean | null {
  if (!(reason instanceof ldk.ClosureReason_HolderForceClosed)) return null;
  const option = reason.broadcasted_latest_txn;
  return option instanceof ldk.Option_boolZ_Some ? Boolean(option.some) : null;
}

type HandlingFailed = Extract<LdkEvent, { readonly type: 'HTLCHandlingFailed' }>;

export function decodeHandlingFailure(
  ldk: Ldk,
  destination: HTLCDestination,
): Pick<
  HandlingFailed,
  'destination' | 'nextChannelId' | 'requestedShortChannelId' | 'paymentHash'
> {
  const isUnroutable =
    destination instanceof ldk.HTLCDestination_UnknownNextHop ||
    destination instanceof ldk.HTLCDestination_InvalidForward;
  return {
    destination: destination.constructor.name.replace('HTLCDestination_', ''),
    nextChannelId:
      destination instanceof ldk.HTLCDestination_NextHopChannel
        ? ChannelId(bytesToHex(destination.channel_id.get_a()))
        : null,
    requestedShortChannelId: isUnroutable
      ? ShortChannelId(destination.requested_forward_scid)
      : null,
    paymentHash:
      destination instanceof ldk.HTLCDestination_FailedPayment
        ? bytesToHex(destination.payment_hash)
        : null,
  };
}

export function paymentFailureName(ldk: Ldk, reason: Option_PaymentFailureReasonZ): string | null {
  if (!(reason instanceof ldk.Option_PaymentFailureReasonZ_Some)) return null;
  return enumName(ldk.PaymentFailureReason, reason.some);
}

/** LDK's name of an enum's value: `LDKPaymentFailureReason_RouteNotFound` becomes `RouteNotFound`. */
export function enumName(values: Readonly<Record<number, string>>, value: number): string {
  return values[value]?.replace(/^LDK[^_]*_/, '') ?? `unknown (${value})`;
}
