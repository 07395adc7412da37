/** Several processes on one ledger: writers, subscribers, and keepers of rows. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type LocalStore, NO_STREAM, type StoredEvent } from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { assertAcknowledged, assertWhole, startWriter } from './processes.ts';
import { collect, sampleEvent, temporaryDirectory } from './sample-events.ts';

const test = suite('several processes');
const directory = temporaryDirectory();

test('three processes append at once, and everything is there, in order', async () => {
  const path = join(directory, 'three.db');
  const load = { path, eventsPerAppend: 3, appends: 60, atOnce: 4 };
  const writers = ['a', 'b', 'c'].map((name) => startWriter({ ...load, name }));
  const store = openSqliteStore(path);
  for (const writer of writers) assert.is(await writer.ended(), 0);
  for (const writer of writers) {
    assert.is(assertAcknowledged(store, writer.lines()), 60 * 4);
  }
  assertWhole(store, 3);
  assert.is([...store.allEvents()].length, 3 * 60 * 4 * 3);
  await store.close();
});

test('a process that opens and closes the file takes nothing from under its writer', async () => {
  const path = join(directory, 'visited.db');
  const store = openSqliteStore(path);
  const append = (n: number) => {
    const request = { stream: 'one', events: [sampleEvent(n)], expectedRevision: n - 1 };
    return store.appendMany([request], { isAside: true });
  };
  await append(0);
  // Opened by its thread too by now, and a second time here: neither may let go of the first one's lock.
  await openSqliteStore(path).close();
  assert.ok(isLockedHere(path));
  const { ino } = statSync(`${path}-wal`);
  await visit(path);
  assert.is(statSync(`${path}-wal`).ino, ino);
  await append(1);
  await visit(path);
  assert.is([...store.allEvents()].length, 2);
  await store.close();
  const again = openSqliteStore(path);
  assert.is([...again.allEvents()].length, 2);
  await again.close();
});

/** `1: POSIX  ADVISORY  READ 4711 fe:00:11690001 128 128`, as Linux lists it. */
function isLockedHere(path: string): boolean {
  const { ino } = statSync(path);
  const lines = readFileSync('/proc/locks', 'utf8').split('\n');
  return lines.some((line) => line.includes(` ${process.pid} `) && line.includes(`:${ino} `));
}

/** Opens the file in another process, reads it, and closes it. */
async function visit(path: string): Promise<void> {
  const open = new URL('../../src/store/sqlite/open.ts', import.meta.url);
  const program = `
    const { openSqliteStore } = await import(${JSON.stringify(open)});
    const store = openSqliteStore(${JSON.stringify(path)});
    if ([...store.allEvents()].length === 0) process.exit(1);
    await store.close();`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: 'inherit',
  });
  const [code] = await once(child, 'close');
  assert.is(code, 0);
}

test('a subscriber hears of another process within 100 ms, every event once and in order', async () => {
  const path = join(directory, 'heard.db');
  const total = 200;
  const store = openSqliteStore(path);
  const writer = startWriter({ path, name: 'w', eventsPerAppend: 1, appends: total, atOnce: 1 });
  const abort = new AbortController();
  const seen: StoredEvent[] = [];
  const patience = AbortSignal.any([abort.signal, AbortSignal.timeout(30_000)]);
  for await (const event of store.subscribe(undefined, {}, patience)) {
    seen.push(event);
    if (seen.length === total) abort.abort();
  }
  assert.is(await writer.ended(), 0);
  assert.equal(
    seen.map(({ revision }) => revision),
    Array.from({ length: total }, (_, n) => n),
  );

  const waits = await measuredWaits(store, openSqliteStore(path));
  assert.is(waits.length, 20);
  // The middle one: a busy machine may hold up a single one for any time.
  assert.ok((waits.sort((a, b) => a - b)[10] ?? 0) < 100, `waited ${waits.join(', ')} ms`);
  await store.close();
});

/** How long each of 20 events took from one connection's append to another one's subscriber. */
async function measuredWaits(store: LocalStore, other: LocalStore): Promise<number[]> {
  const waits: number[] = [];
  const abort = new AbortController();
  const after = await store.lastCheckpoint();
  const reading = (async () => {
    for await (const event of store.subscribe(after, {}, abort.signal)) {
      waits.push(performance.now() - Number(JSON.parse(event.data).name));
    }
  })();
  try {
    for (let n = 0; n < 20; n++) {
      const event = sampleEvent(String(performance.now()));
      await other.append('timed', [event], { expectedRevision: n - 1 });
      await new Promise((resolve) => setTimeout(resolve, 7 + n * 3));
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  } finally {
    abort.abort();
    await other.close();
  }
  await reading;
  return waits;
}

test('what another process wrote is the next expected revision, and a late mark is seen', async () => {
  const path = join(directory, 'two.db');
  const one = openSqliteStore(path);
  const two = openSqliteStore(path);
  const at = (n: number, happenedAtNs: bigint) => sampleEvent(n, { columns: { happenedAtNs } });
  const append = (store: typeof one, n: number, expectedRevision: number, time = BigInt(n)) =>
    store.append('shared', [at(n, time)], { expectedRevision });
  assert.ok((await append(one, 0, NO_STREAM)).ok);
  assert.equal(await append(two, 1, NO_STREAM), { ok: false, actualRevision: 0 });
  assert.ok((await append(two, 1, 0)).ok);
  assert.equal(await append(one, 2, 0), { ok: false, actualRevision: 1 });
  assert.not(one.isOutOfOrder('shared'));
  assert.ok((await append(two, 2, 1, 0n)).ok);
  assert.ok(one.isOutOfOrder('shared'));
  assert.ok((await append(one, 3, 2)).ok);
  assert.equal(one.streamHead('shared'), two.streamHead('shared'));
  assert.equal(await collect(one.readAll()), await collect(two.readAll()));
  await one.close();
  await two.close();
});

test('two processes that keep the same rows: the later revision stays, the loser is told', async () => {
  const path = join(directory, 'rows.db');
  const store = openSqliteStore(path);
  const events = Array.from({ length: 400 }, (_, n) => sampleEvent(n));
  await store.append('rows-1', events, { expectedRevision: NO_STREAM });
  const keepers = ['even', 'odd'].map((name) => startKeeper(path, name));
  const answers = await Promise.all(keepers);
  assert.is(store.keptRow('channels', 'rows-1')?.revision, 399);
  for (const { kept, lost } of answers) assert.is(kept + lost, 200);
  await store.close();
});

/** A process that keeps a row of each even (or odd) revision, and counts what it lost. */
async function startKeeper(
  path: string,
  name: string,
): Promise<{ readonly kept: number; readonly lost: number }> {
  const script = `
    const { openSqliteStore } = await import(${JSON.stringify(storeModule)});
    const store = openSqliteStore(process.argv[1]);
    let kept = 0, lost = 0, before = -1;
    for (let revision = process.argv[2] === 'even' ? 0 : 1; revision < 400; revision += 2) {
      const row = { projection: 'channels', stream: 'rows-1', revision, version: 1, json: '{}' };
      if (store.keepRows([row], []).length === 0) kept++; else lost++;
      const now = store.keptRow('channels', 'rows-1').revision;
      if (now < before || now < revision) throw new Error('a row went back');
      before = now;
    }
    await store.close();
    console.log(JSON.stringify({ kept, lost }));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, path, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(child, 'close');
  return JSON.parse(text);
}

const storeModule = new URL('../../src/store/sqlite/open.ts', import.meta.url).href;

test.run();
