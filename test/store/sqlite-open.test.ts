/** Which files are opened, which are refused and left alone, and in one sentence why. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_STREAM, StoreError } from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { handedIn, sampleEvents, temporaryDirectory } from './sample-events.ts';

const test = suite('opening a ledger');
const directory = temporaryDirectory();
let made = 0;
const newPath = () => join(directory, `${made++}.db`);

function assertRefused(run: () => unknown, words: RegExp): void {
  assert.throws(
    run,
    (error: unknown) =>
      error instanceof StoreError && words.test(error.message) && !error.message.includes('\n'),
  );
}

/** A file beside which nothing may appear, with the same bytes and times afterwards. */
function assertLeftAlone(content: Buffer, words: RegExp): void {
  const own = join(directory, `alone-${made++}`);
  mkdirSync(own);
  const path = join(own, 'file');
  writeFileSync(path, content);
  const before = statSync(path).mtimeMs;
  for (const options of [{}, { create: false }, { readonly: true }]) {
    assertRefused(() => openSqliteStore(path, options), words);
  }
  assert.equal(readFileSync(path), content);
  assert.is(statSync(path).mtimeMs, before);
  assert.equal(readdirSync(own), ['file']);
}

async function ledger(path: string): Promise<void> {
  const store = openSqliteStore(path);
  await store.append('open-1', sampleEvents(0, 5), { expectedRevision: NO_STREAM });
  await store.close();
}

test('a new ledger is readable by its owner only, and opens again with what it held', async () => {
  const path = newPath();
  const store = openSqliteStore(path);
  await store.append('open-1', sampleEvents(0, 5), { expectedRevision: NO_STREAM });
  for (const suffix of ['', '-wal', '-shm']) {
    assert.is(statSync(path + suffix).mode & 0o777, 0o600, suffix);
  }
  await store.close();
  assert.not(existsSync(`${path}-wal`));
  const again = openSqliteStore(path, { create: false });
  assert.equal([...again.allEvents()].map(handedIn), sampleEvents(0, 5).map(handedIn));
  await again.close();
});

test('closing writes what is queued', async () => {
  const path = newPath();
  const store = openSqliteStore(path);
  const appended = store.append('open-1', sampleEvents(0, 5), { expectedRevision: NO_STREAM });
  await store.close();
  assert.ok((await appended).ok);
  const again = openSqliteStore(path);
  assert.is([...again.allEvents()].length, 5);
  await again.close();
});

test('no file is made where none is asked for, and none in a directory that is not there', () => {
  const path = newPath();
  assertRefused(() => openSqliteStore(path, { create: false }), /there is no ledger at/);
  assertRefused(() => openSqliteStore(path, { readonly: true }), /there is no ledger at/);
  assert.not(existsSync(path));
  const nowhere = join(directory, 'missing', 'ledger.db');
  assertRefused(() => openSqliteStore(nowhere), /the directory .* does not exist/);
  assertRefused(() => openSqliteStore(directory), /is not a file/);
});

test('a file that is no ledger is refused and not changed', () => {
  assertLeftAlone(Buffer.from('my diary\n'.repeat(1000)), /is not a ledger/);
  assertLeftAlone(Buffer.alloc(5000), /is not a ledger/);
  assertLeftAlone(Buffer.from('SQLite format 3\0'), /is not a ledger/);
});

test("another program's SQLite database is refused and not changed", () => {
  const path = newPath();
  const database = new Database(path);
  database.exec('CREATE TABLE diary(page TEXT)');
  database.close();
  assertLeftAlone(readFileSync(path), /is not a ledger/);
});

test('nor where this process has it open, so that its header must not be read', () => {
  const path = newPath();
  const database = new Database(path);
  database.exec('CREATE TABLE diary(page TEXT)');
  const before = readFileSync(path);
  assertRefused(() => openSqliteStore(path), /is not a ledger/);
  assert.equal(database.prepare('SELECT name FROM sqlite_schema').pluck().all(), ['diary']);
  database.close();
  assert.ok(readFileSync(path).equals(before));
});

test('a ledger of a newer format is refused and not changed', async () => {
  const path = newPath();
  await ledger(path);
  const database = new Database(path);
  database.pragma('user_version = 2');
  database.pragma('journal_mode = DELETE');
  database.close();
  assertLeftAlone(readFileSync(path), /format 2.*upgrade channel-ledger/);
});

test('a newer format that stands only in the WAL is refused too', async () => {
  const path = newPath();
  await ledger(path);
  const database = new Database(path);
  database.pragma('user_version = 7');
  assertRefused(() => openSqliteStore(path), /format 7.*upgrade channel-ledger/);
  database.close();
});

test('an empty file, as a crash while making a ledger leaves it, becomes one', async () => {
  const path = newPath();
  writeFileSync(path, '');
  assertRefused(() => openSqliteStore(path, { create: false }), /is not a ledger/);
  await ledger(path);
  const store = openSqliteStore(path);
  assert.is([...store.allEvents()].length, 5);
  await store.close();
});

test('a ledger opened for reading is read, and refuses appends in a sentence', async () => {
  const path = newPath();
  await ledger(path);
  const writer = openSqliteStore(path);
  const store = openSqliteStore(path, { readonly: true });
  assert.is([...store.allEvents()].length, 5);
  await writer.append('open-2', sampleEvents(0, 1), { expectedRevision: NO_STREAM });
  assert.is([...store.allEvents()].length, 6);
  try {
    await store.append('open-3', sampleEvents(0, 1), { expectedRevision: NO_STREAM });
    assert.unreachable('an append to a ledger opened for reading');
  } catch (error) {
    assert.match(error instanceof Error ? error.message : '', /may not be written/);
  }
  await store.close();
  await writer.close();
});

test('a ledger without permission is refused in a sentence', async () => {
  const locked = join(directory, 'locked');
  mkdirSync(locked);
  const path = join(locked, 'ledger.db');
  await ledger(path);
  chmodSync(path, 0o000);
  chmodSync(locked, 0o555);
  const script = `
    const { openSqliteStore } = await import(${JSON.stringify(storeModule)});
    // Root may read everything; whoever it becomes may not.
    if (process.getuid() === 0) process.setuid(65534);
    for (const path of process.argv.slice(1)) {
      try { openSqliteStore(path); } catch (error) { console.log(error.name, error.message); }
    }`;
  const args = ['--input-type=module', '-e', script, path, join(locked, 'new.db')];
  chmodSync(directory, 0o755);
  const run = spawnSync(process.execPath, args, { encoding: 'utf8' });
  chmodSync(locked, 0o755);
  assert.match(
    run.stdout,
    /^StoreError .*ledger.db cannot be read: permission denied: run as [^\n]*\n/,
  );
  assert.match(
    run.stdout,
    /\nStoreError .*new.db cannot be created: permission denied: run as [^\n]*\n$/,
  );
});

const storeModule = new URL('../../src/store/sqlite/open.ts', import.meta.url).href;

test.run();
