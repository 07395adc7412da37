/** The bookkeeper's events and the lists of moves have the same movements: money is counted once. */
import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import { fileOf } from '../importing.ts';
import { type Imported, importCln, L1, ledgerOf } from './real-cln.ts';

const test = suite('two lists of one account');

const account = 'c51daaf63cd67a9092a021076a8b3def61b38dea85019b0a074ddada3e1a4e6c';
const utxo = `${'31ee4952'.repeat(8)}:0`;
const received = '8fad68e532db4edf02984be14e59dc5e8ffbbdf0f7c4e8cfa26a6bb8f9fe4c41';
const closing = 'dc446777'.repeat(8);
const sent = 'a0802f47d65c9e279a64a956bac248f984859ca6ce2955c53dcfb51648cd301b';

/** As `bkpr-listaccountevents` prints them: a receipt has part 0. */
const EVENTS = {
  events: [
    {
      ...{ account, type: 'chain', tag: 'channel_open', credit_msat: 1_000_000_000, debit_msat: 0 },
      ...{ currency: 'bcrt', outpoint: utxo, timestamp: 1_738_000_004, blockheight: 118 },
    },
    {
      ...{ account, type: 'onchain_fee', tag: 'onchain_fee', credit_msat: 4_927_000 },
      ...{ debit_msat: 0, currency: 'bcrt', timestamp: 1_738_000_004, txid: utxo.slice(0, 64) },
    },
    {
      ...{ account, type: 'channel', tag: 'invoice', credit_msat: 500_000_000, debit_msat: 0 },
      ...{ currency: 'bcrt', payment_id: received, part_id: 0, timestamp: 1_738_000_005 },
      is_rebalance: false,
    },
    {
      ...{ account, type: 'channel', tag: 'invoice', credit_msat: 0, debit_msat: 7_000 },
      ...{ fees_msat: 10, currency: 'bcrt', payment_id: sent, part_id: 1 },
      ...{ timestamp: 1_738_000_028, is_rebalance: false },
    },
    {
      ...{ account, type: 'chain', tag: 'channel_close', credit_msat: 0, currency: 'bcrt' },
      ...{ debit_msat: 1_499_993_000, outpoint: utxo, txid: closing },
      ...{ timestamp: 1_738_000_030, blockheight: 128 },
    },
    {
      ...{ account, type: 'onchain_fee', tag: 'onchain_fee', credit_msat: 183_000 },
      ...{ debit_msat: 0, currency: 'bcrt', timestamp: 1_738_000_030, txid: closing },
    },
  ],
};
/** As `listchannelmoves` prints the same: a receipt has no part. */
const CHANNEL_MOVES = {
  channelmoves: [
    {
      ...{ created_index: 1, account_id: account, credit_msat: 500_000_000, debit_msat: 0 },
      ...{ timestamp: 1_738_000_005, primary_tag: 'invoice', payment_hash: received },
      fees_msat: 0,
    },
    {
      ...{ created_index: 2, account_id: account, credit_msat: 0, debit_msat: 7_000 },
      ...{ timestamp: 1_738_000_028, primary_tag: 'invoice', payment_hash: sent },
      ...{ part_id: 1, group_id: 1_185_369, fees_msat: 10 },
    },
  ],
};
const CHAIN_MOVES = {
  chainmoves: [
    {
      ...{ created_index: 6, account_id: account, credit_msat: 1_000_000_000, debit_msat: 0 },
      ...{ timestamp: 1_738_000_004, primary_tag: 'channel_open', extra_tags: ['opener'], utxo },
      ...{ output_msat: 1_000_000_000, blockheight: 118 },
    },
    {
      ...{ created_index: 13, account_id: account, credit_msat: 0, debit_msat: 1_499_993_000 },
      ...{ timestamp: 1_738_000_030, primary_tag: 'channel_close', extra_tags: [], utxo },
      ...{ spending_txid: closing, output_msat: 1_000_000_000, output_count: 2 },
      blockheight: 128,
    },
  ],
};

const importList = (name: string, list: object): Promise<Imported> =>
  importCln([fileOf(`${name}.json`, JSON.stringify(list))], { nodeId: L1, chain: 'regtest' });
const events = await importList('events', EVENTS);
const channelMoves = await importList('channelmoves', CHANNEL_MOVES);
const chainMoves = await importList('chainmoves', CHAIN_MOVES);

async function booksOf(...imported: readonly Imported[]) {
  const ledger = await ledgerOf(...imported);
  const { entries, balanceSheets } = ledger.accounting();
  await ledger.close();
  const moved = entries.map(({ type, creditMsat = 0n, debitMsat = 0n }) => {
    return [type, creditMsat - debitMsat];
  });
  const [sheet] = balanceSheets;
  return { moved, openingMsat: sheet?.openingMsat, eventIds: entries.map((e) => e.eventIds) };
}

const EXPECTED = [
  ['channel-open', 1_000_000_000n],
  ['open-fee', -4_927_000n],
  ['receipt', 500_000_000n],
  ['payment', -6_990n],
  ['payment-fee', -10n],
  ['channel-close', -1_499_993_000n],
  ['close-fee', -183_000n],
];

test('have each movement once, either alone and both together', async () => {
  equal((await booksOf(events)).moved, EXPECTED);
  // The lists of moves have no fees of transactions.
  const moves = EXPECTED.filter(([type]) => type !== 'open-fee' && type !== 'close-fee');
  equal((await booksOf(channelMoves, chainMoves)).moved, moves);
  equal((await booksOf(events, channelMoves, chainMoves)).moved, EXPECTED);
});

test('begin with the channel’s opening once', async () => {
  const { openingMsat } = await booksOf(events, channelMoves, chainMoves);
  equal(openingMsat, 1_000_000_000n);
});

test('give the same books whichever was imported first', async () => {
  const one = await booksOf(events, channelMoves, chainMoves);
  equal(await booksOf(chainMoves, channelMoves, events), one);
});

test.run();
