/** `payments` of a real Core Lightning node: what it paid, as far as the table tells it. */
import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import { changedDatabase, importCln, ledgerOf } from './real-cln.ts';

const test = suite('a payment of Core Lightning');

// The one row: msatoshi = msatoshi_sent = 12345678, partid 0, status 1.
const paid = async (...statements: readonly string[]) => {
  const imported = await importCln([changedDatabase('l1-before-moves-in-db', ...statements)]);
  const sent = imported.observations.flatMap(({ fact }) =>
    fact.type === 'PaymentSent' ? [fact.data] : [],
  );
  return { imported, sent };
};

test('is told with what arrived and its fee', async () => {
  const { sent } = await paid();
  equal(sent, [{ amountMsat: 12_345_678n, feeMsat: 0n }]);
});

test('that does not tell what arrived is told with what left', async () => {
  for (const untold of ['NULL', '0']) {
    const { sent } = await paid(`UPDATE payments SET msatoshi = ${untold}`);
    equal(sent, [{ totalMsat: 12_345_678n }]);
  }
});

test('of which a part tells neither is told with neither', async () => {
  const { sent } = await paid(
    `INSERT INTO payments (timestamp, status, payment_hash, msatoshi, msatoshi_sent, partid, groupid)
     SELECT timestamp, status, payment_hash, NULL, NULL, 2, groupid FROM payments`,
  );
  equal(sent, [{}]);
});

test('is in the books with the total, where its HTLC is gone with its channel', async () => {
  const { imported } = await paid(
    'UPDATE payments SET msatoshi = NULL',
    'DELETE FROM channel_htlcs',
    'UPDATE channels SET state = 12',
  );
  const ledger = await ledgerOf(imported);
  const { entries, unknownAmounts } = ledger.accounting();
  await ledger.close();
  const payments = entries.filter(({ type }) => type.startsWith('payment'));
  equal(
    payments.map(({ type, debitMsat }) => [type, debitMsat]),
    [['payment', 12_345_678n]],
  );
  equal(
    unknownAmounts.map(({ what }) => what).filter((what) => what.startsWith('payment')),
    ['payment-fee'],
  );
});

test.run();
