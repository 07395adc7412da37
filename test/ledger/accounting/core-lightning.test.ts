/** The books of two real Core Lightning nodes of one channel, against their own bookkeepers' rows. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  CHANNEL,
  FUNDING,
  importCln,
  L1,
  L2,
  ledgerOf,
  ledgerOfSeed,
  realDatabase,
} from '../../sources/cln/real-cln.ts';

const books = suite('the books of two Core Lightning nodes');

async function booksOf(name: 'l1' | 'l2', nodeId: typeof L1, parts: readonly ('db' | 'books')[]) {
  const imported = [];
  for (const part of parts) {
    imported.push(
      part === 'db'
        ? await importCln([realDatabase(`${name}-before-moves-in-db`)])
        : await importCln([realDatabase(`${name}-bkpr-accounts`, 'accounts.sqlite3')], { nodeId }),
    );
  }
  const ledger = await ledgerOf(...imported);
  const { entries, balanceSheets, unknownAmounts } = ledger.accounting();
  await ledger.close();
  return {
    entries: entries.map(({ at, channelId, tag, creditMsat, debitMsat }) => {
      assert.is(channelId, CHANNEL);
      assert.is(Math.floor(Date.parse(at) / 1000), 1_754_896_716);
      return [tag, creditMsat, debitMsat];
    }),
    txids: new Set(entries.flatMap(({ txid }) => txid ?? [])),
    sheets: balanceSheets.map(({ outcome, unexplainedMsat }) => [outcome, unexplainedMsat]),
    unknownAmounts,
  };
}

type Row = readonly unknown[];
const byTag = ([a]: Row, [b]: Row) => (String(a) < String(b) ? -1 : 1);

// bkpr-listaccountevents of l1 and l2: one channel event, one chain event, and of l1 one fee.
const ROWS = {
  l1: [
    ['channel_open', 1_000_000_000n, 0n],
    ['onchain_fee', 0n, 4_927_000n],
    ['invoice', 0n, 12_345_678n],
  ],
  l2: [
    ['channel_open', 0n, 0n],
    ['invoice', 12_345_678n, 0n],
  ],
};

for (const [name, nodeId] of [
  ['l1', L1],
  ['l2', L2],
] as const) {
  books(`${name}'s hold every row of its bookkeeper once, from its books alone`, async () => {
    const told = await booksOf(name, nodeId, ['books']);
    assert.equal(told.entries, ROWS[name]);
    assert.equal([...told.txids], [FUNDING.slice(0, 64)]);
    assert.equal(told.unknownAmounts, []);
  });

  books(`${name}'s hold them once beside the node's database too, in either order`, async () => {
    const one = await booksOf(name, nodeId, ['db', 'books']);
    const other = await booksOf(name, nodeId, ['books', 'db']);
    // Within the second, the database places what the books do not.
    assert.equal(one.entries.toSorted(byTag), ROWS[name].toSorted(byTag));
    assert.equal(other, one);
  });

  books(`${name}'s explain its balance to the msat`, async () => {
    const { sheets } = await booksOf(name, nodeId, ['db', 'books']);
    assert.equal(sheets, [['explained', 0n]]);
  });
}

books('of the database alone hold the opening and what its transaction paid', async () => {
  const ledger = await ledgerOf(await importCln([realDatabase('l1-before-moves-in-db')]));
  const { entries, balanceSheets, unknownAmounts } = ledger.accounting();
  await ledger.close();
  // channels: funding_satoshi = our_funding_satoshi = 1000000, push_msatoshi = 0, funder = 0.
  const [opened] = entries.filter(({ type }) => type === 'channel-open');
  assert.equal([opened?.creditMsat, opened?.debitMsat], [1_000_000_000n, 0n]);
  assert.equal([opened?.outpoint, opened?.chain], [FUNDING, 'regtest']);
  // outputs: it spends 2000000 alone; transactions: its outputs are 1000000 and 995073.
  const [fee] = entries.filter(({ type }) => type === 'open-fee');
  assert.equal([fee?.debitMsat, fee?.txid], [4_927_000n, FUNDING.slice(0, 64)]);
  assert.equal(unknownAmounts, []);
  // out_msatoshi_fulfilled = 12345678, in_msatoshi_fulfilled = 0, msatoshi_local = 987654322.
  const [{ openingMsat, sentMsat, receivedMsat, closingMsat, outcome } = {}] = balanceSheets;
  assert.equal(
    [openingMsat, sentMsat, receivedMsat, closingMsat, outcome],
    [1_000_000_000n, 12_345_678n, 0n, 987_654_322n, 'explained'],
  );
});

books('of two ledgers of the same records differ by the ids of payments alone', async () => {
  const imported = await importCln([realDatabase('l1-before-moves-in-db')]);
  const [one, other] = [await ledgerOfSeed('one', imported), await ledgerOfSeed('other', imported)];
  const [mine, theirs] = [one.accounting().entries, other.accounting().entries];
  await Promise.all([one.close(), other.close()]);
  const rows = (entries: typeof mine) => entries.map(({ eventIds: _, ...row }) => row);
  assert.equal(rows(mine), rows(theirs));
  const otherwise = mine.filter(({ eventIds }, nth) => {
    return eventIds.join() !== theirs[nth]?.eventIds.join();
  });
  assert.equal(
    otherwise.map(({ type }) => type),
    ['payment'],
  );
});

books(
  'of a database with four channels, two of them closed, explain all by its own totals',
  async () => {
    const nodeId = L1;
    const path = realDatabase('v0.12.1-forward');
    const ledger = await ledgerOf(await importCln([path], { nodeId, chain: 'regtest' }));
    const { entries, balanceSheets, unknownAmounts } = ledger.accounting();
    await ledger.close();
    // channels: funder, our_funding_satoshi, in_ and out_msatoshi_fulfilled, msatoshi_local; push_msatoshi 0.
    const ours = [1_000_000_000n, 0n, 20_000n, 999_980_000n];
    const theirs = [0n, 20_002n, 0n, 20_002n];
    const amounts = balanceSheets.map((sheet) => {
      assert.is(sheet.outcome, 'explained');
      return [sheet.openingMsat, sheet.receivedMsat, sheet.sentMsat, sheet.closingMsat];
    });
    assert.equal(
      amounts.sort((a, b) => Number((b[0] ?? 0n) - (a[0] ?? 0n))),
      [ours, ours, theirs, theirs],
    );
    assert.is(entries.filter(({ type }) => type === 'channel-open').length, 4);
    // last_tx of each pays out once, 997925 to us and 997924 to the peer: the other end's 20 (20.002) sat made
    // no output. What was ours less what came is the cost, as its bookkeeper reckons it.
    const closes = entries.filter(({ type }) => type === 'channel-close' || type === 'close-fee');
    assert.equal(
      closes.map(({ type, debitMsat }) => [type, debitMsat]),
      [
        ['channel-close', 20_002n],
        ['close-fee', 20_002n],
        ['channel-close', 999_980_000n],
        ['close-fee', 2_055_000n],
      ],
    );
    // The two that it funded spend 2000000 each, into 1000000 and 995433.
    const fees = entries.filter(({ type }) => type === 'open-fee');
    assert.equal(
      fees.map(({ debitMsat }) => debitMsat),
      [4_567_000n, 4_567_000n],
    );
    assert.equal(
      unknownAmounts.filter(({ what }) => what === 'open-fee'),
      [],
    );
  },
);

books.run();
