/** The bookkeeper's database, and the moves that took its place. */
import { suite } from 'uvu';
import { equal, is, ok } from 'uvu/assert';
import type { ChannelFact } from '../../../src/channel/observations.ts';
import { tagsOf } from '../../../src/sources/cln/movements.ts';
import {
  CHANNEL,
  changedDatabase,
  FUNDING,
  type Imported,
  importCln,
  L1,
  L2,
  ledgerOf,
  realDatabase,
} from './real-cln.ts';

const test = suite('the books of Core Lightning');
const PAYMENT = '7ccef7e9fabbf4a841af44b1fc7319bc70ce98697b77ce6dacffa84bebcd4350';
const AT = '2025-08-11T07:18:36.000000000Z';

const bookkeeper = (name: string, nodeId: typeof L1) =>
  importCln([realDatabase(name, 'accounts.sqlite3')], { nodeId });
const l1 = await bookkeeper('l1-bkpr-accounts', L1);
const l2 = await bookkeeper('l2-bkpr-accounts', L2);

type Booked = Extract<ChannelFact, { readonly type: 'MovementBooked' }>;

function booked({ observations }: Imported): readonly Booked[] {
  return observations.flatMap(({ fact }) => (fact.type === 'MovementBooked' ? [fact] : []));
}

test('the books say where the HTLCs are that they do not have', () => {
  ok(l1.tally.cannotTell.some((sentence) => /^HTLCs .* lightningd\.sqlite3$/.test(sentence)));
});

test('every row of the channel account is told: of the opener one of each kind', () => {
  equal(booked(l1), [
    {
      type: 'MovementBooked',
      data: {
        kind: 'chain',
        book: 'chain_events',
        tags: ['channel_open'],
        creditMsat: 1_000_000_000n,
        debitMsat: 0n,
        currency: 'bcrt',
        outpoint: FUNDING,
        outputMsat: 1_000_000_000n,
        height: 103,
        description: "Rusty's channel",
      },
    },
    {
      type: 'MovementBooked',
      data: {
        kind: 'channel',
        book: 'channel_events',
        tags: ['invoice'],
        creditMsat: 0n,
        debitMsat: 12_345_678n,
        currency: 'bcrt',
        feesMsat: 0n,
        partId: '0',
        description: "Rusty's payment",
      },
      secret: { paymentHash: PAYMENT },
    },
    {
      type: 'MovementBooked',
      data: {
        kind: 'fee',
        book: 'onchain_fees',
        tags: ['onchain_fee'],
        creditMsat: 4_927_000n,
        debitMsat: 0n,
        currency: 'bcrt',
        txid: FUNDING.slice(0, 64),
      },
    },
  ]);
});

test('of the other end the opening and the payment, and no fee', () => {
  equal(
    booked(l2).map(({ data: { kind, tags, creditMsat, debitMsat } }) => {
      return [kind, ...tags, creditMsat, debitMsat];
    }),
    [
      ['chain', 'channel_open', 0n, 0n],
      ['channel', 'invoice', 12_345_678n, 0n],
    ],
  );
});

test('rows of the wallet are counted as outside of a channel ledger', () => {
  equal(l1.tally.read, { chain_events: 1, channel_events: 1, onchain_fees: 1 });
  equal(
    l1.tally.unread.map(({ kind, count }) => [kind, count]),
    [
      ['chain_events of no channel', 3],
      ['onchain_fees of no channel', 2],
    ],
  );
  equal(l2.tally.unread, []);
});

test('they are of the same channel as the database of the node, and linked to its HTLC', async () => {
  const node = await importCln([realDatabase('l1-before-moves-in-db')]);
  const ledger = await ledgerOf(node, l1);
  const [channel, ...others] = ledger.channels();
  equal(others, []);
  is(channel?.channelId, CHANNEL);
  equal(channel?.sources, ['cln-bookkeeper', 'cln-db']);
  equal(
    ledger.problems().filter(({ kind }) => kind !== 'gap'),
    [],
  );
  const links = new Map<string, unknown>();
  for (const { type, data } of ledger.history(CHANNEL)) {
    const { paymentLink } = data as { paymentLink?: unknown };
    if (paymentLink !== undefined) links.set(type, paymentLink);
  }
  equal([...links.keys()].sort(), ['HtlcAdded', 'MovementBooked']);
  is(new Set(links.values()).size, 1);
});

test('times in whole seconds carry their bounds', () => {
  const [first] = l1.observations;
  ok(first);
  is(first.happenedAtNs, 1_754_896_716_000_000_000n);
  is(first.notAfterNs, 1_754_896_716_999_999_999n);
});

test('told again, nothing is recorded', async () => {
  const ledger = await ledgerOf(l1, l2);
  for (const { observations } of [l1, l2]) {
    const { events, quarantined } = await ledger.record(observations);
    equal([events, quarantined], [0, 0]);
  }
  equal((await ledger.verify()).broken, []);
});

test('a bit of a tag has one name, and what the movement is comes first', () => {
  // common/coin_mvt.h: opener is bit 18, channel_open bit 6, leased 20.
  equal(tagsOf((1n << 18n) | (1n << 6n) | (1n << 20n)), ['channel_open', 'opener', 'leased']);
  equal(tagsOf((1n << 0n) | (1n << 1n)), ['deposit', 'withdrawal']);
  equal(tagsOf(1n << 26n), ['foreign']);
  equal(tagsOf(1n << 40n), ['tag 40']);
  equal(tagsOf(0n), []);
});

/** The tables and rows as lightningd v25.09 makes them (wallet/migrations.c). */
const MOVES = [
  `CREATE TABLE move_accounts (id INTEGER, name TEXT, PRIMARY KEY (id), UNIQUE (name));
   CREATE TABLE chain_moves (id INTEGER, account_channel_id INTEGER references channels(id),
     account_nonchannel_id INTEGER references move_accounts(id), tag_bitmap INTEGER NOT NULL,
     credit_or_debit INTEGER NOT NULL, timestamp INTEGER NOT NULL, utxo BLOB NOT NULL,
     spending_txid BLOB, peer_id BLOB, payment_hash BLOB, block_height INTEGER NOT NULL,
     output_sat INTEGER NOT NULL, originating_channel_id INTEGER references channels(id),
     originating_nonchannel_id INTEGER references move_accounts(id), output_count INTEGER,
     PRIMARY KEY (id));
   CREATE TABLE channel_moves (id INTEGER, account_channel_id INTEGER references channels(id),
     account_nonchannel_id INTEGER references move_accounts(id), tag_bitmap INTEGER NOT NULL,
     credit_or_debit INTEGER NOT NULL, timestamp INTEGER NOT NULL, payment_hash BLOB,
     payment_part_id INTEGER, payment_group_id INTEGER, fees INTEGER NOT NULL, PRIMARY KEY (id))`,
  "INSERT INTO move_accounts VALUES (1, 'wallet')",
  `INSERT INTO chain_moves (id, account_nonchannel_id, tag_bitmap, credit_or_debit, timestamp, utxo,
     block_height, output_sat) VALUES (1, 1, 1, 2000000000, 1754896715, x'${'ab'.repeat(32)}00000001', 102, 2000000)`,
  `INSERT INTO chain_moves (id, account_channel_id, tag_bitmap, credit_or_debit, timestamp, utxo,
     block_height, output_sat)
   VALUES (2, 1, ${(1 << 6) | (1 << 18)}, 1000000000, 1754896716, x'${CHANNEL}00000000', 103, 1000000)`,
  `INSERT INTO channel_moves VALUES (1, 1, NULL, 8, -12345678, 1754896716, x'${PAYMENT}', 0, -5, 0)`,
];

test('moves of a later schema are told of their channel, those of the wallet counted', async () => {
  const moved = await importCln([changedDatabase('l1-before-moves-in-db', ...MOVES)]);
  equal(
    booked(moved).map(({ data }) => data),
    [
      {
        kind: 'chain',
        book: 'chain_moves',
        tags: ['channel_open', 'opener'],
        creditMsat: 1_000_000_000n,
        debitMsat: 0n,
        outpoint: FUNDING,
        outputMsat: 1_000_000_000n,
        height: 103,
      },
      {
        kind: 'channel',
        book: 'channel_moves',
        tags: ['invoice'],
        creditMsat: 0n,
        debitMsat: 12_345_678n,
        feesMsat: 0n,
        partId: '0',
        groupId: '18446744073709551611',
      },
    ],
  );
  ok(
    moved.tally.unread.some(
      ({ kind, count }) => kind === 'chain_moves of no channel' && count === 1,
    ),
  );
  const ledger = await ledgerOf(moved);
  equal((await ledger.verify()).broken, []);
  equal(
    ledger.problems().filter(({ kind }) => kind !== 'gap'),
    [],
  );
  const at = [...ledger.history(CHANNEL)].find(({ type }) => type === 'MovementBooked');
  is(at?.at, AT);
});

test.run();
