/**
 * Payments, receipts, forwards and rebalances. Everything of one payment hash (by its keyed link) is looked
 * at together: a payment to oneself, by any path, is neither income nor expense, and what is forwarded
 * earns its fee alone.
 */
import { htlcName } from '../answers/forwards.ts';
import type { ForwardView } from '../view-types.ts';
import type { Leg } from './channel-facts.ts';
import { type AccountingEntry, entryOf, type UnknownAmount } from './entry.ts';
import type { AccountingFacts, Payment } from './facts.ts';
import { unnamedPayments } from './unnamed-payments.ts';

export interface Entered {
  readonly entries: readonly AccountingEntry[];
  readonly unknownAmounts: readonly UnknownAmount[];
}

interface Group {
  readonly nodeId: string;
  readonly sent?: Payment;
  readonly received?: Payment;
  readonly out: readonly Leg[];
  readonly in: readonly Leg[];
}

export function paymentEntries(facts: AccountingFacts): Entered {
  const { forwards } = facts;
  const entries: AccountingEntry[] = [];
  const unknownAmounts: UnknownAmount[] = [];
  for (const forward of forwards) enterForward(forward, entries, unknownAmounts);
  const unnamed = unnamedForwards(forwards);
  const withoutUnnamed = unnamedPayments(facts);
  for (const each of groupsOf(facts)) {
    const isTold = each.sent !== undefined || each.received !== undefined;
    const group = isTold || isUntoldForward(each) ? each : withoutUnnamed(each);
    if (isToOneself(group)) enterRebalance(group, entries, unknownAmounts);
    else if (isForward(group)) {
      if (!unnamed.take(group)) enterUntoldForward(group, entries);
    } else {
      if (group.sent !== undefined || group.out.length > 0)
        enterOutgoing(group, 'payment', entries, unknownAmounts);
      if (group.received !== undefined || group.in.length > 0)
        enterIncoming(group, 'receipt', entries);
    }
  }
  return { entries, unknownAmounts };
}

/** Without the HTLCs of forwards that the node told. */
function* groupsOf({ legs, payments, forwardedHtlcs }: AccountingFacts): Generator<Group> {
  const forwardedLinks = new Set<string>();
  const isForwarded = (leg: Leg): boolean => {
    const { nodeId, channelId, direction, id, forwardOf } = leg;
    if (forwardedHtlcs.has(htlcName(nodeId, channelId, direction, id))) return true;
    if (forwardOf === undefined) return false;
    return forwardedHtlcs.has(htlcName(nodeId, forwardOf.channelId, 'received', forwardOf.htlcId));
  };
  for (const leg of legs) {
    if (leg.paymentLink !== undefined && isForwarded(leg)) {
      forwardedLinks.add(`${leg.nodeId} ${leg.paymentLink}`);
    }
  }
  const told = new Set(
    payments.flatMap(({ nodeId, paymentLink }) =>
      paymentLink ? [`${nodeId} ${paymentLink}`] : [],
    ),
  );
  const groups = new Map<string, { group: Mutable<Group> }>();
  const groupAt = (nodeId: string, link: string | undefined, eventId: string) => {
    const key = `${nodeId} ${link ?? eventId}`;
    const known = groups.get(key) ?? { group: { nodeId, out: [], in: [] } };
    groups.set(key, known);
    return known.group;
  };
  for (const payment of payments) {
    const group = groupAt(payment.nodeId, payment.paymentLink, payment.eventId);
    if (payment.kind === 'sent') group.sent = payment;
    else group.received = payment;
  }
  for (const leg of legs) {
    const { nodeId, paymentLink, eventId } = leg;
    const name = `${nodeId} ${paymentLink}`;
    if (isForwarded(leg) || (forwardedLinks.has(name) && !told.has(name))) continue;
    const group = groupAt(nodeId, paymentLink, eventId);
    if (leg.direction === 'offered') group.out = [...group.out, leg];
    else group.in = [...group.in, leg];
  }
  for (const { group } of groups.values()) yield group;
}

type Mutable<T> = { -readonly [Field in keyof T]: T[Field] };

const sumOf = (legs: readonly Leg[]): bigint =>
  legs.reduce((sum, { amountMsat }) => sum + amountMsat, 0n);

/**
 * Its node may say so, and needs no invoice for it. Where it said nothing, who earns by it forwarded it, and
 * who pays for it sent it to itself.
 */
function isToOneself(group: Group): boolean {
  const { sent, received } = group;
  if (sent?.isToSelf === true) return true;
  const [isOut, isIn] = [
    sent !== undefined || group.out.length > 0,
    received !== undefined || group.in.length > 0,
  ];
  if (!isOut || !isIn) return false;
  return sent !== undefined || received !== undefined || sumOf(group.out) > sumOf(group.in);
}

/** It earned by it, which no payment does. */
function isUntoldForward(group: Group): boolean {
  return isForward(group) && !isToOneself(group);
}

function isForward({ sent, received, out, in: came }: Group): boolean {
  return sent === undefined && received === undefined && out.length > 0 && came.length > 0;
}

/** Forwards that a node told without their HTLCs: each stands for one group that looks like it. */
function unnamedForwards(forwards: readonly ForwardView[]) {
  const counts = new Map<string, number>();
  const keyOf = (nodeId: string, came: string, went: string, msat: bigint) =>
    `${nodeId} ${came} ${went} ${msat}`;
  for (const one of forwards) {
    const { nodeId, incomingHtlcId, incomingChannelId = '', outgoingChannelId = '' } = one;
    const isNamed = incomingHtlcId !== undefined || one.outgoingHtlcId !== undefined;
    if (isNamed || one.amountInMsat === undefined) continue;
    const key = keyOf(nodeId, incomingChannelId, outgoingChannelId, one.amountInMsat);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return {
    take({ nodeId, in: came, out }: Group): boolean {
      const [incoming, outgoing] = [came[0]?.channelId ?? '', out[0]?.channelId ?? ''];
      const key = keyOf(nodeId, incoming, outgoing, sumOf(came));
      const left = counts.get(key) ?? 0;
      if (left > 0) counts.set(key, left - 1);
      return left > 0;
    },
  };
}

function enterForward(
  forward: ForwardView,
  entries: AccountingEntry[],
  unknownAmounts: UnknownAmount[],
): void {
  const { nodeId, at, outgoingChannelId, amountInMsat, amountOutMsat, feeMsat, eventId } = forward;
  const channel = outgoingChannelId === undefined ? {} : { channelId: outgoingChannelId };
  if (feeMsat === undefined) {
    unknownAmounts.push({ at, nodeId, ...channel, what: 'forward', eventId });
    return;
  }
  const [came, went] = [amountInMsat ?? '?', amountOutMsat ?? '?'];
  entries.push(
    entryOf({
      at,
      nodeId,
      ...channel,
      type: 'forward',
      ...signed(feeMsat),
      description: `${came} msat in, ${went} msat out`,
      eventIds: [eventId],
    }),
  );
}

/** What inbound discounts make of a fee may be a loss. */
function signed(msat: bigint) {
  return msat < 0n ? { debitMsat: -msat } : { creditMsat: msat };
}

function enterUntoldForward({ nodeId, out, in: came }: Group, entries: AccountingEntry[]): void {
  const [first] = out;
  if (first === undefined) return;
  const [amountIn, amountOut] = [sumOf(came), sumOf(out)];
  entries.push(
    entryOf({
      at: first.at,
      nodeId,
      channelId: first.channelId,
      type: 'forward',
      ...signed(amountIn - amountOut),
      description: `${amountIn} msat in, ${amountOut} msat out`,
      eventIds: [...out, ...came].map(({ eventId }) => eventId),
    }),
  );
}

/** What a payment cost: told, or its HTLCs less what arrived. */
function feeOf({ sent, received, out }: Group): bigint | undefined {
  if (sent?.feeMsat !== undefined) return sent.feeMsat;
  const booked = out.map(({ feesMsat }) => feesMsat);
  if (booked.length > 0 && booked.every((fee) => fee !== undefined)) {
    return booked.reduce((sum, fee) => sum + fee, 0n);
  }
  const arrived = sent?.amountMsat ?? received?.amountMsat;
  if (arrived === undefined || out.length === 0) return undefined;
  const fee = sumOf(out) - arrived;
  return fee < 0n ? undefined : fee;
}

interface Part {
  readonly leg: Leg | undefined;
  readonly amountMsat: bigint;
  readonly feeMsat: bigint | undefined;
}

/** The HTLCs with what they paid beside the fee; of several, the largest bear it, as far as they reach. */
function partsOf(group: Group, feeMsat: bigint | undefined): readonly Part[] {
  const { sent, out } = group;
  if (out.length === 0) {
    return [{ leg: undefined, amountMsat: sent?.amountMsat ?? 0n, feeMsat }];
  }
  let rest = feeMsat ?? 0n;
  const shares = new Map<Leg, bigint>();
  for (const leg of [...out].sort((a, b) => (a.amountMsat > b.amountMsat ? -1 : 1))) {
    const share = rest < leg.amountMsat ? rest : leg.amountMsat;
    shares.set(leg, share);
    rest -= share;
  }
  return out.map((leg) => {
    const share = shares.get(leg) ?? 0n;
    const fee = feeMsat === undefined ? undefined : share;
    return { leg, amountMsat: leg.amountMsat - share, feeMsat: fee };
  });
}

function enterOutgoing(
  group: Group,
  type: 'payment' | 'rebalance',
  entries: AccountingEntry[],
  unknownAmounts: UnknownAmount[],
): void {
  const { nodeId, sent } = group;
  const fee = feeOf(group);
  for (const { leg, amountMsat, feeMsat } of partsOf(group, fee)) {
    const at = sent?.at ?? leg?.at ?? '';
    const channel = leg === undefined ? {} : { channelId: leg.channelId };
    const eventIds = [sent?.eventId, leg?.eventId].filter((id) => id !== undefined);
    const about = { at, nodeId, ...channel, eventIds };
    const withFee = feeMsat === undefined ? {} : { feesMsat: feeMsat };
    entries.push(entryOf({ ...about, type, debitMsat: amountMsat, ...withFee }));
    if (feeMsat !== undefined && feeMsat > 0n) {
      entries.push(entryOf({ ...about, type: `${type}-fee`, debitMsat: feeMsat }));
    }
  }
  if (fee === undefined) {
    const [leg] = group.out;
    unknownAmounts.push({
      at: sent?.at ?? leg?.at ?? '',
      nodeId,
      ...(leg && { channelId: leg.channelId }),
      what: 'payment-fee',
      eventId: sent?.eventId ?? leg?.eventId ?? '',
    });
  }
}

function enterIncoming(
  { nodeId, received, in: came }: Group,
  type: 'receipt' | 'rebalance',
  entries: AccountingEntry[],
): void {
  if (came.length === 0) {
    if (received?.amountMsat === undefined) return;
    const { at, amountMsat: creditMsat, eventId } = received;
    entries.push(entryOf({ at, nodeId, type, creditMsat, eventIds: [eventId] }));
    return;
  }
  for (const { channelId, at, amountMsat: creditMsat, eventId } of came) {
    const eventIds = [received?.eventId, eventId].filter((id) => id !== undefined);
    entries.push(
      entryOf({ at: received?.at ?? at, nodeId, channelId, type, creditMsat, eventIds }),
    );
  }
}

function enterRebalance(
  group: Group,
  entries: AccountingEntry[],
  unknownAmounts: UnknownAmount[],
): void {
  enterOutgoing(group, 'rebalance', entries, unknownAmounts);
  const { sent, received, in: came } = group;
  const isArrivalTold = received !== undefined || came.length > 0;
  enterIncoming(
    isArrivalTold || !sent ? group : { ...group, received: sent },
    'rebalance',
    entries,
  );
}
