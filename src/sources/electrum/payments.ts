/**
 * The node's own payments: those whose HTLCs the channels' logs hold, with the amount the invoice asked
 * for (`lightning_payments`), as Electrum's own history counts them (electrum/lnworker.py,
 * get_payment_value).
 */
import type { ChannelId } from '../../lightning/ids.ts';
import type { NodeObservation } from '../../observation/observation.ts';
import { at } from './replay.ts';
import { nodeTold, type Wallet, type When } from './told.ts';
import { timeNsOfSecond } from './transactions.ts';
import type { LoggedHtlc } from './update-log.ts';

export interface Part extends LoggedHtlc {
  readonly channelId: ChannelId;
  /** It had ended by then; undefined where nothing bounds it. */
  readonly endedByNs?: bigint;
}

const SENT = -1;

/** In the order of their times. Nothing is told of a payment while some part of it is in flight. */
export function paymentFacts(
  wallet: Wallet,
  records: Record<string, unknown>,
  parts: readonly Part[],
): NodeObservation[] {
  const told: NodeObservation[] = [];
  for (const [hash, all] of Map.groupBy(parts, ({ paymentHash }) => paymentHash)) {
    const settled = all.filter(({ removed }) => removed?.outcome === 'settled');
    if (settled.length === 0 || all.some(isInFlight)) continue;
    told.push(...paymentOf(wallet, records, hash, settled));
  }
  return told.sort((a, b) => (a.happenedAtNs < b.happenedAtNs ? -1 : 1));
}

/** Nor while its end is in one side's commitment alone. */
function isInFlight({ removed }: Part): boolean {
  return removed === undefined || removed.local === undefined || removed.remote === undefined;
}

function paymentOf(
  wallet: Wallet,
  records: Record<string, unknown>,
  hash: string,
  settled: readonly Part[],
): NodeObservation[] {
  const offered = settled.filter(({ direction }) => direction === 'offered');
  const received = settled.filter(({ direction }) => direction === 'received');
  const sentMsat = sumOf(offered);
  const receivedMsat = sumOf(received);
  const when = (htlcs: readonly Part[]) => whenOf(wallet, htlcs);
  const placeOf = ([first]: readonly Part[]) =>
    `/channels/${first?.channelId}/log ${first?.direction} ${first?.id}`;
  if (received.length === 0) {
    const askedMsat = invoiceMsat(records, hash);
    const isPriced = askedMsat !== undefined && askedMsat <= sentMsat;
    const data = isPriced ? { amountMsat: askedMsat, feeMsat: sentMsat - askedMsat } : {};
    return [nodeTold(wallet, when(offered), placeOf(offered), { type: 'PaymentSent', data }, hash)];
  }
  const got = nodeTold(
    wallet,
    when(received),
    placeOf(received),
    { type: 'PaymentReceived', data: { amountMsat: receivedMsat } },
    hash,
  );
  if (offered.length === 0) return [got];
  // Whoever earns by it forwards; whoever pays for it sent it round to itself.
  if (sentMsat > receivedMsat) {
    const data = { amountMsat: receivedMsat, feeMsat: sentMsat - receivedMsat };
    const sent = { type: 'PaymentSent', data } as const;
    return [nodeTold(wallet, when(offered), placeOf(offered), sent, hash), got];
  }
  const [incoming, another] = received;
  const [outgoing, more] = offered;
  // Of several parts nothing says which went where: their HTLCs tell the forward, by their common hash.
  if (
    incoming === undefined ||
    outgoing === undefined ||
    another !== undefined ||
    more !== undefined
  ) {
    return [];
  }
  const data = {
    incomingChannelId: incoming.channelId,
    incomingHtlcId: incoming.id,
    outgoingChannelId: outgoing.channelId,
    outgoingHtlcId: outgoing.id,
    amountInMsat: receivedMsat,
    amountOutMsat: sentMsat,
    feeMsat: receivedMsat - sentMsat,
  };
  const forwarded = { type: 'PaymentForwarded', data } as const;
  return [nodeTold(wallet, when(received), placeOf(received), forwarded)];
}

/**
 * The first part's offer is all that has a time, as in Electrum's own history. The payment ended later, and no later
 * than the last of its parts.
 */
function whenOf({ nowNs }: Wallet, parts: readonly Part[]): When {
  const times = parts.flatMap(({ addedAt }) => timeNsOfSecond(addedAt) ?? []);
  const first = times.reduce((a, b) => (b < a ? b : a), times[0] ?? 0n);
  const firstNs = first > nowNs ? nowNs : first;
  const ends = parts.flatMap(({ endedByNs }) => endedByNs ?? []);
  const lastNs = ends.reduce((a, b) => (b > a ? b : a), ends[0] ?? 0n);
  const isBounded = ends.length === parts.length && lastNs >= firstNs;
  return {
    happenedAtNs: firstNs,
    timeBasis: 'interpolated',
    notBeforeNs: firstNs,
    ...(isBounded && { notAfterNs: lastNs }),
  };
}

/** Electrum 4.6 puts the direction behind the hash. */
function invoiceMsat(records: Record<string, unknown>, hash: string): bigint | undefined {
  for (const key of [hash, `${hash}:${SENT}`]) {
    const payment = at(records, ['lightning_payments', key]);
    const [amount, direction]: unknown[] = Array.isArray(payment) ? payment : [];
    const isSent = direction === SENT || key !== hash;
    if (isSent && typeof amount === 'number' && Number.isSafeInteger(amount) && amount >= 0) {
      return BigInt(amount);
    }
  }
  return undefined;
}

function sumOf(parts: readonly Part[]): bigint {
  return parts.reduce((sum, { amountMsat }) => sum + amountMsat, 0n);
}
