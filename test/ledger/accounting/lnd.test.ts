/** The books of a real lnd, from what its RPC lists: payments to itself are neither income nor expense. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { AccountingEntry } from '../../../src/ledger/accounting/entry.ts';
import {
  emptyLedger,
  fileOf,
  importInto,
  openImport,
  realBytes,
  realFile,
} from '../../sources/lnd/importing.ts';

const books = suite('the books of a real lnd');

const ledger = await emptyLedger();
const run = await openImport([realFile('lnd_testnet_state.json')]);
await ledger.record(run.observations);
const { entries, balanceSheets, unknownAmounts } = ledger.accounting();
await ledger.close();

function sums(type: AccountingEntry['type']) {
  const found = entries.filter((entry) => entry.type === type);
  return found.reduce(
    (sum, { creditMsat = 0n, debitMsat = 0n }) => sum + creditMsat - debitMsat,
    0n,
  );
}

/** Payments, not the channels that their parts went over. */
function payments(type: AccountingEntry['type']): number {
  const told = entries.filter((entry) => entry.type === type && (entry.debitMsat ?? 0n) > 0n);
  return new Set(told.map(({ eventIds }) => eventIds[0])).size;
}

books('enter 66 payments to itself as rebalances, and what they cost', () => {
  assert.is(payments('rebalance'), 66);
  const out = entries.filter(({ type, debitMsat = 0n }) => type === 'rebalance' && debitMsat > 0n);
  assert.is(
    out.reduce((sum, { debitMsat = 0n }) => sum + debitMsat, 0n),
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

interface Answers {
  readonly channels: readonly {
    readonly channel_point: string;
    readonly capacity: string;
    readonly initiator: boolean;
    readonly total_satoshis_sent: string;
    readonly total_satoshis_received: string;
  }[];
  readonly closedChannels: readonly {
    readonly channel_point: string;
    readonly capacity: string;
    readonly open_initiator: string;
    readonly settled_balance: string;
    readonly closing_tx_hash: string;
    readonly resolutions?: readonly {
      readonly resolution_type: string;
      readonly outcome: string;
      readonly amount_sat: string;
      readonly outpoint: { readonly txid_str: string };
    }[];
  }[];
}
const answers = JSON.parse(
  new TextDecoder().decode(realBytes('lnd_testnet_state.json')),
) as Answers;
const satOf = (texts: readonly string[]) => texts.reduce((sum, text) => sum + BigInt(text), 0n);
const unknown = (what: string) => unknownAmounts.filter((amount) => amount.what === what).length;

books(
  'enter the opening of every channel: 53 of ours by their capacity, 2 of peers, 2 unknown',
  () => {
    const { channels, closedChannels } = answers;
    const isOurs = closedChannels.filter((one) => one.open_initiator === 'INITIATOR_LOCAL');
    const ours = [...channels.filter(({ initiator }) => initiator), ...isOurs];
    assert.is(ours.length, 53);
    const opened = entries.filter(({ type }) => type === 'channel-open');
    assert.is(opened.length, channels.length + closedChannels.length);
    const deposits = opened.filter(({ creditMsat = 0n }) => creditMsat > 0n);
    assert.equal(
      deposits.map(({ outpoint, creditMsat }) => `${outpoint} ${creditMsat}`).sort(),
      ours.map((one) => `${one.channel_point} ${one.capacity}000`).sort(),
    );
    assert.is(opened.filter(({ creditMsat }) => creditMsat === undefined).length, 2);
    assert.is(unknown('channel-open'), 2);
    // Nothing in the file tells a funding transaction's fee: of those 53, and of 2 nobody knows whose it was.
    assert.is(unknown('open-fee'), 55);
    // listchannels has push_amount_sat, closedchannels has not.
    assert.is(unknown('push'), 40);
  },
);

books('enter each of the 40 closes by what came out of it, and count the 40 fees not told', () => {
  const closes = entries.filter(({ type }) => type === 'channel-close');
  assert.is(closes.length, 40);
  // settled_balance, and the HTLCs of the closing transaction that did not go to the peer.
  const cameOut = answers.closedChannels.flatMap((one) => [
    one.settled_balance,
    ...(one.resolutions ?? [])
      .filter(({ outpoint }) => outpoint.txid_str === one.closing_tx_hash)
      .filter((part) => part.resolution_type === 'OUTGOING_HTLC' && part.outcome !== 'CLAIMED')
      .map(({ amount_sat }) => amount_sat),
  ]);
  assert.is(satOf(cameOut), 7_079_703n);
  assert.is(sums('channel-close'), -7_079_703_000n);
  assert.is(unknown('close-fee'), 40);
});

books('explain the 17 open channels by what lnd states of them, within a satoshi', () => {
  const explained = balanceSheets.filter(({ outcome }) => outcome === 'explained');
  assert.is(explained.length, 17);
  for (const sheet of explained) {
    assert.is(sheet.basis, 'stated');
    assert.is(sheet.roundingMsat, 1_000n);
  }
  const sumOf = (of: (sheet: (typeof explained)[number]) => bigint | undefined) =>
    explained.reduce((sum, sheet) => sum + (of(sheet) ?? 0n), 0n);
  const { channels } = answers;
  const ours = channels.filter(({ initiator }) => initiator).map(({ capacity }) => capacity);
  assert.is(
    sumOf(({ openingMsat }) => openingMsat),
    satOf(ours) * 1000n,
  );
  const sent = satOf(channels.map((one) => one.total_satoshis_sent));
  const received = satOf(channels.map((one) => one.total_satoshis_received));
  assert.is(
    sumOf(({ sentMsat }) => sentMsat),
    sent * 1000n,
  );
  assert.is(
    sumOf(({ receivedMsat }) => receivedMsat),
    received * 1000n,
  );
  // Of the 40 closed ones no balance is told, and that is said.
  const others = balanceSheets.filter(({ outcome }) => outcome === 'not-checkable');
  assert.is(others.length, 40);
});

interface Lists {
  readonly information: { readonly identity_pubkey: string };
  readonly payments: { readonly payments: readonly ListedPayment[] };
  readonly allLightningTransactions: {
    readonly paymentsAll: { readonly payments: readonly ListedPayment[] };
  };
}
interface ListedPayment {
  readonly payment_index: string;
  readonly status: string;
  readonly value_msat: string;
  readonly fee_msat: string;
  readonly htlcs: readonly {
    readonly status: string;
    readonly route: { readonly hops: readonly { readonly pub_key: string }[] };
  }[];
}

books('know the payments to itself without the invoices that they paid', async () => {
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
  const msat = (list: readonly ListedPayment[], field: 'value_msat' | 'fee_msat') =>
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

books('name the chain, and with it the currency, in every entry', () => {
  assert.equal([...new Set(entries.map(({ chain }) => chain))], ['testnet']);
});

books.run();
