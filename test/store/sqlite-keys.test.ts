/** An attack on destroyed keys: no part of one may be left in any file. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_STREAM, StoreError } from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import {
  randomNumbers,
  sampleEvent,
  seedOfRun,
  soakFactor,
  temporaryDirectory,
} from './sample-events.ts';

const test = suite('destroyed keys');
const random = randomNumbers(seedOfRun());
const directory = temporaryDirectory();
const WINDOW_BYTES = 16;

/** 40 bytes, as AES-KW wraps a key of 32. */
function wrappedKey(name: string): Buffer {
  return Buffer.concat([
    createHash('sha256').update(name).digest(),
    createHash('sha256').update(`${name} more`).digest().subarray(0, 8),
  ]);
}

function assertGone(path: string, secrets: Iterable<Buffer>): void {
  const files = [path, `${path}-wal`, `${path}-shm`].filter((name) => existsSync(name));
  const contents = files.map((name) => ({ name, content: readFileSync(name) }));
  for (const secret of secrets) {
    for (let at = 0; at + WINDOW_BYTES <= secret.length; at++) {
      const window = secret.subarray(at, at + WINDOW_BYTES);
      for (const { name, content } of contents) {
        assert.not(content.includes(window), `part of a destroyed key in ${name}`);
      }
    }
  }
}

test('no 16 bytes of a destroyed key are left in the file, the WAL or the shared memory', async () => {
  for (let round = 0; round < 3 * soakFactor(); round++) {
    const path = join(directory, `keys-${round}.db`);
    const store = openSqliteStore(path);
    const alive = new Map<string, Buffer>();
    const gone: Buffer[] = [];
    let revision = NO_STREAM;
    for (let n = 0; n < 400; n++) {
      const keyId = `key ${random(1_000_000)} ${n}`;
      const wrapped = wrappedKey(`${round} ${keyId}`);
      store.keys.put({
        keyId,
        subject: `channel ${'x'.repeat(random(150))}`,
        wrapped,
        createdAtNs: 1n,
      });
      alive.set(keyId, wrapped);
      if (n % 40 === 0) {
        const event = sampleEvent(`${n}`);
        await store.append('beside', [event], { expectedRevision: revision });
        revision++;
      }
      const names = [...alive.keys()];
      const victim = names[random(names.length)] ?? keyId;
      if (n % 5 === 0) {
        const fresh = wrappedKey(`${round} ${victim} again ${n}`);
        gone.push(alive.get(victim) ?? fresh);
        store.keys.rewrap(victim, fresh);
        alive.set(victim, fresh);
      } else if (n % 7 === 0) {
        gone.push(alive.get(victim) ?? wrapped);
        alive.delete(victim);
        assert.ok(store.keys.destroy(victim, 2n));
        assertGone(path, gone);
      }
    }
    assert.equal(store.integrity(), []);
    for (const [keyId, wrapped] of alive) assert.equal(store.keys.byId(keyId)?.wrapped, wrapped);
    await store.close();
    assertGone(path, gone);
  }
});

test('while another process still reads old pages, destroying says so, and works afterwards', async () => {
  const path = join(directory, 'read.db');
  const store = openSqliteStore(path, { busyTimeoutMs: 50 });
  const wrapped = wrappedKey('read');
  store.keys.put({ keyId: 'k', subject: 'channel', wrapped, createdAtNs: 1n });
  const reader = openRawReader(path);
  assert.throws(
    () => store.keys.destroy('k', 2n),
    (error: unknown) =>
      error instanceof StoreError && /another process still reads/.test(error.message),
  );
  assert.is(store.keys.byId('k')?.wrapped, null);
  reader.end();
  assert.ok(store.keys.destroy('k', 3n));
  assertGone(path, [wrapped]);
  assert.is(store.keys.byId('k')?.destroyedAtNs, 2n);
  await store.close();
});

/** A connection that stays in the middle of reading. */
function openRawReader(path: string): { readonly end: () => void } {
  const database = new Database(path, { readonly: true });
  database.exec('BEGIN');
  database.prepare('SELECT count(*) FROM keyring').get();
  return {
    end: () => {
      database.exec('COMMIT');
      database.close();
    },
  };
}

test.run();
