/** Forwards in parts, and forwards that a node's books have besides: each fee is in the books once. */
import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import type { Leg } from '../../../src/ledger/accounting/channel-facts.ts';
import type { ForwardView } from '../../../src/ledger/view-types.ts';
import { booksOf, EAST, forwarded, leg, NODE, NORTH, payment, WEST } from './book-entries.ts';

const test = suite('a payment that was forwarded in parts');

const paymentLink = 'd1';
const came = (amountMsat: bigint, more: Partial<Leg> = {}) =>
  leg(EAST, 'received', amountMsat, { paymentLink, ...more });
const went = (amountMsat: bigint, more: Partial<Leg> = {}) =>
  leg(WEST, 'offered', amountMsat, { paymentLink, ...more });

/** Two parts: one earns 10 msat, the other 20. */
const [firstIn, firstOut] = [came(1_010n), went(1_000n)];
const [otherIn, otherOut] = [came(2_020n), went(2_000n)];
const parts = [firstIn, firstOut, otherIn, otherOut];

const told = forwarded(1_010n, 1_000n);
const BOTH = [
  ['forward', WEST, 10n, true],
  ['forward', WEST, 20n, true],
];

test('earns what all of them earn, whichever HTLC of one is told', () => {
  const incoming = { incomingHtlcId: firstIn.id };
  const outgoing = { outgoingHtlcId: firstOut.id };
  for (const named of [{}, incoming, outgoing, { ...incoming, ...outgoing }]) {
    equal(booksOf({ legs: parts, forwards: [{ ...told, ...named }] }).entries, BOTH);
  }
  equal(booksOf({ legs: parts }).entries, [['forward', WEST, 30n, true]]);
});

test('of equal amounts leaves the one that is not told', () => {
  const alike = [firstIn, firstOut, came(1_010n), went(1_000n)];
  const forwards = [{ ...told, incomingHtlcId: firstIn.id }];
  const expected = [BOTH[0], BOTH[0]];
  equal(booksOf({ legs: alike, forwards }).entries, expected);
  // Another teller names the second one that went out: that one is the told forward's.
  const forwardedHtlcs = new Set([
    `${NODE} ${EAST} received ${firstIn.id}`,
    `${NODE} ${WEST} offered ${alike[3]?.id}`,
  ]);
  equal(booksOf({ legs: alike, forwards, forwardedHtlcs }).entries, expected);
});

test('is paired by what an HTLC says it forwards', () => {
  const forwardOf = { channelId: EAST, htlcId: firstIn.id };
  const legs = [firstIn, went(1_005n, { forwardOf }), otherIn, otherOut];
  const forwards = [{ ...told, amountOutMsat: 1_005n, feeMsat: 5n, incomingHtlcId: firstIn.id }];
  const expected = [['forward', WEST, 5n, true], BOTH[1]];
  equal(booksOf({ legs, forwards }).entries, expected);
  const { incomingHtlcId: _, ...other } = forwards[0] ?? told;
  const byOutgoing = [{ ...other, outgoingHtlcId: legs[1]?.id ?? -1 }];
  equal(booksOf({ legs, forwards: byOutgoing }).entries, expected);
});

test('is paired by the fee and by rounded amounts, where those are what is told', () => {
  const { amountInMsat: _, amountOutMsat: __, ...byFee } = told;
  const forwards = [{ ...byFee, incomingHtlcId: firstIn.id }];
  equal(booksOf({ legs: parts, forwards }).entries, BOTH);
  const rounded = [{ ...told, incomingHtlcId: firstIn.id, amountOutMsat: 1_999n }];
  equal(booksOf({ legs: [firstIn, firstOut], forwards: rounded }).entries, [BOTH[0]]);
});

test('takes no other channel’s HTLC, no other amount’s and no other one’s for its own', () => {
  const forwards = [{ ...told, incomingHtlcId: firstIn.id }];
  const elsewhere = leg(NORTH, 'offered', 1_000n, { paymentLink });
  for (const other of [elsewhere, went(2_000n), came(1_000n)]) {
    const books = booksOf({ legs: [firstIn, other], forwards });
    equal(books, { entries: [BOTH[0]], unknownAmounts: ['forward'] });
  }
  const named = [{ ...told, incomingHtlcId: firstIn.id, outgoingHtlcId: 12_345 }];
  const books = booksOf({ legs: [firstIn, firstOut], forwards: named });
  equal(books, { entries: [BOTH[0]], unknownAmounts: ['forward'] });
});

test('has no receipt for a part of it that went where nobody told', () => {
  const forwards = [{ ...told, incomingHtlcId: firstIn.id }];
  const books = booksOf({ legs: [firstIn, firstOut, otherIn], forwards });
  equal(books, { entries: [BOTH[0]], unknownAmounts: ['forward'] });
});

test('and paid by its node as well is both', () => {
  const forwards = [{ ...told, incomingHtlcId: firstIn.id }];
  const payments = [payment('sent', { paymentLink, amountMsat: 1_990n, feeMsat: 10n })];
  equal(booksOf({ legs: [firstIn, firstOut, otherOut], forwards, payments }).entries, [
    ['forward', WEST, 10n, true],
    ['payment', WEST, -1_990n, true],
    ['payment-fee', WEST, -10n, true],
  ]);
});

test.run();

const books = suite('a forward that a node’s own books have');

/** The books have no ids of HTLCs. */
const booked = [came(1_010n, { id: -1, isRouted: true }), went(1_000n, { id: -2, isRouted: true })];

books('is not entered beside the same that the node tells by its HTLCs', () => {
  const forwards = [{ ...told, incomingHtlcId: 7, outgoingHtlcId: 9 }];
  equal(booksOf({ legs: booked, forwards }).entries, [BOTH[0]]);
  equal(booksOf({ legs: booked }).entries, [BOTH[0]]);
  const half = [came(1_010n, { id: 7 }), ...booked.slice(1)];
  equal(booksOf({ legs: half, forwards }).entries, [BOTH[0]]);
  equal(booksOf({ legs: [...booked.slice(0, 1), went(1_000n, { id: 9 })], forwards }).entries, [
    BOTH[0],
  ]);
});

/** As a list names it whose channels nobody else tells of: by short ids that lead nowhere. */
const { incomingChannelId: _in, outgoingChannelId: _out, ...nameless } = told;
const named = { ...nameless, incomingHtlcId: 7, outgoingHtlcId: 9 };

books('is one with what the node tells by short ids that the ledger cannot place', () => {
  const once = [['forward', undefined, 10n, true]];
  const legs = booked;
  equal(booksOf({ legs, forwards: [named] }), { entries: once, unknownAmounts: [] });
  const [half, other] = [
    { ...named, incomingChannelId: EAST },
    { ...named, outgoingChannelId: WEST },
  ];
  equal(booksOf({ legs, forwards: [half] }), { entries: once, unknownAmounts: [] });
  equal(booksOf({ legs, forwards: [other] }), { entries: [BOTH[0]], unknownAmounts: [] });
  // Of two pairs of the same amounts one is not told.
  const again = booked.map((one) => ({ ...one, paymentLink: 'd2' }));
  equal(booksOf({ legs: [...legs, ...again], forwards: [named] }).entries, [...once, BOTH[0]]);
});

books('is another than one of a channel that is not known, at another time or amount', () => {
  const both = (forward: ForwardView) => booksOf({ legs: booked, forwards: [forward] }).entries;
  const apart = [['forward', undefined, 10n, true], BOTH[0]];
  // Ten minutes are what two clocks may differ by, each of them.
  equal(both({ ...named, at: '2026-03-14T15:20:06.000000000Z' }), apart);
  equal(both({ ...named, at: '2026-03-14T15:20:05.000000000Z' }), apart.slice(0, 1));
  equal(both({ ...named, amountInMsat: 2_010n, amountOutMsat: 2_000n }), apart);
  const { amountOutMsat: _, feeMsat: __, ...unpriced } = named;
  equal(both(unpriced), [BOTH[0]]);
  equal(both({ ...named, incomingChannelId: NORTH }), apart);
});

books('is the same where the node’s list has whole satoshi', () => {
  const forward = { ...told, amountInMsat: 1_000n, amountOutMsat: 1_000n };
  equal(booksOf({ legs: booked, forwards: [forward] }).entries, [BOTH[0]]);
  const up = { ...told, amountInMsat: 2_000n, amountOutMsat: 1_000n };
  equal(booksOf({ legs: booked, forwards: [up] }).entries, [BOTH[0]]);
  const late = { ...forward, at: '2026-03-14T16:00:00.000000000Z' };
  equal(booksOf({ legs: booked, forwards: [late] }).entries, [BOTH[0], BOTH[0]]);
});

books('is none of another HTLC', () => {
  const forwards = [{ ...told, incomingHtlcId: 7, outgoingHtlcId: 9 }];
  const legs = [came(1_010n, { id: 8 }), went(1_000n, { id: 10 })];
  equal(booksOf({ legs, forwards }).entries, [BOTH[0], BOTH[0]]);
});

books('at a loss is no rebalance, and half of one no receipt or payment', () => {
  const [one] = booked;
  const dear = went(1_030n, { id: -2, isRouted: true });
  equal(booksOf({ legs: one === undefined ? [] : [one, dear] }).entries, [
    ['forward', WEST, -20n, true],
  ]);
  for (const half of booked) {
    equal(booksOf({ legs: [half] }), { entries: [], unknownAmounts: ['forward'] });
  }
});

books.run();
