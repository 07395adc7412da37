/** Files that are not Core Lightning's, files that nobody may write beside, and files that are written to. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { suite } from 'uvu';
import { equal, is, match, ok } from 'uvu/assert';
import { openLedger } from '../../../src/ledger/open-ledger.ts';
import { LEDGER_APPLICATION_ID } from '../../../src/sources/cln/what-it-is.ts';
import { copyOfFile } from '../../../src/sources/file-copy.ts';
import { ImportError } from '../../../src/sources/importer.ts';
import { APPLICATION_ID } from '../../../src/store/sqlite/schema.ts';
import { temporaryDirectory } from '../../store/sample-events.ts';
import { changedDatabase, importCln, L1, L2, realDatabase } from './real-cln.ts';

const test = suite('whose file it is');
const directory = temporaryDirectory();

async function refusal(...args: Parameters<typeof importCln>): Promise<string> {
  try {
    await importCln(...args);
  } catch (cause) {
    ok(cause instanceof ImportError, String(cause));
    return cause.message;
  }
  throw new Error('it was not refused');
}

function sqliteWith(name: string, sql: string): string {
  const path = join(directory, name);
  const database = new Database(path);
  database.exec(sql);
  database.close();
  return path;
}

test("another program's database is named for what it is", async () => {
  const lnd = sqliteWith('channel.sqlite', 'CREATE TABLE channeldb_kv (key BLOB, value BLOB)');
  match(await refusal([lnd]), "not yet, this is lnd's SQLite backend");
  const ldk = sqliteWith('ldk.sqlite', 'CREATE TABLE ldk_node_data (k TEXT, v BLOB)');
  match(await refusal([ldk]), "not yet, this is LDK Node's database");
  const eclair = sqliteWith('eclair.sqlite', 'CREATE TABLE local_channels (channel_id BLOB)');
  match(await refusal([eclair]), "not yet, this is eclair's database");
  const other = sqliteWith('notes.sqlite', 'CREATE TABLE notes (text TEXT)');
  match(await refusal([other]), 'a SQLite database of another program: it has the tables notes');
});

test('a ledger of this program is no record of a node', async () => {
  is(LEDGER_APPLICATION_ID, APPLICATION_ID);
  const path = join(directory, 'ledger.db');
  await (await openLedger(path, { create: true })).close();
  match(await refusal([path]), 'is a ledger of this program');
});

test('what is neither SQLite nor JSON is refused with what to give', async () => {
  const log = join(directory, 'lightningd.log');
  writeFileSync(log, '2025-01-01T00:00:00Z INFO lightningd: Server started');
  match(await refusal([log]), 'is neither a SQLite database nor JSON: give lightningd.sqlite3');
  const backup = join(directory, 'emergency.recover');
  writeFileSync(backup, Buffer.alloc(200, 7));
  match(await refusal([backup]), "not yet, this is Core Lightning's static channel backup");
});

test('a view or a virtual table in the place of a table is not asked', async () => {
  const path = changedDatabase(
    'l1-before-moves-in-db',
    'DROP TABLE channel_configs',
    `CREATE VIEW channel_configs AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
       SELECT i AS id FROM n`,
  );
  match(await refusal([path]), 'another program');
});

test('a file that does not name its node or chain asks for them', async () => {
  const path = realDatabase('l1-bkpr-accounts', 'accounts.sqlite3');
  match(await refusal([path]), 'give its node with --node');
  const bare = changedDatabase(
    'l1-before-moves-in-db',
    "DELETE FROM vars WHERE name = 'genesis_hash'",
  );
  match(await refusal([bare]), 'say it with --chain');
  // Of a node that the ledger knows it is known; of another it is asked all the same.
  const known = (nodeId: typeof L1) => ({
    known: { nodes: [{ nodeId, chain: 'regtest' }], channels: () => [], facts: () => [] },
  });
  const { observations } = await importCln([bare], known(L1));
  equal([...new Set(observations.map(({ chain }) => chain))], ['regtest']);
  match(await refusal([bare], known(L2)), 'say it with --chain');
});

test('what it says of its node and chain is held against what the person says, and the files beside it', async () => {
  const path = realDatabase('l1-before-moves-in-db');
  match(await refusal([path], { nodeId: L2 }), `is of node ${L1}, and --node says ${L2}`);
  match(
    await refusal([path], { chain: 'bitcoin' }),
    'is of chain regtest, and --chain says bitcoin: leave --chain out',
  );
  const other = realDatabase('l2-before-moves-in-db');
  match(await refusal([path, other]), 'import the records of one node at a time');
});

test('the books learn their node from the database beside them', async () => {
  const books = realDatabase('l1-bkpr-accounts', 'accounts.sqlite3');
  const { observations } = await importCln([books, realDatabase('l1-before-moves-in-db')]);
  equal([...new Set(observations.map(({ source }) => source))].sort(), [
    'cln-bookkeeper',
    'cln-db',
  ]);
  equal([...new Set(observations.map(({ nodeId }) => nodeId))], [L1]);
});

test('nothing is written beside a file, and a directory that nobody may write to is enough', async () => {
  const path = realDatabase('l1-before-moves-in-db');
  const before = readFileSync(path);
  chmodSync(path, 0o444);
  chmodSync(dirname(path), 0o555);
  try {
    const { observations } = await importCln([path]);
    ok(observations.length > 10);
    equal(readdirSync(dirname(path)), ['lightningd.sqlite3']);
    ok(before.equals(readFileSync(path)));
  } finally {
    chmodSync(dirname(path), 0o755);
  }
});

test('what is still in the write-ahead log is read too', async () => {
  const path = realDatabase('l1-before-moves-in-db');
  const node = new Database(path);
  node.pragma('journal_mode = WAL');
  node.exec('UPDATE channels SET msatoshi_local = 987654000');
  const files = readdirSync(dirname(path)).sort();
  const { observations } = await importCln([path]);
  const told = observations.find(({ fact }) => fact.type === 'BalanceSeen');
  ok(told?.fact.type === 'BalanceSeen');
  is(told.fact.data.localBalanceMsat, 987_654_000n);
  equal(readdirSync(dirname(path)).sort(), files);
  node.close();
});

async function balanceTold(path: string): Promise<bigint> {
  const { observations } = await importCln([path]);
  const told = observations.find(({ fact }) => fact.type === 'BalanceSeen');
  ok(told?.fact.type === 'BalanceSeen');
  return told.fact.data.localBalanceMsat;
}

test('a transaction that was under way is taken back', async () => {
  const path = realDatabase('l1-before-moves-in-db');
  const node = new Database(path);
  node.pragma('cache_size = 1');
  node.exec('BEGIN; UPDATE channels SET msatoshi_local = 1');
  node.exec('CREATE TABLE filler AS SELECT randomblob(4000) AS b FROM vars, vars AS v');
  ok(readdirSync(dirname(path)).includes('lightningd.sqlite3-journal'));
  is(await balanceTold(path), 987_654_322n);
  node.exec('ROLLBACK');
  node.close();
});

test('a change that is in the file and not yet for good is taken back by the journal beside it', async () => {
  const path = realDatabase('l1-before-moves-in-db');
  const before = readFileSync(path);
  const node = new Database(path);
  node.pragma('cache_size = 1');
  node.exec('BEGIN; UPDATE channels SET msatoshi_local = 1');
  // Other pages take the changed one's place in memory: it goes into the file.
  node.exec('SELECT count(*) FROM blocks; SELECT count(*) FROM sqlite_schema AS a, sqlite_schema');
  ok(!before.equals(readFileSync(path)));
  is(await balanceTold(path), 987_654_322n);
  node.exec('ROLLBACK');
  node.close();
});

test('a node that writes all the time is never blocked', async () => {
  const path = realDatabase('l1-before-moves-in-db');
  const writer = fork(new URL('./busy-writer.ts', import.meta.url), [path]);
  await once(writer, 'message');
  const into = mkdtempSync(join(directory, 'copy-'));
  let copied = 0;
  for (let nth = 0; nth < 3; nth++) {
    try {
      // As the import copies it, with less patience.
      const companions = ['-wal', '-journal'];
      await copyOfFile(path, { into, companions, pausesMs: [200, 400, 600, 800] });
      copied++;
    } catch (cause) {
      // That it never stands still is said; that is all that may happen.
      ok(cause instanceof ImportError);
      match(cause.message, /changed each of the \d+ times it was copied/);
    }
  }
  writer.send('stop');
  const [said] = (await once(writer, 'message')) as [{ written: number; blocked: number }];
  is(said.blocked, 0);
  ok(said.written > 0);
  ok(copied <= 3);
});

test.run();
