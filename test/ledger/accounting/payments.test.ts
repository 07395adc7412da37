import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { paymentEntries } from '../../../src/ledger/accounting/payments.ts';
import type { ForwardView } from '../../../src/ledger/view-types.ts';
import { at, booksOf, EAST, leg, NODE, NORTH, noFacts, payment, WEST } from './book-entries.ts';

const sends = suite('a payment');

sends('is an expense, and its fee one beside it', () => {
  const paymentLink = 'a1';
  const books = booksOf({
    legs: [leg(EAST, 'offered', 1_003_100n, { paymentLink })],
    payments: [payment('sent', { paymentLink, amountMsat: 1_000_000n, feeMsat: 3_100n })],
  });
  assert.equal(books.entries, [
    ['payment', EAST, -1_000_000n, true],
    ['payment-fee', EAST, -3_100n, true],
  ]);
});

sends('in parts leaves each channel with what it paid there', () => {
  const paymentLink = 'a2';
  const books = booksOf({
    legs: [
      leg(EAST, 'offered', 400_000n, { paymentLink }),
      leg(WEST, 'offered', 603_000n, { paymentLink }),
    ],
    payments: [payment('sent', { paymentLink, amountMsat: 1_000_000n, feeMsat: 3_000n })],
  });
  assert.equal(books.entries, [
    ['payment', EAST, -400_000n, true],
    ['payment', WEST, -600_000n, true],
    ['payment-fee', WEST, -3_000n, true],
  ]);
});

sends('whose fee nobody told has an unknown one, never 0', () => {
  const books = booksOf({ legs: [leg(EAST, 'offered', 1_003_100n, { paymentLink: 'a3' })] });
  assert.equal(books.entries, [['payment', EAST, -1_003_100n, true]]);
  assert.equal(books.unknownAmounts, ['payment-fee']);
});

sends('that a node tells without its HTLCs is entered without a channel', () => {
  const books = booksOf({
    payments: [payment('sent', { paymentLink: 'a4', amountMsat: 5_000n, feeMsat: 1n })],
  });
  assert.equal(books.entries, [
    ['payment', undefined, -5_000n, true],
    ['payment-fee', undefined, -1n, true],
  ]);
});

sends('is not entered twice where its node tells it without a hash', () => {
  const books = booksOf({
    legs: [leg(EAST, 'offered', 5_001n, { paymentLink: 'a5' })],
    payments: [payment('sent', { amountMsat: 5_000n, feeMsat: 1n })],
  });
  assert.is(books.entries.length, 2);
});

sends('without a hash hides no HTLC that cannot be its own: by amount, time or channel', () => {
  const untold = payment('sent', { amountMsat: 5_000n, feeMsat: 1n });
  const later = '2026-03-14T15:30:00.000000000Z';
  const others = [
    leg(EAST, 'offered', 7_000n, { paymentLink: 'a6' }),
    leg(EAST, 'offered', 5_001n, { paymentLink: 'a7', at: later }),
    leg(WEST, 'received', 5_001n, { paymentLink: 'a8' }),
  ];
  const entered = [
    ['payment', EAST, -7_000n, true],
    ['payment', EAST, -5_001n, true],
    ['receipt', WEST, 5_001n, true],
  ];
  const own = [
    ['payment', undefined, -5_000n, true],
    ['payment-fee', undefined, -1n, true],
  ];
  assert.equal(booksOf({ legs: others, payments: [untold] }).entries, [...own, ...entered]);
  const there = { ...untold, parts: [{ channelId: WEST, amountMsat: 5_001n }] };
  const here = leg(EAST, 'offered', 5_001n, { paymentLink: 'a9' });
  assert.equal(booksOf({ legs: [here], payments: [there] }).entries, [
    ['payment', WEST, -5_000n, true],
    ['payment-fee', WEST, -1n, true],
    ['payment', EAST, -5_001n, true],
  ]);
});

sends('without a hash stands for the HTLCs of one other at most', () => {
  const alike = ['aa', 'ab'].map((paymentLink) => leg(EAST, 'offered', 5_001n, { paymentLink }));
  const books = booksOf({
    legs: alike,
    payments: [payment('sent', { amountMsat: 5_000n, feeMsat: 1n })],
  });
  assert.equal(
    books.entries.filter(([type]) => type === 'payment'),
    [
      ['payment', undefined, -5_000n, true],
      ['payment', EAST, -5_001n, true],
    ],
  );
});

sends('that was placed within bounds may be any HTLC within them', () => {
  const untold = payment('received', { amountMsat: 5_000n });
  const legs = [leg(EAST, 'received', 5_000n, { paymentLink: 'ac', at: at(50) })];
  const early = '2026-03-01T00:00:00.000000000Z';
  const received = [{ ...untold, at: early }];
  assert.is(booksOf({ legs, payments: received }).entries.length, 2);
  const bounds = { notBefore: early, notAfter: at(59) };
  const placed = new Map([[untold.eventId, { at: early, bounds }]]);
  assert.is(booksOf({ legs, payments: received, placed }).entries.length, 1);
});

sends('stands under the channels that its list names, each with the fee of its part', () => {
  const parts = [
    { channelId: EAST, amountMsat: 402_500n, feesMsat: 2_500n },
    { amountMsat: 600_500n, feesMsat: 500n },
  ];
  const books = booksOf({
    payments: [payment('sent', { amountMsat: 1_000_000n, feeMsat: 3_000n, parts })],
  });
  assert.equal(books.entries, [
    ['payment', EAST, -400_000n, true],
    ['payment-fee', EAST, -2_500n, true],
    ['payment', undefined, -600_000n, true],
    ['payment-fee', undefined, -500n, true],
  ]);
});

sends('stands under no channel where the parts that are told do not make it up', () => {
  const part = { channelId: EAST, amountMsat: 300_000n, feesMsat: 0n };
  const books = booksOf({
    payments: [payment('sent', { amountMsat: 1_000_000n, feeMsat: 0n, parts: [part, part] })],
  });
  assert.equal(books.entries, [['payment', undefined, -1_000_000n, true]]);
});

sends('in one part, rounded to the satoshi, keeps the amount that was told', () => {
  const parts = [{ channelId: EAST, amountMsat: 1_001_000n }];
  const books = booksOf({
    payments: [payment('sent', { amountMsat: 1_000_250n, feeMsat: 900n, parts })],
  });
  assert.equal(books.entries, [
    ['payment', EAST, -1_000_250n, true],
    ['payment-fee', EAST, -900n, true],
  ]);
});

sends('is told once where its HTLCs are known beside the parts', () => {
  const paymentLink = 'a6';
  const parts = [{ channelId: EAST, amountMsat: 5_001n, feesMsat: 1n }];
  const books = booksOf({
    legs: [leg(EAST, 'offered', 5_001n, { paymentLink })],
    payments: [payment('sent', { paymentLink, amountMsat: 5_000n, feeMsat: 1n, parts })],
  });
  assert.equal(books.entries, [
    ['payment', EAST, -5_000n, true],
    ['payment-fee', EAST, -1n, true],
  ]);
});

sends('whose amount nobody told has a row without one, never 0', () => {
  const { entries, unknownAmounts } = paymentEntries({
    ...noFacts,
    payments: [payment('sent', { paymentLink: 'ad', feeMsat: 3n })],
  });
  assert.equal(
    entries.map(({ type, creditMsat, debitMsat }) => [type, creditMsat, debitMsat]),
    [
      ['payment', undefined, undefined],
      ['payment-fee', 0n, 3n],
    ],
  );
  assert.equal(
    unknownAmounts.map(({ what, at: time }) => [what, time]),
    [['payment', at(9)]],
  );
});

sends('of which only the total is told is that much, its fee unknown', () => {
  const sent = payment('sent', { paymentLink: 'ae', totalMsat: 12_345_678n });
  assert.equal(booksOf({ payments: [sent] }), {
    entries: [['payment', undefined, -12_345_678n, true]],
    unknownAmounts: ['payment-fee'],
  });
  const parts = [{ channelId: EAST, amountMsat: 12_345_678n }];
  assert.equal(booksOf({ payments: [{ ...sent, parts }] }).entries, [
    ['payment', EAST, -12_345_678n, true],
  ]);
});

sends('without a hash is no HTLC of another total', () => {
  const { paymentLink: _, ...untold } = payment('sent', { totalMsat: 5_001n });
  const legs = [leg(EAST, 'offered', 5_001n, { paymentLink: 'af' })];
  assert.is(booksOf({ legs, payments: [untold] }).entries.length, 1);
  const other = [leg(EAST, 'offered', 5_002n, { paymentLink: 'b0' })];
  assert.is(booksOf({ legs: other, payments: [untold] }).entries.length, 2);
});

sends('of one node hides no HTLC of another', () => {
  const other = { ...payment('sent', { amountMsat: 5_000n, feeMsat: 1n }), nodeId: 'another' };
  const here = leg(EAST, 'offered', 5_001n, { paymentLink: 'b1' });
  assert.equal(booksOf({ legs: [here], payments: [other] }).entries, [
    ['payment', undefined, -5_000n, true],
    ['payment-fee', undefined, -1n, true],
    ['payment', EAST, -5_001n, true],
  ]);
});

sends('without a hash and a fee moved what it paid or more, and no less', () => {
  const untold = payment('sent', { amountMsat: 5_000n });
  const entered = (amountMsat: bigint) =>
    booksOf({
      legs: [leg(EAST, 'offered', amountMsat, { paymentLink: 'b2' })],
      payments: [untold],
    }).entries;
  const own = ['payment', undefined, -5_000n, true];
  assert.equal(entered(4_999n), [own, ['payment', EAST, -4_999n, true]]);
  assert.equal(entered(5_000n), [own]);
  assert.equal(entered(5_200n), [own]);
});

sends('stands under the channels of its HTLCs where its list names none', () => {
  const paymentLink = 'b3';
  const books = booksOf({
    legs: [
      leg(EAST, 'offered', 400_000n, { paymentLink }),
      leg(WEST, 'offered', 600_000n, { paymentLink }),
    ],
    payments: [
      payment('sent', {
        paymentLink,
        amountMsat: 1_000_000n,
        feeMsat: 0n,
        parts: [{ amountMsat: 400_000n }, { amountMsat: 600_000n }],
      }),
    ],
  });
  assert.equal(books.entries, [
    ['payment', EAST, -400_000n, true],
    ['payment', WEST, -600_000n, true],
  ]);
});

sends('some of whose HTLCs are in no record has an unknown fee, and none below 0', () => {
  const paymentLink = 'b4';
  const books = booksOf({
    legs: [leg(EAST, 'offered', 4_000n, { paymentLink })],
    payments: [payment('sent', { paymentLink, amountMsat: 5_000n })],
  });
  assert.equal(books, {
    entries: [['payment', EAST, -4_000n, true]],
    unknownAmounts: ['payment-fee'],
  });
});

sends.run();

const receipts = suite('a receipt');

receipts('whose amount nobody told has a row without one', () => {
  const { entries, unknownAmounts } = paymentEntries({
    ...noFacts,
    payments: [payment('received', { paymentLink: 'a0' })],
  });
  assert.equal(
    entries.map(({ type, creditMsat, debitMsat }) => [type, creditMsat, debitMsat]),
    [['receipt', undefined, undefined]],
  );
  assert.equal(
    unknownAmounts.map(({ what }) => what),
    ['receipt'],
  );
});

receipts.run();

const forwarding = suite('a forward');

const forward: ForwardView = {
  nodeId: NODE,
  at: at(7),
  outcome: 'forwarded',
  incomingChannelId: EAST,
  incomingHtlcId: 900,
  outgoingChannelId: WEST,
  amountInMsat: 101_500n,
  amountOutMsat: 100_000n,
  feeMsat: 1_500n,
  eventId: 'forward',
};

forwarding('earns its fee where it went out, and its HTLCs are nothing beside it', () => {
  const paymentLink = 'c1';
  const books = booksOf({
    forwards: [forward],
    legs: [
      leg(EAST, 'received', 101_500n, { id: 900, paymentLink }),
      leg(WEST, 'offered', 100_000n, { paymentLink }),
    ],
  });
  assert.equal(books.entries, [['forward', WEST, 1_500n, true]]);
});

forwarding('at a loss is an expense', () => {
  const books = booksOf({ forwards: [{ ...forward, feeMsat: -20n }] });
  assert.equal(books.entries, [['forward', WEST, -20n, true]]);
});

forwarding('that only its HTLCs show is known by what it earned', () => {
  const paymentLink = 'c2';
  const books = booksOf({
    legs: [
      leg(EAST, 'received', 101_500n, { paymentLink }),
      leg(NORTH, 'offered', 100_000n, { paymentLink }),
    ],
  });
  assert.equal(books.entries, [['forward', NORTH, 1_500n, true]]);
});

forwarding('that its node tells without its HTLC is not entered a second time', () => {
  const { incomingHtlcId: _, ...unnamed } = forward;
  let pairs = 0;
  const pair = () => {
    const paymentLink = `c3${pairs++}`;
    return [
      leg(EAST, 'received', 101_500n, { paymentLink }),
      leg(WEST, 'offered', 100_000n, { paymentLink }),
    ];
  };
  assert.is(booksOf({ forwards: [unnamed], legs: pair() }).entries.length, 1);
  // Two alike, one of them told: the other is known by its HTLCs.
  assert.is(booksOf({ forwards: [unnamed], legs: [...pair(), ...pair()] }).entries.length, 2);
});

forwarding('is known by the HTLC that went out where the one that came in is gone', () => {
  const { incomingHtlcId: _, ...other } = forward;
  const books = booksOf({
    forwards: [{ ...other, outgoingHtlcId: 77 }],
    legs: [leg(WEST, 'offered', 100_000n, { id: 77 })],
  });
  assert.equal(books, { entries: [['forward', WEST, 1_500n, true]], unknownAmounts: [] });
});

forwarding('whose amounts nobody told has an unknown fee', () => {
  const { feeMsat: _, ...untold } = forward;
  assert.equal(booksOf({ forwards: [untold] }), { entries: [], unknownAmounts: ['forward'] });
});

forwarding.run();
