/** `listpayments` and `fwdinghistory`: what moved, over which channels, and when. */

import { MSAT_PER_SAT } from '../../../lightning/amounts.ts';
import { type NodeId, ShortChannelId } from '../../../lightning/ids.ts';
import type { NodeEvent } from '../../../node/events.ts';
import type { NodeFact } from '../../../node/observations.ts';
import { contentKey } from '../content-key.ts';
import { type Moment, notBefore, told } from '../told.ts';
import type { EqualForwards } from './equal-forwards.ts';
import type { Forward, Payment } from './records.ts';
import { forwardEvidence } from './told-forwards.ts';
import {
  bytesHexOf,
  countOf,
  nanosecondsOf,
  secondsNsOf,
  type Whole,
  wholeOf,
  wordOf,
} from './values.ts';

/** A fact of the node, and what else its observation needs. */
export interface ListedFact {
  readonly fact: NodeFact;
  readonly at: Moment;
  readonly key: string;
  /** Where it can be found again, if its key does not say it. */
  readonly evidence?: string;
  readonly paymentHash?: string;
}

export type Part = NonNullable<
  Extract<NodeEvent, { readonly type: 'PaymentSent' }>['data']['parts']
>[number];
type Attempt = NonNullable<Payment['htlcs']>[number];

/** `Payment.PaymentStatus` and `HTLCAttempt.HTLCStatus` of lightning.proto, in their numbers' order. */
const PAYMENT_STATUSES = ['UNKNOWN', 'IN_FLIGHT', 'SUCCEEDED', 'FAILED', 'INITIATED'] as const;
const ATTEMPT_STATUSES = ['IN_FLIGHT', 'SUCCEEDED', 'FAILED'] as const;
const NO_FAILURE = 'FAILURE_REASON_NONE';

export interface PaymentContext {
  readonly nodeId: NodeId;
}

/** Undefined while it is under way: it is told once it has ended. */
export function paymentFact(payment: Payment, context: PaymentContext): ListedFact | undefined {
  const status = wordOf(payment.status, PAYMENT_STATUSES);
  const isSent = status === 'SUCCEEDED';
  if (!isSent && status !== 'FAILED') return undefined;
  const createdNs = nanosecondsOf(payment.creation_time_ns) || secondsNsOf(payment.creation_date);
  const attempts = payment.htlcs ?? [];
  const succeeded = attempts.filter(
    (attempt) => wordOf(attempt.status, ATTEMPT_STATUSES) === 'SUCCEEDED',
  );
  const at = endOf(isSent ? succeeded : attempts, createdNs);
  const index = countOf(payment.payment_index);
  const key = index > 0 ? `payment/${index}` : `payment/at/${createdNs}`;
  const paymentHash = bytesHexOf(payment.payment_hash, 32);
  const hash = paymentHash === undefined ? {} : { paymentHash };
  const amountMsat = msatOf(payment.value_msat, payment.value_sat);
  const amount = amountMsat === undefined ? {} : { amountMsat };
  if (!isSent) {
    const word = wordOf(payment.failure_reason, FAILURES) || NO_FAILURE;
    const reason = word === NO_FAILURE ? 'no reason told' : word;
    return { fact: { type: 'PaymentFailed', data: { ...amount, reason } }, at, key, ...hash };
  }
  const feeMsat = msatOf(payment.fee_msat, payment.fee_sat);
  const parts = succeeded.flatMap(partSent);
  const data = {
    ...amount,
    ...(feeMsat !== undefined && { feeMsat }),
    ...(parts.length > 0 && { parts }),
    ...(isToSelf(succeeded, context.nodeId) && { isToSelf: true }),
  };
  return { fact: { type: 'PaymentSent', data }, at, key, ...hash };
}

/** `PaymentFailureReason` of lightning.proto, in its numbers' order. */
const FAILURES = [
  NO_FAILURE,
  'FAILURE_REASON_TIMEOUT',
  'FAILURE_REASON_NO_ROUTE',
  'FAILURE_REASON_ERROR',
  'FAILURE_REASON_INCORRECT_PAYMENT_DETAILS',
  'FAILURE_REASON_INSUFFICIENT_BALANCE',
  'FAILURE_REASON_CANCELED',
] as const;

/** When the last attempt ended; old records tell only when the payment began. */
function endOf(attempts: readonly Attempt[], createdNs: bigint): Moment {
  let endedNs = 0n;
  for (const { resolve_time_ns } of attempts) {
    const ns = nanosecondsOf(resolve_time_ns);
    if (ns > endedNs) endedNs = ns;
  }
  if (endedNs > 0n) return told(endedNs);
  if (createdNs === 0n)
    throw new Error('it has ended, and neither when nor when it began is there');
  return notBefore(told(createdNs));
}

function partSent({ route }: Attempt): readonly Part[] {
  const amountMsat = msatOf(route?.total_amt_msat, route?.total_amt);
  const [first] = route?.hops ?? [];
  if (amountMsat === undefined || first === undefined) return [];
  const feeMsat = route?.total_fees_msat === undefined ? undefined : wholeOf(route.total_fees_msat);
  return [
    {
      shortChannelId: shortIdOf(first.chan_id),
      amountMsat,
      ...(feeMsat !== undefined && { feeMsat }),
    },
  ];
}

/** lncli's lists call channels so, and a list may be imported before its channels are, or without them. */
export const shortIdOf = (id: Whole): ShortChannelId => ShortChannelId(wholeOf(id));

function isToSelf(succeeded: readonly Attempt[], nodeId: NodeId): boolean {
  const isHome = ({ route }: Attempt) => route?.hops?.at(-1)?.pub_key?.toLowerCase() === nodeId;
  return succeeded.length > 0 && succeeded.every(isHome);
}

export function forwardFact(
  forward: Forward,
  { nth, place }: ReturnType<EqualForwards['next']>,
): ListedFact {
  const amountInMsat = msatOf(forward.amt_in_msat, forward.amt_in);
  const amountOutMsat = msatOf(forward.amt_out_msat, forward.amt_out);
  const atNs = nanosecondsOf(forward.timestamp_ns) || secondsNsOf(forward.timestamp);
  if (atNs === 0n) throw new Error('when it was forwarded is not there');
  const feeMsat = forward.fee_msat === undefined ? undefined : wholeOf(forward.fee_msat);
  return {
    fact: {
      type: 'PaymentForwarded',
      data: {
        incomingShortChannelId: shortIdOf(forward.chan_id_in),
        ...htlcId('incomingHtlcId', forward.incoming_htlc_id),
        outgoingShortChannelId: shortIdOf(forward.chan_id_out),
        ...htlcId('outgoingHtlcId', forward.outgoing_htlc_id),
        ...(amountInMsat !== undefined && { amountInMsat }),
        ...(amountOutMsat !== undefined && { amountOutMsat }),
        ...(feeMsat !== undefined && { feeMsat }),
      },
    },
    at: told(atNs),
    // lnd keeps forwards under their nanosecond, so that is their name; old answers have seconds only.
    key:
      wholeOf(forward.timestamp_ns) > 0n
        ? `forward/${atNs}`
        : `forward/${atNs}/${contentKey(undefined, [forward, nth])}`,
    ...(place !== undefined && { evidence: forwardEvidence(atNs, place) }),
  };
}

function htlcId<F extends string>(field: F, id: Whole | null | undefined): { [K in F]?: number } {
  return id === undefined || id === null ? {} : ({ [field]: countOf(id) } as { [K in F]: number });
}

export function msatOf(msat: Whole | undefined, sat: Whole | undefined): bigint | undefined {
  if (msat !== undefined) return wholeOf(msat);
  return sat === undefined ? undefined : wholeOf(sat) * MSAT_PER_SAT;
}
