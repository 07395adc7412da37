/** The books of a real lnd, from what its RPC lists: payments to itself are neither income nor expense. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { AccountingEntry } from '../../../src/ledger/accounting/entry.ts';
import { emptyLedger, openImport, realFile } from '../../sources/lnd/importing.ts';

const books = suite('the books of a real lnd');

const ledger = await emptyLedger();
const run = await openImport([realFile('lnd_testnet_state.json')]);
await ledger.record(run.observations);
const { entries } = ledger.accounting();
await ledger.close();

function sums(type: AccountingEntry['type']) {
  const found = entries.filter((entry) => entry.type === type);
  return found.reduce((sum, { creditMsat, debitMsat }) => sum + creditMsat - debitMsat, 0n);
}

/** Payments, not the channels that their parts went over. */
function payments(type: AccountingEntry['type']): number {
  const told = entries.filter((entry) => entry.type === type && entry.debitMsat > 0n);
  return new Set(told.map(({ eventIds }) => eventIds[0])).size;
}

books('enter 66 payments to itself as rebalances, and what they cost', () => {
  assert.is(payments('rebalance'), 66);
  const out = entries.filter(({ type, debitMsat }) => type === 'rebalance' && debitMsat > 0n);
  assert.is(
    out.reduce((sum, { debitMsat }) => sum + debitMsat, 0n),
    526_165_000n,
  );
  assert.is(sums('rebalance-fee'), -189_381n);
});

books('enter the 44 others as expenses, and their fees', () => {
  assert.is(payments('payment'), 44);
  assert.is(sums('payment'), -1_306_341_000n);
  assert.is(sums('payment-fee'), -453_764n);
});

books('enter the 32 receipts from outside as income', () => {
  assert.is(entries.filter(({ type }) => type === 'receipt').length, 32);
  assert.is(sums('receipt'), 787_666_000n);
});

books.run();
