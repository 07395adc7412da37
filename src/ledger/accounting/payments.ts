/**
 * Payments, receipts, forwards and rebalances. Everything of one payment hash (by its keyed link) is looked
 * at together: a payment to oneself, by any path, is neither income nor expense, and what is forwarded
 * earns its fee alone.
 */
import type { Leg } from './channel-facts.ts';
import { type AccountingEntry, entryOf, type UnknownAmount } from './entry.ts';
import type { AccountingFacts, Payment } from './facts.ts';
import { enterForward, enterUntoldForward, unplacedForwards } from './forward-entries.ts';
import { forwardedLegs, linkOf } from './forwarded-legs.ts';
import { type Moved, movedSum, receivedOver, sentOver, sentTotal } from './payment-parts.ts';
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
  /** HTLCs of its hash were forwarded, so that what is left of it is no payment of the node's. */
  readonly isPassing?: boolean;
}

export function paymentEntries(facts: AccountingFacts): Entered {
  const { forwards } = facts;
  const entries: AccountingEntry[] = [];
  const unknownAmounts: UnknownAmount[] = [];
  for (const forward of forwards) enterForward(forward, entries, unknownAmounts);
  const forwarded = forwardedLegs(facts);
  const unplaced = unplacedForwards({ ...facts, ...forwarded });
  const withoutUnnamed = unnamedPayments(facts);
  for (const each of groupsOf(facts, forwarded.legs)) {
    if (isUntoldForward(each)) {
      enterUntoldForward(unplaced.without(each), entries, unknownAmounts);
      continue;
    }
    const isTold = each.sent !== undefined || each.received !== undefined;
    const group = isTold ? each : withoutUnnamed(each);
    if (isToOneself(group)) enterRebalance(group, entries, unknownAmounts);
    else {
      if (group.sent !== undefined || group.out.length > 0)
        enterOutgoing(group, 'payment', entries, unknownAmounts);
      if (group.received !== undefined || group.in.length > 0)
        enterIncoming(group, 'receipt', entries, unknownAmounts);
    }
  }
  return { entries, unknownAmounts };
}

/** Without the HTLCs of forwards that the node told. */
function* groupsOf(
  { legs, payments }: AccountingFacts,
  forwarded: ReadonlySet<Leg>,
): Generator<Group> {
  const passing = new Set([...forwarded].map(linkOf));
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
    if (forwarded.has(leg)) continue;
    const { nodeId, paymentLink, eventId } = leg;
    const group = groupAt(nodeId, paymentLink, eventId);
    const isPassing = paymentLink !== undefined && passing.has(linkOf(leg));
    if (isPassing || leg.isRouted) group.isPassing = true;
    if (leg.direction === 'offered') group.out = [...group.out, leg];
    else group.in = [...group.in, leg];
  }
  for (const { group } of groups.values()) yield group;
}

type Mutable<T> = { -readonly [Field in keyof T]: T[Field] };

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
  return sent !== undefined || received !== undefined || movedSum(group.out) > movedSum(group.in);
}

/** It earned by it, which no payment does, or its node says that such HTLCs are forwarded. */
function isUntoldForward(group: Group): boolean {
  const { sent, received, out, in: came, isPassing = false } = group;
  if (sent !== undefined || received !== undefined) return false;
  return isPassing || (out.length > 0 && came.length > 0 && !isToOneself(group));
}

/** What a payment cost: told, or its HTLCs less what arrived. */
function feeOf(group: Group, out: readonly Moved[]): bigint | undefined {
  const { sent, received } = group;
  if (sent?.feeMsat !== undefined) return sent.feeMsat;
  const booked = bookedFees(out);
  if (booked !== undefined) return booked;
  const arrived = sent?.amountMsat ?? received?.amountMsat ?? cameBack(group);
  const left = out.length > 0 ? movedSum(out) : sent?.totalMsat;
  if (arrived === undefined || left === undefined || left < arrived) return undefined;
  return left - arrived;
}

/**
 * What its HTLCs brought back. Each part that is sent comes in as one HTLC: where fewer came, some of them are in
 * no record.
 */
function cameBack({ out, in: came }: Group): bigint | undefined {
  return came.length > 0 && came.length === out.length ? movedSum(came) : undefined;
}

/** Undefined where it is not told of every part. */
function bookedFees(out: readonly Moved[]): bigint | undefined {
  const fees = out.flatMap(({ feesMsat }) => feesMsat ?? []);
  if (out.length === 0 || fees.length < out.length) return undefined;
  return fees.reduce((sum, fee) => sum + fee, 0n);
}

interface Part {
  readonly moved: Moved | undefined;
  /** Undefined where nobody told what was paid. */
  readonly amountMsat: bigint | undefined;
  readonly feeMsat: bigint | undefined;
}

/**
 * What each paid beside the fee, and the fee: its own, where that was told of every part. Otherwise the
 * largest bear it, as far as they reach.
 */
function partsOf(
  { sent }: Group,
  out: readonly Moved[],
  feeMsat: bigint | undefined,
): readonly Part[] {
  if (out.length === 0) {
    const { amountMsat = lessFee(sentTotal(sent), feeMsat) } = sent ?? {};
    return [{ moved: undefined, amountMsat, feeMsat }];
  }
  const areOwn = feeMsat !== undefined && bookedFees(out) === feeMsat;
  let rest = feeMsat ?? 0n;
  const shares = new Map<Moved, bigint>();
  for (const moved of [...out].sort((a, b) => (a.amountMsat > b.amountMsat ? -1 : 1))) {
    const most = areOwn ? (moved.feesMsat ?? 0n) : moved.amountMsat;
    const share = rest < most ? rest : most;
    shares.set(moved, share);
    rest -= share;
  }
  return out.map((moved) => {
    const share = shares.get(moved) ?? 0n;
    const fee = feeMsat === undefined ? undefined : share;
    return { moved, amountMsat: moved.amountMsat - share, feeMsat: fee };
  });
}

/** With the fee in it where that is not known. */
function lessFee(totalMsat: bigint | undefined, feeMsat = 0n): bigint | undefined {
  return totalMsat && totalMsat - feeMsat;
}

function enterOutgoing(
  group: Group,
  type: 'payment' | 'rebalance',
  entries: AccountingEntry[],
  unknownAmounts: UnknownAmount[],
): void {
  const { nodeId, sent } = group;
  const out = sentOver(sent, group.out);
  const fee = feeOf(group, out);
  for (const { moved, amountMsat, feeMsat } of partsOf(group, out, fee)) {
    const at = sent?.at ?? moved?.at ?? '';
    const eventIds = [sent?.eventId, moved?.eventId].filter((id) => id !== undefined);
    const about = { at, nodeId, ...channelOf(moved), eventIds };
    const withFee = feeMsat === undefined ? {} : { feesMsat: feeMsat };
    const amount = amountMsat === undefined ? { isAmountUnknown: true } : { debitMsat: amountMsat };
    entries.push(entryOf({ ...about, type, ...amount, ...withFee }));
    if (amountMsat === undefined) {
      unknownAmounts.push({ at, nodeId, what: type, eventId: eventIds[0] ?? '' });
    }
    if (feeMsat !== undefined && feeMsat > 0n) {
      entries.push(entryOf({ ...about, type: `${type}-fee`, debitMsat: feeMsat }));
    }
  }
  if (fee === undefined) {
    const [first] = out;
    unknownAmounts.push({
      at: sent?.at ?? first?.at ?? '',
      nodeId,
      ...channelOf(first),
      what: 'payment-fee',
      eventId: sent?.eventId ?? first?.eventId ?? '',
    });
  }
}

function channelOf(moved: Moved | undefined): { readonly channelId?: string } {
  return moved?.channelId === undefined ? {} : { channelId: moved.channelId };
}

function enterIncoming(
  group: Group,
  type: 'receipt' | 'rebalance',
  entries: AccountingEntry[],
  unknownAmounts: UnknownAmount[],
): void {
  const { nodeId, received } = group;
  const came = receivedOver(received, group.in);
  if (came.length === 0) {
    if (received === undefined) return;
    const { at, amountMsat: creditMsat, eventId } = received;
    const amount = creditMsat === undefined ? { isAmountUnknown: true } : { creditMsat };
    entries.push(entryOf({ at, nodeId, type, ...amount, eventIds: [eventId] }));
    if (creditMsat === undefined) unknownAmounts.push({ at, nodeId, what: type, eventId });
    return;
  }
  for (const moved of came) {
    const at = received?.at ?? moved.at ?? '';
    const eventIds = [received?.eventId, moved.eventId].filter((id) => id !== undefined);
    const about = { at, nodeId, ...channelOf(moved), eventIds };
    entries.push(entryOf({ ...about, type, creditMsat: moved.amountMsat }));
  }
}

/** What was sent to itself came back whole; its parts tell by which channels it left. */
function arrivalOf({ parts: _, ...sent }: Payment): Payment {
  return sent;
}

function enterRebalance(
  group: Group,
  entries: AccountingEntry[],
  unknownAmounts: UnknownAmount[],
): void {
  enterOutgoing(group, 'rebalance', entries, unknownAmounts);
  const { sent, received, in: came } = group;
  const isArrivalTold = received !== undefined || came.length > 0 || sent === undefined;
  enterIncoming(
    isArrivalTold ? group : { ...group, received: arrivalOf(sent) },
    'rebalance',
    entries,
    unknownAmounts,
  );
}
