/** What a power cut leaves: the file and the WAL up to the last flush, and anything after it. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_STREAM } from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { assertWhole, startWriter } from './processes.ts';
import {
  randomNumbers,
  sampleEvent,
  seedOfRun,
  soakFactor,
  temporaryDirectory,
} from './sample-events.ts';

const test = suite('a power cut');
const random = randomNumbers(seedOfRun());
const directory = temporaryDirectory();

const EVENTS_PER_APPEND = 3;
const WAL_HEADER_BYTES = 32;
const FRAME_BYTES = 24 + 4096;

/** A ledger with some appends, and the length of its WAL when each was acknowledged. */
async function recordedRun(path: string): Promise<readonly number[]> {
  const store = openSqliteStore(path);
  const walBytes: number[] = [];
  for (let n = 0; n < 24; n++) {
    const stream = `power-${n % 3}`;
    const revision = store.streamHead(stream)?.revision ?? NO_STREAM;
    const events = Array.from({ length: EVENTS_PER_APPEND }, (_, k) =>
      sampleEvent(`${n} ${k}`, { data: 'x'.repeat(random(3000)) }),
    );
    await store.append(stream, events, { expectedRevision: revision });
    walBytes.push(readFileSync(`${path}-wal`).length);
  }
  copyFileSync(path, `${path}.kept`);
  copyFileSync(`${path}-wal`, `${path}.kept-wal`);
  await store.close();
  return walBytes;
}

/** Opens a copy whose WAL ends somewhere, perhaps in noise, and counts what is there. */
async function eventsAfterCut(path: string, wal: Uint8Array): Promise<number> {
  const copy = `${path}.cut`;
  for (const suffix of ['-wal', '-shm']) rmSync(copy + suffix, { force: true });
  copyFileSync(`${path}.kept`, copy);
  writeFileSync(`${copy}-wal`, wal);
  const store = openSqliteStore(copy);
  assertWhole(store, EVENTS_PER_APPEND);
  const count = [...store.allEvents()].length;
  await store.close();
  return count;
}

test('the WAL cut anywhere after a flush still opens with every append flushed before', async () => {
  const path = join(directory, 'cut.db');
  const flushed = await recordedRun(path);
  const wal = readFileSync(`${path}.kept-wal`);
  const lengths: number[] = [];
  for (let at = WAL_HEADER_BYTES; at <= wal.length; at += FRAME_BYTES) lengths.push(at);
  for (let n = 0; n < 60 * soakFactor(); n++) lengths.push(random(wal.length + 1));
  for (const length of lengths) {
    // The file is the length it has while the WAL is in use: what was flushed is before the cut.
    const acknowledged = flushed.filter((bytes) => bytes <= length).length * EVENTS_PER_APPEND;
    const found = await eventsAfterCut(path, wal.subarray(0, length));
    assert.is(found, acknowledged, `WAL cut at ${length}`);
  }
});

test('noise after the last flush, as an unfinished write leaves it, is not taken for events', async () => {
  const path = join(directory, 'noise.db');
  const flushed = await recordedRun(path);
  const wal = readFileSync(`${path}.kept-wal`);
  for (let n = 0; n < 30 * soakFactor(); n++) {
    const acknowledged = 1 + random(flushed.length);
    const torn = Buffer.from(wal);
    const end = flushed[acknowledged - 1] ?? 0;
    for (let at = end; at < torn.length; at++) if (random(4) === 0) torn[at] = random(256);
    const found = await eventsAfterCut(path, torn);
    assert.ok(found >= acknowledged * EVENTS_PER_APPEND, `noise from ${end}`);
  }
});

test('the disk is flushed for every commit that is acknowledged, and once for many at once', async () => {
  const available = spawnSync('strace', ['-V']).status === 0;
  assert.ok(available, 'this test counts flushes with strace: install the package strace');
  const single = await countedFlushes('single', { appends: 50, atOnce: 1 });
  assert.is(single.appends, 50);
  assert.ok(single.flushes >= 50, `${single.flushes} flushes for 50 commits`);
  const shared = await countedFlushes('shared', { appends: 10, atOnce: 50 });
  assert.is(shared.appends, 500);
  // Ten commits, and what opening and closing the file take.
  assert.ok(
    shared.flushes >= 10 && shared.flushes < 30,
    `${shared.flushes} flushes for 500 appends`,
  );
});

async function countedFlushes(
  name: string,
  load: { readonly appends: number; readonly atOnce: number },
): Promise<{ readonly appends: number; readonly flushes: number }> {
  const trace = join(directory, `${name}.trace`);
  const writer = startWriter({
    path: join(directory, `${name}.db`),
    name,
    eventsPerAppend: 1,
    isAlone: true,
    ...load,
    under: ['strace', '-f', '-e', 'trace=fdatasync,fsync', '-o', trace],
  });
  assert.is(await writer.ended(), 0);
  const flushes = readFileSync(trace, 'utf8').match(/\b(fdatasync|fsync)\(/g)?.length ?? 0;
  return { appends: writer.lines().length - 1, flushes };
}

test('keys imported where no event follows are on the disk before the import answers', async () => {
  const trace = join(directory, 'keys.trace');
  const source = (path: string) => JSON.stringify(new URL(`../../src/${path}`, import.meta.url));
  const key = { keyId: 'k', subject: 's', wrapped: 'ab'.repeat(40), createdAtNs: '1' };
  const lines = [{ format: 'channel-ledger/1' }, { key }].map((line) => JSON.stringify(line));
  const program = `
    const { openSqliteStore } = await import(${source('store/sqlite/open.ts')});
    const { importLines } = await import(${source('ledger/import-ndjson.ts')});
    const store = openSqliteStore(${JSON.stringify(join(directory, 'keys.db'))});
    await importLines(store, { fits: () => true }, ${JSON.stringify(lines)});
    process.stdout.write('acknowledged');
    process.kill(process.pid, 'SIGKILL');`;
  const calls = ['-f', '-y', '-e', 'trace=pwrite64,fdatasync,fsync,write', '-o', trace];
  spawnSync('strace', [...calls, process.execPath, '--input-type=module', '-e', program]);
  const [before = '', after] = readFileSync(trace, 'utf8').split('"acknowledged"');
  assert.ok(after !== undefined, 'the import was acknowledged');
  const written = before.lastIndexOf('pwrite64(', before.lastIndexOf('keys.db-wal>'));
  assert.ok(written > 0, 'the key was written');
  assert.match(before.slice(written), /(fdatasync|fsync)\([^)]*keys\.db-wal/);
});

test.run();
