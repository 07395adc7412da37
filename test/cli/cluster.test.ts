/** The commands on a cluster: recorded, asked, copied and held against each other. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Ledgers } from '../../src/cli/ledger-port.ts';
import { startGateway } from '../../src/gateway/gateway.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { metadata } from '../ledger/foreign-events.ts';
import { collect, sampleEvent } from '../store/sample-events.ts';
import { runInProcess } from './in-process.ts';

const test = suite('commands on a cluster');
const program = fileURLToPath(new URL('../../bin/channel-ledger.js', import.meta.url));
const observations = fileURLToPath(new URL('../../docs/observations.ndjson', import.meta.url));
const place = mkdtempSync(join(tmpdir(), 'channel-ledger-cluster-'));
test.after(() => rmSync(place, { recursive: true }));
// Where the replicas of this process lie.
process.env.HOME = place;

const ledgers: Ledgers = await import('../../src/ledger/open-ledger.ts');
const run = (...args: string[]) => runInProcess(args, { ledgers });

async function served() {
  const store = new MemoryStore();
  const gateway = await startGateway({ store, port: 0, isWritable: true, accepts: 'anything' });
  return { store, gateway, address: `esdb://127.0.0.1:${gateway.port}?tls=false` };
}

test('what is recorded into a cluster is answered, exported and verified like a file’s', async () => {
  const { gateway, address } = await served();
  const [there, here] = [`${address}&ledger=main`, join(place, 'here.db')];
  for (const ledger of [there, here]) {
    const { exitCode, out } = await run('import', 'observations', observations, '--ledger', ledger);
    assert.is(exitCode, 0);
    assert.match(out, '16 events recorded');
  }
  const [a, b] = await Promise.all(
    [there, here].map((l) => run('closed', '--json', '--ledger', l)),
  );
  assert.is(a?.out, b?.out);
  const verified = await run('verify', '--ledger', there);
  assert.match(verified.out, 'sound: 16 events in 3 streams');
  const tail = await run('tail', '--ledger', there);
  assert.is(tail.out.trim().split('\n').length, 16);
  const other = await run('tail', '--ledger', `${address}&ledger=other`);
  assert.is(other.out, '');
  await gateway.close();
});

test('a ledger is copied into a cluster and back, and verify --against shows that it is the same', async () => {
  const { gateway, address } = await served();
  const [from, back] = [join(place, 'from.db'), join(place, 'back.db')];
  const there = `${address}&ledger=copied`;
  await run('import', 'observations', observations, '--ledger', from);
  assert.match((await run('copy', from, there)).out, '16 events copied, 0 events known already');
  assert.match((await run('copy', from, there)).out, '0 events copied, 16 events known already');
  assert.match((await run('copy', there, back)).out, '16 events copied');
  for (const [ledger, against] of [
    [there, from],
    [back, there],
    [from, back],
  ] as const) {
    const { exitCode, out } = await run('verify', '--ledger', ledger, '--against', against);
    assert.is(exitCode, 0, out);
    assert.match(out, '3 streams, every last digest');
  }
  const more = openSqliteStore(back);
  await more.append('channel-9', [sampleEvent(9, { metadata })], { expectedRevision: -1 });
  await more.close();
  const differing = await run('verify', '--ledger', from, '--against', back);
  assert.is(differing.exitCode, 1);
  assert.match(differing.out, 'channel-9: it is not here');
  await gateway.close();
});

test('wrong usage and a cluster that is not there are told in a sentence, without the password', async () => {
  const refused = async (code: number, words: RegExp, ...args: string[]) => {
    const { exitCode, err } = await run(...args);
    assert.is(exitCode, code, err);
    assert.match(err, words);
    assert.not.match(err, 'geheim');
  };
  await refused(2, /is no cluster/, 'replicate', 'ledger.db', join(place, 'r.db'));
  await refused(2, /are the same ledger/, 'copy', 'a.db', 'a.db');
  await refused(3, /there is no ledger at/, 'copy', join(place, 'none.db'), 'esdb://127.0.0.1:1');
  const login = 'esdb://admin:geheim@127.0.0.1:1?tls=false';
  await refused(3, /not sent at all/, 'channels', '--ledger', login);
});

test('a replica that is killed at any moment goes on where it was, each event once', async () => {
  const { store, gateway, address } = await served();
  const path = join(place, 'killed.db');
  let appended = 0;
  const append = async (count: number) => {
    for (let n = 0; n < count; n++, appended++) {
      const event = sampleEvent(appended, { metadata });
      const expectedRevision = Math.floor(appended / 5) - 1;
      await store.append(`channel-${appended % 5}`, [event], { expectedRevision });
    }
  };
  await append(5000);
  for (const afterMs of [450, 550, 650, 750, 900]) {
    const child = replicator(address, path);
    await setTimeout(afterMs);
    await append(1000);
    child.kill('SIGKILL');
    await ended(child);
  }
  const last = replicator(address, path, '--once');
  assert.is(await ended(last), 0);
  const local = openSqliteStore(path, { create: false, readonly: true });
  const [here, there] = [await collect(local.readAll()), await collect(store.readAll())];
  assert.equal(
    here.map(({ id }) => id),
    there.map(({ id }) => id),
  );
  assert.equal(Buffer.from(await local.head()), Buffer.from(await store.head()));
  await local.close();
  await gateway.close();
});

function replicator(address: string, path: string, ...more: string[]): ChildProcess {
  const args = [program, 'replicate', address, path, ...more];
  return spawn(process.execPath, args, { stdio: 'ignore', env: { ...process.env, HOME: place } });
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.on('close', resolve));
}

test.run();
