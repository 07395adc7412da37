/** What lightning-cli prints, as the documentation shows it (of different nodes: it is no whole). */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import { equal, is, match, ok } from 'uvu/assert';
import { jsonRecords, parseExactly } from '../../../src/sources/cln/json-records.ts';
import { temporaryDirectory } from '../../store/sample-events.ts';
import { type Imported, importCln, L1, ledgerOf, realDatabase, shownAnswers } from './real-cln.ts';

const test = suite('what lightning-cli prints');
const directory = temporaryDirectory();
const regtest = { nodeId: L1, chain: 'regtest' };

const last = (command: string) => shownAnswers(command).at(-1) ?? '';
const first = (command: string) => shownAnswers(command)[0] ?? '';
const channels = last('listpeerchannels');
const closed = first('listclosedchannels');
const named = (...paths: readonly string[]) => importCln([channels, closed, ...paths], regtest);

function printed(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

function typesOf({ observations }: Imported): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { fact } of observations) counts[fact.type] = (counts[fact.type] ?? 0) + 1;
  return counts;
}

test('shows channels with their balances, states and totals', async () => {
  const ledger = await ledgerOf(await importCln([channels], regtest));
  equal(
    ledger
      .channels()
      .map((c) => [c.shortChannelId, c.status, c.localBalanceMsat, c.remoteBalanceMsat]),
    [
      // 1,000,000,000 msat less what is ours and an HTLC of 4,000,082 msat.
      ['116x1x1', 'open', 609_507_210n, 386_492_708n],
      ['168x1x0', 'closing', 500_000_000n, 500_000_000n],
      ['130x1x0', 'open', 895_995_959n, 100_004_000n],
    ],
  );
  equal(ledger.problems(), []);
});

test('shows closed channels with who closed them, and that their HTLCs are lost', async () => {
  const ledger = await ledgerOf(await importCln([closed], regtest));
  const views = ledger.closed();
  equal(
    views.map(({ shortChannelId, status, close }) => [
      shortChannelId,
      status,
      close?.kind,
      close?.initiator,
      close?.reason,
      close?.finalLocalBalanceMsat,
    ]),
    [
      ['122x1x1', 'resolved', 'unknown', 'local', 'user', 500_000_000n],
      ['118x1x0', 'resolved', 'unknown', 'local', 'user', 489_809_898n],
    ],
  );
  for (const { gaps } of views) ok(gaps.some(({ what }) => what === 'htlcs'));
});

test('states of a closed channel what was ours, and a database that states another is shown with both', async () => {
  const database = await importCln([realDatabase('l2-missed-p2wpkh-CLOSED')]);
  const [own] = (await ledgerOf(database)).closed();
  ok(own);
  const { channelId, fundingOutpoint = '', capacitySat = 0n, nodeId } = own;
  const finalMsat = own.close.finalLocalBalanceMsat;
  ok(finalMsat !== undefined && finalMsat <= capacitySat * 1_000n);
  const [shown] = (JSON.parse(readFileSync(closed, 'utf8')) as { closedchannels: object[] })
    .closedchannels;
  const answer = async (ours: bigint) => {
    const [funding_txid, outnum] = fundingOutpoint.split(':');
    const named = { channel_id: channelId, funding_txid, funding_outnum: Number(outnum) };
    const total_msat = Number(capacitySat * 1_000n);
    const one = { ...shown, ...named, total_msat, final_to_us_msat: Number(ours) };
    const {
      short_channel_id: _,
      alias: _alias,
      peer_id: _peer,
      channel_type: _type,
      ...told
    } = one as Record<string, unknown>;
    const path = printed(`closed-${ours}.json`, JSON.stringify({ closedchannels: [told] }));
    return importCln([path], { nodeId, chain: 'regtest' });
  };
  const sides = async (ours: bigint) => {
    const ledger = await ledgerOf(database, await answer(ours));
    equal(
      ledger.closed().map(({ sources }) => sources),
      [['cln-db', 'cln-rpc'], ['cln-db']],
    );
    return ledger
      .problems()
      .filter(({ detail }) => detail.includes('final local balance'))
      .map((problem) => problem.sides);
  };
  equal(await sides(finalMsat), []);
  equal(await sides(finalMsat + 1n), [
    [
      { who: 'cln-db', says: `${finalMsat} msat` },
      { who: 'cln-rpc', says: `${finalMsat + 1n} msat` },
    ],
  ]);
});

test('tells forwards that are over, by channel where it is known', async () => {
  const told = await named(last('listforwards'));
  is(told.tally.read.forwards, 12);
  equal(typesOf(told).PaymentForwarded, 8);
  equal(typesOf(told).ForwardFailed, 3);
  const ledger = await ledgerOf(told);
  const [forward] = ledger.forwards();
  equal(
    [forward?.amountInMsat, forward?.amountOutMsat, forward?.feeMsat, forward?.incomingHtlcId],
    [10_001n, 10_000n, 1n, 1],
  );
  equal((await ledger.verify()).broken, []);
});

test('tells HTLCs of known channels, and that nobody knows how they ended', async () => {
  const told = await named(first('listhtlcs'));
  const ledger = await ledgerOf(told);
  equal(
    ledger.problems().filter(({ kind }) => kind !== 'gap'),
    [],
  );
  ok((typesOf(told).HtlcAdded ?? 0) > 20);
  const alone = await importCln([first('listhtlcs')], regtest);
  is(alone.observations.length, 0);
  is(alone.tally.unread[0]?.kind, 'htlcs');
});

test("tells every movement of a channel's account, and counts those of the wallet", async () => {
  const books = await named(
    last('bkpr-listaccountevents'),
    first('listchannelmoves'),
    first('listchainmoves'),
  );
  const { read, unread } = books.tally;
  const outside = unread.filter(({ kind }) => kind.endsWith('of no channel'));
  const total = (read.events ?? 0) + (read.channelmoves ?? 0) + (read.chainmoves ?? 0);
  const left = outside.reduce((sum, { count }) => sum + count, 0);
  is(typesOf(books).MovementBooked, total - left);
  const ledger = await ledgerOf(books);
  equal((await ledger.verify()).broken, []);
  const { events, quarantined } = await ledger.record(books.observations);
  equal([events, quarantined], [0, 0]);
});

test("the bookkeeper's events say which chain they are of", async () => {
  // "currency": "bcrt" of every event.
  const { observations } = await importCln([last('bkpr-listaccountevents')], { nodeId: L1 });
  equal([...new Set(observations.map(({ chain }) => chain))], ['regtest']);
  const other = { nodeId: L1, chain: 'bitcoin' };
  const refused = await importCln([last('bkpr-listaccountevents')], other).catch(String);
  match(String(refused), /is of chain regtest, and --chain says bitcoin/);
  const silent = await importCln([last('listforwards')], { nodeId: L1 }).catch(String);
  match(String(silent), /does not say which chain it is of/);
});

test('numbers too large for JavaScript stay what they are', () => {
  equal(parseExactly('{"group_id": 969196407976652988, "at": 1738000000.123456789, "n": 7}'), {
    group_id: 969_196_407_976_652_988n,
    at: '1738000000.123456789',
    n: 7,
  });
});

test('a record that is none is named with its byte, and the next one read', async () => {
  const path = printed(
    'forwards.json',
    '{"forwards": [{"status": 7}, {"in_channel": "1x1x1", "in_htlc_id": 0, "in_msat": 5, ' +
      '"out_msat": 4, "status": "settled", "received_time": 1.0, "resolved_time": 2.5}]}',
  );
  const { observations, tally } = await importCln([path], regtest);
  is(observations.length, 1);
  is(observations[0]?.happenedAtNs, 2_500_000_000n);
  equal(tally.bad.named, [
    { place: 'forwards.json forwards, record 1, byte 14', reason: '"status" expected a text' },
  ]);
});

test('amounts of older versions end with their unit', async () => {
  const path = printed(
    'old.json',
    '{"result": {"forwards": [{"in_channel": "1x1x1", "in_msat": "5msat", "out_msat": "4msat", ' +
      '"status": "settled", "received_time": 1.0, "resolved_time": 2.5}]}, "id": "cli", "jsonrpc": "2.0"}',
  );
  const { observations } = await importCln([path], regtest);
  const [told] = observations;
  ok(told?.fact.type === 'PaymentForwarded');
  equal([told.fact.data.amountInMsat, told.fact.data.feeMsat], [5n, 1n]);
});

test('a list is read record by record, wherever the pieces end', async () => {
  const items = Array.from({ length: 3_000 }, (_, n) => ({
    n,
    text: `"]}${'é'.repeat(n % 200)}\\`,
  }));
  const path = printed(
    'long.json',
    JSON.stringify({ other: [[{ a: [] }]], events: items, end: {} }),
  );
  const found: unknown[] = [];
  for await (const { list, text } of jsonRecords(
    path,
    new Set(['events']),
    AbortSignal.timeout(60_000),
  )) {
    is(list, 'events');
    found.push(JSON.parse(text));
  }
  equal(found, items);
});

test.run();
