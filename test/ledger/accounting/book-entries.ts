/** What the books make of HTLCs, payments and forwards made up for a rule. */
import type { Leg } from '../../../src/ledger/accounting/channel-facts.ts';
import type { AccountingFacts, Payment } from '../../../src/ledger/accounting/facts.ts';
import { paymentEntries } from '../../../src/ledger/accounting/payments.ts';
import { htlcsOf } from '../../../src/ledger/answers/forwards.ts';
import type { ForwardView } from '../../../src/ledger/view-types.ts';

export const NODE = `02${'aa'.repeat(32)}`;
export const [EAST, WEST, NORTH] = ['e', 'f', 'd'].map((digit) => digit.repeat(64)) as [
  string,
  string,
  string,
];
export const at = (second: number) =>
  `2026-03-14T15:00:${String(second).padStart(2, '0')}.000000000Z`;

let ids = 0;
export function leg(
  channelId: string,
  direction: Leg['direction'],
  amountMsat: bigint,
  more: Partial<Leg> = {},
): Leg {
  const id = ids++;
  return {
    nodeId: NODE,
    channelId,
    direction,
    id,
    amountMsat,
    at: at(5),
    eventId: `leg ${id}`,
    ...more,
  };
}

export function payment(kind: Payment['kind'], more: Partial<Payment> = {}): Payment {
  return { nodeId: NODE, kind, at: at(9), eventId: `${kind} ${more.paymentLink ?? ''}`, ...more };
}

/** A forward from east to west as a node's own books tell it, with no HTLC named. */
export function forwarded(amountInMsat: bigint, amountOutMsat: bigint): ForwardView {
  return {
    nodeId: NODE,
    at: at(5),
    outcome: 'forwarded',
    incomingChannelId: EAST,
    outgoingChannelId: WEST,
    amountInMsat,
    amountOutMsat,
    feeMsat: amountInMsat - amountOutMsat,
    eventId: 'forward',
  };
}

export const noFacts: AccountingFacts = {
  channels: [],
  legs: [],
  payments: [],
  forwards: [],
  forwardedHtlcs: new Set(),
  chains: new Map(),
  placed: new Map(),
};

export function booksOf(facts: Partial<AccountingFacts>) {
  const { entries, unknownAmounts } = paymentEntries({
    ...noFacts,
    forwardedHtlcs: htlcsOf(facts.forwards ?? []),
    ...facts,
  });
  return {
    entries: entries.map(({ type, channelId, creditMsat = 0n, debitMsat = 0n, isIncome }) => {
      return [type, channelId, creditMsat - debitMsat, isIncome];
    }),
    unknownAmounts: unknownAmounts.map(({ what }) => what),
  };
}
