/**
 * Payments that their node tells by no hash. Which HTLCs are theirs nobody knows: those that could be, by what
 * they moved, where and when, are held for them, so that nothing is entered twice. All others are entered.
 */
import type { Leg } from './channel-facts.ts';
import type { AccountingFacts, Payment } from './facts.ts';
import { movedSum, sentTotal } from './payment-parts.ts';
import { sameTime } from './same-time.ts';

/** HTLCs of one node that have one hash, or one that has none. */
interface Moved {
  readonly nodeId: string;
  readonly out: readonly Leg[];
  readonly in: readonly Leg[];
}

/** Each payment stands for the HTLCs of one hash at most. Gives back what none of them stands for. */
export function unnamedPayments({
  payments,
  placed,
}: Pick<AccountingFacts, 'payments' | 'placed'>): <Group extends Moved>(group: Group) => Group {
  const left = new Set(payments.filter(({ paymentLink }) => paymentLink === undefined));
  const isThen = sameTime(placed);
  const rest = (kind: Payment['kind'], nodeId: string, legs: readonly Leg[]): readonly Leg[] => {
    if (legs.length === 0) return legs;
    for (const payment of left) {
      if (payment.nodeId !== nodeId || payment.kind !== kind) continue;
      if (!isAmount(payment, legs) || !isThere(payment, legs)) continue;
      if (!legs.every((leg) => isThen(payment, leg))) continue;
      left.delete(payment);
      return [];
    }
    return legs;
  };
  return (group) => ({
    ...group,
    out: rest('sent', group.nodeId, group.out),
    in: rest('received', group.nodeId, group.in),
  });
}

/** What is not told may be any amount; an unknown fee may be any, and none is below 0. */
function isAmount(payment: Payment, legs: readonly Leg[]): boolean {
  const { amountMsat, kind } = payment;
  const movedMsat = movedSum(legs);
  if (kind === 'received') return amountMsat === undefined || movedMsat === amountMsat;
  const totalMsat = sentTotal(payment);
  return totalMsat === undefined ? movedMsat >= (amountMsat ?? 0n) : movedMsat === totalMsat;
}

/** Parts that were told without their channels, or no parts, may have gone over any. */
function isThere({ parts = [] }: Payment, legs: readonly Leg[]): boolean {
  const named = new Set(parts.flatMap(({ channelId }) => channelId ?? []));
  if (parts.length === 0 || parts.some(({ channelId }) => channelId === undefined)) return true;
  return legs.every(({ channelId }) => named.has(channelId));
}
