/** Movements that several of a node's books have: each is one. */
import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import {
  type BookedMovement,
  bookedOnce,
  legsOf,
  NamedAmounts,
} from '../../../src/ledger/accounting/booked.ts';
import type { EntryType } from '../../../src/ledger/accounting/entry.ts';
import { Txid } from '../../../src/lightning/ids.ts';
import { at, EAST, NODE } from './book-entries.ts';

type Data = BookedMovement['data'];

let events = 0;
/** A receipt of 500,000 sat, unless told otherwise. */
function row(book: string, changes: Partial<Data> = {}, source = 'cln-rpc'): BookedMovement {
  const data: Data = {
    kind: 'channel',
    book,
    tags: ['invoice'],
    creditMsat: 500_000_000n,
    debitMsat: 0n,
    paymentLink: 'a1'.repeat(16),
    ...changes,
  };
  return { data, at: at(5), eventId: `event ${events++}`, source };
}
const once = (...told: readonly BookedMovement[]) => bookedOnce(told);
const EVENTS = 'bkpr-listaccountevents';
const MOVES = 'listchannelmoves';

const test = suite('a movement in several books');

test('of one teller is one', () => {
  const [one, other] = [row(EVENTS), row(MOVES)];
  equal(once(one, other), [one]);
});

test('is one where they name its only part by 0 and not at all', () => {
  const [one, other] = [row(EVENTS, { partId: '0' }), row(MOVES)];
  equal(once(one, other), [one]);
  const part = row(MOVES, { partId: '1' });
  equal(once(one, part), [one, part]);
});

test('is as often there as the book has it that has it most often', () => {
  const twice = [row(MOVES), row(MOVES)];
  const thrice = [row('channel_moves'), row('channel_moves'), row('channel_moves')].map((told) => {
    return { ...told, source: 'cln-db' };
  });
  equal(once(row(EVENTS), ...twice), twice);
  equal(once(...twice, row(EVENTS)), twice);
  equal(once(...twice, ...thrice, row('channel_events', {}, 'cln-bookkeeper')), thrice);
});

test('is told by the same book whichever was imported first', () => {
  const one = row(EVENTS, { description: 'for coffee' });
  const other = row(MOVES);
  equal(once(other, one), [one]);
  const [early, late] = [row(MOVES), { ...row(MOVES), at: at(7) }];
  equal(once(late, early), [early, late]);
});

test('of what a transaction cost is all rows of one book, whatever corrected them', () => {
  const txid = Txid('ab'.repeat(32));
  const fee = (book: string, msat: bigint) => {
    const amounts = msat > 0n ? { creditMsat: msat } : { creditMsat: 0n, debitMsat: -msat };
    const { paymentLink: _, ...data } = row(book, { kind: 'fee', tags: ['onchain_fee'] }).data;
    return { ...row(book), data: { ...data, ...amounts, txid } };
  };
  const corrected = [fee('onchain_fees', 100n), fee('onchain_fees', -20n)].map((told) => {
    return { ...told, source: 'cln-bookkeeper' };
  });
  equal(once(fee(EVENTS, 80n), ...corrected), corrected);
  equal(once(...corrected, fee(EVENTS, 80n)), corrected);
});

test('that is half of a forward says so, and is no part of a payment', () => {
  const told = [row(EVENTS, { tags: ['routed'] }), row(EVENTS, { tags: ['channel_open'] })];
  const legs = legsOf({ nodeId: NODE, channelId: EAST }, [...told, row(EVENTS)]);
  equal(
    legs.map(({ direction, isRouted }) => [direction, isRouted]),
    [
      ['received', true],
      ['received', undefined],
    ],
  );
});

test('that is known by its type may be told with another transaction, but for a sweep', () => {
  const [one, other] = ['d1', 'd2'].map((byte) => byte.repeat(32)) as [string, string];
  const amount = (type: EntryType, txid?: string) => {
    return { nodeId: NODE, channelId: EAST, type, ...(txid !== undefined && { txid }) };
  };
  const known = new NamedAmounts([amount('penalty', one), amount('sweep-fee', one)]);
  equal(known.has(amount('penalty', other)), true);
  equal(known.has(amount('sweep-fee', other)), false);
  equal(known.has(amount('sweep-fee', one)), true);
  equal(known.has(amount('sweep-fee')), true);
  equal(known.has(amount('push', one)), false);
  equal(known.has({ ...amount('penalty'), channelId: 'another' }), false);
});

test.run();
