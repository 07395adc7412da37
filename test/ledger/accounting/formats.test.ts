/**
 * The formats against what Core Lightning's bookkeeper writes of the same income events: lines worked out by
 * hand from plugins/bkpr/incomestmt.c and common/amount.c.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { entryOf } from '../../../src/ledger/accounting/entry.ts';
import { btc, type CsvFormat, csvLines } from '../../../src/ledger/accounting/formats.ts';

const nodeId = `02${'aa'.repeat(32)}`;
const channelId = 'c'.repeat(64);
const txid = 'd'.repeat(64);
const about = { at: '2023-03-09T07:04:05.678901234Z', nodeId, chain: 'bitcoin', channelId };

const entries = [
  entryOf({ ...about, type: 'channel-open', creditMsat: 100_000_000n, txid, eventIds: ['open'] }),
  entryOf({ ...about, type: 'open-fee', debitMsat: 4_927_000n, txid, eventIds: ['open fee'] }),
  entryOf({
    ...about,
    type: 'payment',
    debitMsat: 50_000_000n,
    feesMsat: 30_000n,
    description: 'for "coffee", and cake',
    eventIds: ['paid'],
  }),
  entryOf({ ...about, type: 'payment-fee', debitMsat: 30_000n, eventIds: ['paid'] }),
  entryOf({ ...about, type: 'receipt', creditMsat: 123_456_789_012n, eventIds: ['got'] }),
  entryOf({ ...about, type: 'forward', creditMsat: 1n, eventIds: ['forward'] }),
  entryOf({ ...about, type: 'rebalance-fee', debitMsat: 50n, eventIds: ['round'] }),
  entryOf({ ...about, type: 'penalty', debitMsat: 7_000n, txid, eventIds: ['lost'] }),
];

const linesOf = (format: CsvFormat) => [...csvLines(format, entries)];

const formats = suite('the books written as');

formats('koinly have the payment’s fee in its line, and dates to the minute', () => {
  const date = '2023-03-09 07:04 UTC';
  assert.equal(linesOf('koinly'), [
    'Date,Sent Amount,Sent Currency,Received Amount,Received Currency,Fee Amount,Fee Currency,Label,Description,TxHash',
    `${date},0.00004927000,btc,,,,,onchain_fee,,${txid}`,
    `${date},0.00050000000,btc,,,0.00000030000,btc,invoice,"for 'coffee', and cake",paid`,
    `${date},,,1.23456789012,btc,,,invoice,,got`,
    `${date},,,0.00000000001,btc,,,routed,,forward`,
    `${date},0.00000000050,btc,,,,,rebalance_fee,,round`,
    `${date},0.00000007000,btc,,,,,penalty,,${txid}`,
  ]);
});

formats('cointracker have the month first, and its words for kinds', () => {
  const date = '03/09/2023 07:04:05';
  assert.equal(linesOf('cointracker'), [
    'Date,Received Quantity,Received Currency,Sent Quantity,Sent Currency,Fee Amount,Fee Currency,Tag,Account',
    `${date},,,0.00004927000,btc,,,,${channelId}`,
    `${date},,,0.00050000000,btc,0.00000030000,btc,payment,${channelId}`,
    `${date},1.23456789012,btc,,,,,payment,${channelId}`,
    `${date},0.00000000001,btc,,,,,payment,${channelId}`,
    `${date},,,0.00000000050,btc,,,,${channelId}`,
    `${date},,,0.00000007000,btc,,,lost,${channelId}`,
  ]);
});

formats('harmony have ten columns in every line, and debits with a minus', () => {
  const begin = '2023-03-09T07:04:05Z,channel-ledger';
  const lines = linesOf('harmony');
  assert.equal(lines, [
    'HarmonyCSV v0.2,,,,,,,,,',
    'Provenance,channel-ledger,,,,,,,,',
    ',,,,,,,,,',
    'Timestamp,Venue,Type,Amount,Asset,Transaction ID,Order ID,Account,Network ID,Note',
    `${begin},fee:network,-0.00004927000,btc,${txid},,${channelId},,`,
    `${begin},expense:invoice,-0.00050000000,btc,paid,,${channelId},,"for 'coffee', and cake"`,
    `${begin},expense:invoice_fee,-0.00000030000,btc,paid,,${channelId},,`,
    `${begin},income:invoice,1.23456789012,btc,got,,${channelId},,`,
    `${begin},income:routed,0.00000000001,btc,forward,,${channelId},,`,
    `${begin},expense:rebalance_fee,-0.00000000050,btc,round,,${channelId},,`,
    `${begin},loss:penalty,-0.00000007000,btc,${txid},,${channelId},,`,
  ]);
});

formats('quickbooks have the day first, and the fee in a line of its own', () => {
  const line = (tag: string, id: string, rest: string, text = 'no desc') =>
    `09/03/2023,"${tag} (${channelId}) btc: ${text} [event ${id}]",${rest}`;
  assert.equal(linesOf('quickbooks'), [
    'Date,Description,Credit,Debit',
    line('onchain_fee', 'open fee', ',0.00004927000'),
    line('invoice', 'paid', ',0.00050000000', "for 'coffee', and cake"),
    line('invoice_fee', 'paid', ',0.00000030000'),
    line('invoice', 'got', '1.23456789012,'),
    line('routed', 'forward', '0.00000000001,'),
    line('rebalance_fee', 'round', ',0.00000000050'),
    line('penalty', 'lost', ',0.00000007000'),
  ]);
});

formats('csv have every entry in msat, transfers among them', () => {
  const lines = linesOf('csv');
  assert.is(lines.length, 1 + entries.length);
  assert.is(
    lines[1],
    `${about.at},,,${nodeId},${channelId},channel-open,channel_open,100000000,0,,btc,${txid},,,no,open`,
  );
  const columns = new Set(lines.map((line) => line.replace(/"[^"]*"/g, '').split(',').length));
  assert.equal([...columns], [16]);
});

formats('a time that was placed between others have a word of it where there is room', () => {
  const bounds = [
    { notBefore: '2023-03-01T00:00:00.000000000Z', notAfter: '2023-03-19T00:00:00.500000000Z' },
    { notAfter: '2023-03-19T00:00:00.000000000Z' },
    {},
  ];
  const [between, until, unknown] = bounds.map((atBounds) =>
    entryOf({ ...about, atBounds, type: 'forward', creditMsat: 1n, eventIds: ['forward'] }),
  );
  const all = [between, until, unknown].filter((entry) => entry !== undefined);
  const words = [
    'time not told: not before 2023-03-01 00:00:00 UTC and not after 2023-03-19 00:00:01 UTC',
    'time not told: not after 2023-03-19 00:00:00 UTC',
    'time not told: bounds unknown',
  ];
  assert.equal(
    [...csvLines('csv', all)].slice(1).map((line) => line.split(',').slice(1, 3)),
    [
      ['2023-03-01T00:00:00.000000000Z', '2023-03-19T00:00:00.500000000Z'],
      ['', '2023-03-19T00:00:00.000000000Z'],
      ['', ''],
    ],
  );
  for (const format of ['csv', 'koinly', 'harmony', 'quickbooks'] as const) {
    const lines = [...csvLines(format, all)].slice(-3);
    for (const [nth, word] of words.entries()) {
      assert.ok(lines[nth]?.includes(word), `${format}: ${lines[nth]}`);
    }
  }
});

formats('any format amount to what they say in btc', () => {
  assert.is(btc(0n), '0');
  assert.is(btc(1n), '0.00000000001');
  assert.is(btc(99_999_999_999n), '0.99999999999');
  assert.is(btc(100_000_000_000n), '1.00000000000');
  assert.is(btc(2_100_000_000_000_000_000n), '21000000.00000000000');
});

formats('those of income leave out what nobody told the amount of, and csv leaves it empty', () => {
  const untold = { ...about, type: 'payment', isAmountUnknown: true, eventIds: ['paid'] } as const;
  for (const format of ['koinly', 'cointracker', 'harmony', 'quickbooks'] as const) {
    assert.is([...csvLines(format, [entryOf(untold)])].length, [...csvLines(format, [])].length);
  }
  const [, line] = csvLines('csv', [entryOf(untold)]);
  const columns = `${about.at},,,${nodeId},${channelId},payment,invoice,,,,btc,,,,yes,paid`;
  assert.is(line, columns);
  // Its fee has no line of its own there.
  const [, withFee] = csvLines('koinly', [entryOf({ ...untold, feesMsat: 30_000n })]);
  assert.is(withFee, '2023-03-09 07:04 UTC,,,,,0.00000030000,btc,invoice,,paid');
});

formats('any format let no text of the outside begin a formula or a line', () => {
  for (const text of ['=1+1', '@SUM(A1)', '-2', '+3', 'a\nb', 'a\u2028b', 'a\u202eb']) {
    const entry = entryOf({
      ...about,
      type: 'receipt',
      creditMsat: 1n,
      description: text,
      eventIds: ['x'],
    });
    const [, line = ''] = csvLines('koinly', [entry]);
    assert.not.match(line, /,"[=+\-@]/);
    assert.not.match(line, /[\n\u2028\u202e]/);
  }
});

formats.run();
