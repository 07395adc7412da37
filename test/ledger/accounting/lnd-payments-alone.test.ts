/** The books of a real lnd whose invoices are not there: its payments say themselves that they came back. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { AccountingEntry } from '../../../src/ledger/accounting/entry.ts';
import { emptyLedger, fileOf, importInto, realBytes } from '../../sources/lnd/importing.ts';

interface Lists {
  readonly information: { readonly identity_pubkey: string };
  readonly payments: { readonly payments: readonly RawPayment[] };
  readonly allLightningTransactions: {
    readonly paymentsAll: { readonly payments: readonly RawPayment[] };
  };
}
interface RawPayment {
  readonly payment_index: string;
  readonly status: string;
  readonly value_msat: string;
  readonly fee_msat: string;
  readonly htlcs: readonly {
    readonly status: string;
    readonly route: { readonly hops: readonly { readonly pub_key: string }[] };
  }[];
}

test('the payments to itself are known without the invoices that they paid', async () => {
  const {
    information,
    payments: first,
    allLightningTransactions,
  } = JSON.parse(new TextDecoder().decode(realBytes('lnd_testnet_state.json'))) as Lists;
  const listed = [...first.payments, ...allLightningTransactions.paymentsAll.payments];
  const once = [...new Map(listed.map((one) => [one.payment_index, one])).values()];
  const sent = once.filter(({ status }) => status === 'SUCCEEDED');
  const own = sent.filter(({ htlcs }) =>
    htlcs
      .filter(({ status }) => status === 'SUCCEEDED')
      .every(({ route }) => route.hops.at(-1)?.pub_key === information.identity_pubkey),
  );
  const msat = (list: readonly RawPayment[], field: 'value_msat' | 'fee_msat') =>
    list.reduce((sum, one) => sum + BigInt(one[field]), 0n);
  assert.equal(
    [own.length, msat(own, 'value_msat'), msat(own, 'fee_msat')],
    [66, 526_165_000n, 189_381n],
  );
  assert.equal(
    [sent.length, msat(sent, 'value_msat'), msat(sent, 'fee_msat')],
    [110, 1_832_506_000n, 643_145n],
  );
  const alone = await emptyLedger();
  const file = fileOf('payments.json', JSON.stringify({ information, payments: once }));
  await importInto(alone, [file], { nodeId: information.identity_pubkey, chain: 'testnet' });
  const { entries: booked } = alone.accounting();
  await alone.close();
  const sumOf = (type: AccountingEntry['type'], side: 'creditMsat' | 'debitMsat') =>
    booked
      .filter((entry) => entry.type === type)
      .reduce((sum, entry) => sum + (entry[side] ?? 0n), 0n);
  assert.is(sumOf('rebalance', 'debitMsat'), 526_165_000n);
  assert.is(sumOf('rebalance', 'creditMsat'), 526_165_000n);
  assert.is(sumOf('rebalance-fee', 'debitMsat'), 189_381n);
  assert.is(sumOf('payment', 'debitMsat'), 1_306_341_000n);
  assert.is(sumOf('payment-fee', 'debitMsat'), 453_764n);
});

test.run();
