/** Receipts that the real record does not hold: of AMP invoices, and over channels without confirmation. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { channel, imported, info, shortId } from './answers.ts';
import { fileOf, observationsOf, realFile } from './importing.ts';

test('each settled set of HTLCs of an AMP invoice is a payment, though the invoice stays open', async () => {
  const [first, second, waiting] = ['11', '22', '33'].map((byte) => byte.repeat(32));
  const htlc = (set: string | undefined, index: number, state: string, resolve_time: string) => ({
    chan_id: shortId,
    htlc_index: String(index),
    amt_msat: '2500000',
    accept_height: 700_010,
    accept_time: '1631300000',
    resolve_time,
    state,
    amp: { set_id: Buffer.from(set ?? '', 'hex').toString('base64') },
  });
  const settled = { state: 'SETTLED', amt_paid_msat: '5000000' };
  const invoice = {
    r_hash: Buffer.alloc(32, 0xaa).toString('base64'),
    add_index: '7',
    state: 'OPEN',
    is_amp: true,
    settle_date: '0',
    amt_paid_msat: '10000000',
    htlcs: [
      htlc(first, 9, 'SETTLED', '1631300001'),
      htlc(first, 10, 'SETTLED', '1631300002'),
      htlc(waiting, 11, 'ACCEPTED', '0'),
    ],
    amp_invoice_state: {
      [`${first}`]: { ...settled, settle_time: '1631300002' },
      [`${second}`]: { ...settled, settle_time: '1631300009' },
      [`${waiting}`]: { state: 'ACCEPTED', settle_time: '0', amt_paid_msat: '0' },
    },
  };
  const unpaid = {
    ...invoice,
    add_index: '8',
    amt_paid_msat: '0',
    htlcs: [],
    amp_invoice_state: {},
  };
  const unknown = { ...unpaid, add_index: '9', amt_paid_msat: '1' };
  const { told, tally } = await observationsOf([
    fileOf('a.json', JSON.stringify({ ...info, invoices: [invoice, unpaid, unknown] })),
  ]);
  const received = told.filter(({ fact }) => fact.type === 'PaymentReceived');
  const part = { shortChannelId: '700000x5x1', amountMsat: 2_500_000n };
  assert.equal(
    received.map(({ fact, happenedAtNs }) => [fact.data, happenedAtNs]),
    [
      [
        { amountMsat: 5_000_000n, parts: [9, 10].map((htlcId) => ({ ...part, htlcId })) },
        1_631_300_002_000_000_000n,
      ],
      [{ amountMsat: 5_000_000n }, 1_631_300_009_000_000_000n],
    ],
  );
  assert.equal(
    received.map((one) => (one.about === 'node' ? one.paymentHash : '')),
    [first, second],
    'what the payer’s listpayments calls its hash, and neither the invoice’s nor an HTLC’s',
  );
  assert.is(new Set(received.map(({ key }) => key)).size, 2);
  assert.equal(
    tally.unread.map(({ kind, count, why }) => [kind, count, why.slice(0, 19)]),
    [
      ['invoices not paid', 1, 'nothing has moved b'],
      ['AMP invoices without their payments', 1, 'neither their HTLCs'],
    ],
  );
});

test('an AMP payment of the node to itself is a rebalance, though its HTLCs have other hashes', async () => {
  const setId = '44'.repeat(32);
  const state = { state: 'SETTLED', settle_time: '1631300002', amt_paid_msat: '5000000' };
  const invoice = {
    r_hash: Buffer.alloc(32, 0xaa).toString('base64'),
    add_index: '7',
    state: 'OPEN',
    is_amp: true,
    amt_paid_msat: '5000000',
    htlcs: [],
    amp_invoice_state: { [setId]: state },
  };
  const hop = { chan_id: shortId, pub_key: info.identity_pubkey };
  const route = { total_amt_msat: '5000700', total_fees_msat: '700', hops: [hop] };
  const payment = {
    payment_hash: setId,
    value_msat: '5000000',
    fee_msat: '700',
    status: 'SUCCEEDED',
    payment_index: '1',
    creation_time_ns: '1631300000000000000',
    htlcs: [{ status: 'SUCCEEDED', resolve_time_ns: '1631300003000000000', route }],
  };
  const { ledger } = await imported({ invoices: [invoice], payments: [payment] });
  const entries = ledger.accounting().entries.map(({ type, creditMsat = 0n, debitMsat = 0n }) => {
    return [type, creditMsat - debitMsat];
  });
  assert.equal(
    new Set(entries.map(String)),
    new Set(['rebalance,-5000000', 'rebalance-fee,-700', 'rebalance,5000000']),
  );
  assert.is(entries.length, 3);
  await ledger.close();
});

test('a channel without confirmation is known by the alias that the lists call it by', async () => {
  const alias = String(16_000_000n << 40n);
  const invoice = {
    r_hash: Buffer.alloc(32, 0xaa).toString('base64'),
    add_index: '1',
    state: 'SETTLED',
    settle_date: '1631300000',
    amt_paid_msat: '5000',
    htlcs: [{ chan_id: alias, htlc_index: '0', amt_msat: '5000', state: 'SETTLED' }],
  };
  const zeroConf = { ...channel, chan_id: alias, zero_conf: true, zero_conf_confirmed_scid: '0' };
  const { ledger } = await imported({
    channels: [{ ...zeroConf, total_satoshis_received: '5' }],
    invoices: [invoice],
    payments: [],
  });
  const [view] = ledger.channels();
  assert.equal([view?.shortChannelId, view?.shortChannelIds], [undefined, ['16000000x0x0']]);
  const unexplained = ledger.problems().filter(({ rule }) => rule === 'lists-explain-totals');
  assert.equal(unexplained, [], 'the 5 sat that were received are explained');
  await ledger.close();
});

test('an AMP invoice stays open, and what was paid to it is told by its set of HTLCs', async () => {
  const { told, tally } = await observationsOf([realFile('closed-channels.channel.db')]);
  const received = told.flatMap(({ fact }) => {
    return fact.type === 'PaymentReceived' ? [fact.data.amountMsat] : [];
  });
  assert.equal(received, [300_000_000n]);
  // One of the two was never paid.
  const ofInvoices = tally.unread.filter(({ kind }) => kind.includes('invoice'));
  assert.equal(
    ofInvoices.map(({ kind, count }) => [kind, count]),
    [['invoices not paid', 1]],
  );
});

test.run();
