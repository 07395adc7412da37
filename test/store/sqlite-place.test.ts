/** A file that is removed or replaced under who has it open: nobody writes into nothing unseen. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { wipeLedger } from '../../src/ledger/open-ledger.ts';
import { type LocalStore, NO_STREAM, StoreError } from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { startWriter } from './processes.ts';
import { sampleEvent, temporaryDirectory } from './sample-events.ts';

const test = suite('a file under who has it open');
const directory = temporaryDirectory();
/** Longer than a store looks away. */
const WHILE_MS = 150;

const GONE = /^\/[^\n]+ was removed, moved or replaced while it was open: nothing more is written/;

const request = (n: number) => ({
  stream: 'one',
  events: [sampleEvent(n)],
  expectedRevision: n - 1,
});

async function refusal(work: () => Promise<unknown>): Promise<string> {
  const error = await work().then(
    () => undefined,
    (cause: unknown) => cause,
  );
  assert.instance(error, StoreError);
  return error instanceof Error ? error.message : '';
}

const waitAWhile = () => new Promise((resolve) => setTimeout(resolve, WHILE_MS));

for (const isAside of [false, true]) {
  const how = isAside ? 'by its thread ' : '';
  const append = (store: LocalStore, n: number) => store.appendMany([request(n)], { isAside });

  test(`what is written ${how}after the file was removed is refused`, async () => {
    const path = join(directory, `removed-${isAside}.db`);
    const store = openSqliteStore(path);
    await append(store, 0);
    rmSync(path);
    await waitAWhile();
    assert.match(await refusal(() => append(store, 1)), GONE);
    assert.match(await refusal(() => store.close()), GONE);
    assert.not.ok(existsSync(path));
  });

  test(`what is written ${how}after another file took its place is refused`, async () => {
    const path = join(directory, `replaced-${isAside}.db`);
    const store = openSqliteStore(path);
    await append(store, 0);
    renameSync(path, `${path}.before`);
    await openSqliteStore(path).close();
    await waitAWhile();
    assert.match(await refusal(() => append(store, 1)), GONE);
    assert.match(await refusal(() => store.close()), GONE);
  });
}

test('who wrote just before the file was removed is told when it closes it', async () => {
  const path = join(directory, 'closed.db');
  const store = openSqliteStore(path);
  await store.appendMany([request(0)]);
  rmSync(path);
  assert.match(await refusal(() => store.close()), GONE);
});

test('who only read a file that is gone by now has its answer', async () => {
  const path = join(directory, 'read.db');
  const made = openSqliteStore(path);
  await made.append('one', [sampleEvent(0)], { expectedRevision: NO_STREAM });
  await made.close();
  const store = openSqliteStore(path);
  assert.is([...store.allEvents()].length, 1);
  rmSync(path);
  await store.close();
});

test('a ledger is not wiped under a process that writes to it, which is named', async () => {
  const path = join(directory, 'written.db');
  const writer = startWriter({ path, name: 'w', eventsPerAppend: 1, appends: 1e6, atOnce: 2 });
  await writer.heard(20);
  const { pid } = writer.child;
  const names = process.platform === 'linux' ? `process ${pid}` : 'another process';
  assert.is(await refusal(() => wipeLedger(path)), `${path} is in use by ${names}: stop it first`);
  writer.child.kill('SIGKILL');
  await writer.ended();
  const store = openSqliteStore(path);
  assert.ok((await store.lastCheckpoint()) !== undefined);
  const own = await refusal(() => wipeLedger(path));
  // Only Linux says which process it is.
  assert.match(own, / is (open in this process: close|in use by another process: stop) it first$/);
  await store.close();
  assert.equal(await wipeLedger(path), [path]);
  assert.not.ok(existsSync(path));
});

test.run();
