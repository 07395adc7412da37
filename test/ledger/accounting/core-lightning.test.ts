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
  const { entries, balanceSheets, unknownFees } = ledger.accounting();
  await ledger.close();
  return {
    entries: entries.map(({ at, channelId, tag, creditMsat, debitMsat }) => {
      assert.is(channelId, CHANNEL);
      assert.is(Math.floor(Date.parse(at) / 1000), 1_754_896_716);
      return [tag, creditMsat, debitMsat];
    }),
    txids: new Set(entries.flatMap(({ txid }) => txid ?? [])),
    sheets: balanceSheets.map(({ outcome, unexplainedMsat }) => [outcome, unexplainedMsat]),
    unknownFees,
  };
}

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
    assert.equal(told.unknownFees, []);
  });

  books(`${name}'s hold them once beside the node's database too, in either order`, async () => {
    const one = await booksOf(name, nodeId, ['db', 'books']);
    const other = await booksOf(name, nodeId, ['books', 'db']);
    assert.equal(one.entries, ROWS[name]);
    assert.equal(other, one);
  });

  books(`${name}'s explain its balance to the msat`, async () => {
    const { sheets } = await booksOf(name, nodeId, ['db', 'books']);
    assert.equal(sheets, [['explained', 0n]]);
  });
}

books.run();
