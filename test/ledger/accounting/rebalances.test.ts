/** Payments to oneself: whoever tells them, neither income nor expense, and what they cost. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { AccountingFacts } from '../../../src/ledger/accounting/facts.ts';
import { paymentEntries } from '../../../src/ledger/accounting/payments.ts';
import { booksOf, EAST, leg, noFacts, payment, WEST } from './book-entries.ts';

const rebalances = suite('a payment to oneself');

rebalances('is neither income nor expense, and its fee is what it cost', () => {
  const paymentLink = 'b1';
  const books = booksOf({
    legs: [
      leg(EAST, 'offered', 100_050n, { paymentLink }),
      leg(WEST, 'received', 100_000n, { paymentLink }),
    ],
    payments: [
      payment('sent', { paymentLink, amountMsat: 100_000n, feeMsat: 50n }),
      payment('received', { paymentLink, amountMsat: 100_000n }),
    ],
  });
  assert.equal(books.entries, [
    ['rebalance', EAST, -100_000n, false],
    ['rebalance-fee', EAST, -50n, true],
    ['rebalance', WEST, 100_000n, false],
  ]);
});

rebalances('is known by its HTLCs alone where it costs something', () => {
  const paymentLink = 'b2';
  const books = booksOf({
    legs: [
      leg(EAST, 'offered', 100_050n, { paymentLink }),
      leg(WEST, 'received', 100_000n, { paymentLink }),
    ],
  });
  const expected = [
    ['rebalance', EAST, -100_000n, false],
    ['rebalance-fee', EAST, -50n, true],
    ['rebalance', WEST, 100_000n, false],
  ];
  assert.equal(books, { entries: expected, unknownAmounts: [] });
});

rebalances('whose HTLCs did not all come back has an unknown cost', () => {
  const paymentLink = 'b8';
  const books = booksOf({
    legs: [
      leg(EAST, 'offered', 100_050n, { paymentLink }),
      leg(EAST, 'offered', 100_050n, { paymentLink }),
      leg(WEST, 'received', 100_000n, { paymentLink }),
    ],
  });
  assert.equal(
    books.entries.map(([type]) => type),
    ['rebalance', 'rebalance', 'rebalance'],
  );
  assert.equal(books.unknownAmounts, ['payment-fee']);
});

rebalances('is known by the node’s own words alone', () => {
  const paymentLink = 'b3';
  const books = booksOf({
    payments: [
      payment('sent', { paymentLink, amountMsat: 100_000n, feeMsat: 0n }),
      payment('received', { paymentLink, amountMsat: 100_000n }),
    ],
  });
  assert.equal(books.entries, [
    ['rebalance', undefined, -100_000n, false],
    ['rebalance', undefined, 100_000n, false],
  ]);
});

rebalances('is known by its route alone, where nobody tells its arrival', () => {
  const paymentLink = 'b4';
  const sent = { amountMsat: 100_000n, feeMsat: 50n, isToSelf: true };
  const expected = [
    ['rebalance', undefined, -100_000n, false],
    ['rebalance-fee', undefined, -50n, true],
    ['rebalance', undefined, 100_000n, false],
  ];
  assert.equal(
    booksOf({ payments: [payment('sent', { ...sent, paymentLink })] }).entries,
    expected,
  );
  assert.equal(booksOf({ payments: [payment('sent', sent)] }).entries, expected);
});

rebalances('whose amount nobody told is unknown on its way out and back', () => {
  const sent = payment('sent', { paymentLink: 'b6', feeMsat: 50n, isToSelf: true });
  const { entries, unknownAmounts } = paymentEntries({ ...noFacts, payments: [sent] });
  assert.equal(
    entries.map(({ type, creditMsat, debitMsat }) => [type, creditMsat, debitMsat]),
    [
      ['rebalance', undefined, undefined],
      ['rebalance-fee', 0n, 50n],
      ['rebalance', undefined, undefined],
    ],
  );
  assert.equal(
    unknownAmounts.map(({ what }) => what),
    ['rebalance', 'rebalance'],
  );
});

rebalances('of a told total costs what did not come back of it', () => {
  const paymentLink = 'b7';
  const sent = payment('sent', { paymentLink, totalMsat: 100_050n });
  const received = payment('received', { paymentLink, amountMsat: 100_000n });
  assert.equal(booksOf({ payments: [sent, received] }).entries, [
    ['rebalance', undefined, -100_000n, false],
    ['rebalance-fee', undefined, -50n, true],
    ['rebalance', undefined, 100_000n, false],
  ]);
});

rebalances('comes back once, whoever tells of its arrival besides', () => {
  const paymentLink = 'b5';
  const sent = payment('sent', { paymentLink, amountMsat: 100_000n, feeMsat: 50n, isToSelf: true });
  const back = (facts: Partial<AccountingFacts>) =>
    booksOf(facts).entries.filter(([, , msat]) => Number(msat) > 0);
  const received = payment('received', { paymentLink, amountMsat: 100_000n });
  assert.equal(back({ payments: [sent, received] }), [['rebalance', undefined, 100_000n, false]]);
  const legs = [leg(WEST, 'received', 100_000n, { paymentLink })];
  assert.equal(back({ payments: [sent], legs }), [['rebalance', WEST, 100_000n, false]]);
});

rebalances.run();
