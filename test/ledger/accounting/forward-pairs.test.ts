/** Which HTLC goes with which, where several of one payment hash look alike. */
import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import type { Leg } from '../../../src/ledger/accounting/channel-facts.ts';
import type { ForwardView } from '../../../src/ledger/view-types.ts';
import { booksOf, EAST, forwarded, leg, NORTH, WEST } from './book-entries.ts';

const test = suite('HTLCs of one payment that look alike');

const paymentLink = 'd1';
const came = (more: Partial<Leg> = {}) =>
  leg(EAST, 'received', 1_010_000n, { paymentLink, ...more });
const went = (more: Partial<Leg> = {}) =>
  leg(WEST, 'offered', 1_000_000n, { paymentLink, ...more });

const told = forwarded(1_010_000n, 1_000_000n);
const byIncoming = ({ id }: Leg): ForwardView => ({ ...told, incomingHtlcId: id });
const byOutgoing = ({ id }: Leg): ForwardView => ({ ...told, outgoingHtlcId: id });

const ONE = ['forward', WEST, 10_000n, true];
const [firstIn, secondIn, thirdIn] = [came(), came(), came()];
const [firstOut, secondOut, thirdOut] = [went(), went(), went()];
const legs = [firstIn, firstOut, secondIn, secondOut, thirdIn, thirdOut];

test('are each of one forward, whichever of the two its teller names', () => {
  for (const forwards of [
    [byIncoming(firstIn), byIncoming(secondIn)],
    [byOutgoing(firstOut), byOutgoing(secondOut)],
    [byIncoming(firstIn), byOutgoing(secondOut)],
  ]) {
    // The third is not told: what is left of the payment is what it earned.
    equal(booksOf({ legs, forwards }), { entries: [ONE, ONE, ONE], unknownAmounts: [] });
  }
});

test('are no other one’s where both are named', () => {
  const both = { ...byIncoming(firstIn), outgoingHtlcId: firstOut.id };
  for (const other of [byIncoming(secondIn), byOutgoing(secondOut)]) {
    const books = booksOf({ legs, forwards: [both, other] });
    equal(books, { entries: [ONE, ONE, ONE], unknownAmounts: [] });
  }
});

test('are no other one’s where one of them says which it forwards', () => {
  const forwardOf = { channelId: EAST, htlcId: firstIn.id };
  const saying = [firstIn, went({ forwardOf }), ...legs.slice(2)];
  for (const other of [byIncoming(secondIn), byOutgoing(secondOut)]) {
    const books = booksOf({ legs: saying, forwards: [byIncoming(firstIn), other] });
    equal(books, { entries: [ONE, ONE, ONE], unknownAmounts: [] });
  }
});

test('are no other one’s once they are found', () => {
  // Both came in over one channel; they went out over two.
  const north = leg(NORTH, 'offered', 1_000_000n, { paymentLink });
  const second = { ...byOutgoing(north), outgoingChannelId: NORTH };
  const books = booksOf({
    legs: [firstIn, firstOut, secondIn, north],
    forwards: [byIncoming(firstIn), second],
  });
  equal(books, { entries: [ONE, ['forward', NORTH, 10_000n, true]], unknownAmounts: [] });
});

test('are two of one, however many forwards name one of them', () => {
  const forwards = [byOutgoing(firstOut), byOutgoing(firstOut)];
  // Both are entered as they were told; the second pair is still nobody's.
  const books = booksOf({ legs: legs.slice(0, 4), forwards });
  equal(books, { entries: [ONE, ONE, ONE], unknownAmounts: [] });
});

test('are told by the fee: more came in than went out', () => {
  const { amountInMsat: _, amountOutMsat: __, ...byFee } = told;
  for (const named of [{ incomingHtlcId: firstIn.id }, { outgoingHtlcId: firstOut.id }]) {
    const books = booksOf({ legs: legs.slice(0, 2), forwards: [{ ...byFee, ...named }] });
    equal(books, { entries: [ONE], unknownAmounts: [] });
  }
});

test.run();
