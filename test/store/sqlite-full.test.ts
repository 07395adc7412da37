/** A full disk: a clear error, nothing acknowledged lost, and on it goes when there is room. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type AppendOptions,
  type AppendRequest,
  type LocalStore,
  NO_STREAM,
  StoreError,
} from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { handedIn, sampleEvent, temporaryDirectory } from './sample-events.ts';

const test = suite('a full disk');
const directory = temporaryDirectory();
const LARGE = 'x'.repeat(20_000);

const event = (n: number) => sampleEvent(n, { data: LARGE });

function requestsAt(n: number): readonly AppendRequest[] {
  return [0, 1].map((lane) => {
    return { stream: `full-${lane}`, events: [event(n)], expectedRevision: n - 1 };
  });
}

/** Appends until the disk is full; answers how many were acknowledged. */
async function fill(store: LocalStore, options: AppendOptions = {}): Promise<number> {
  for (let n = 0; n < 100_000; n++) {
    try {
      const results = await store.appendMany(requestsAt(n), options);
      assert.ok(results.every(({ ok }) => ok));
    } catch (error) {
      assert.instance(error, StoreError);
      assert.match(error instanceof Error ? error.message : '', /disk .*full.*try again/);
      return n;
    }
  }
  throw new Error('the disk never became full');
}

async function assertHolds(store: LocalStore, acknowledged: number): Promise<void> {
  for (const stream of ['full-0', 'full-1']) {
    const stored = [...store.streamEvents(stream)];
    assert.equal(
      stored.map(handedIn),
      stored.map((_, n) => handedIn(event(n))),
    );
    assert.is(stored.length, acknowledged, stream);
  }
  assert.equal(store.integrity(), []);
}

for (const [how, isAside] of [
  ['', false],
  [', written by its thread,', true],
] as const)
  test(`a ledger that may not grow${how} says so, loses nothing, and goes on when it may`, async () => {
    const path = join(directory, `limited-${isAside}.db`);
    const limited = openSqliteStore(path, { maxPages: 300 });
    const acknowledged = await fill(limited, { isAside });
    assert.ok(acknowledged > 10);
    await assertHolds(limited, acknowledged);
    // Again and again: an error leaves nothing behind that would break the next try.
    for (let n = 0; n < 3; n++) {
      const again = limited.appendMany(requestsAt(acknowledged), { isAside });
      const error = await again.catch((cause: unknown) => cause);
      assert.instance(error, StoreError);
    }
    await limited.append('small', [sampleEvent(0, { data: '1' })], { expectedRevision: NO_STREAM });
    await limited.close();
    const roomy = openSqliteStore(path);
    await assertHolds(roomy, acknowledged);
    for (const stream of ['full-0', 'full-1']) {
      const result = await roomy.append(stream, [event(acknowledged)], {
        expectedRevision: acknowledged - 1,
      });
      assert.ok(result.ok);
    }
    await assertHolds(roomy, acknowledged + 1);
    await roomy.close();
  });

test('a real full disk: the same, in the same process, as soon as something is deleted', async () => {
  const mount = join(directory, 'disk');
  mkdirSync(mount);
  const size = 'size=8m';
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', size, 'tmpfs', mount]).status === 0;
  // Without the right to mount, a limit on the size of files meets the same code in SQLite.
  if (!isMounted) return assertFileSizeLimit(join(mount, 'limited.db'));
  try {
    writeFileSync(join(mount, 'ballast'), Buffer.alloc(4_000_000));
    const store = openSqliteStore(join(mount, 'ledger.db'));
    const acknowledged = await fill(store);
    assert.ok(acknowledged > 10);
    await assertHolds(store, acknowledged);
    rmSync(join(mount, 'ballast'));
    for (const stream of ['full-0', 'full-1']) {
      const result = await store.append(stream, [event(acknowledged)], {
        expectedRevision: acknowledged - 1,
      });
      assert.ok(result.ok);
    }
    await assertHolds(store, acknowledged + 1);
    await store.close();
  } finally {
    spawnSync('umount', [mount]);
  }
});

/** `ulimit -f` in a process of its own; Node ignores the signal, so the write fails. */
async function assertFileSizeLimit(path: string): Promise<void> {
  const script = `
    const { openSqliteStore } = await import(${JSON.stringify(storeModule)});
    const store = openSqliteStore(${JSON.stringify(path)});
    const columns = { happenedAtNs: 0n, recordedAtNs: 0n, amount1: null, amount2: null, isMarked: false };
    for (let n = 0; ; n++) {
      const id = '00000000-0000-8000-8000-' + String(n).padStart(12, '0');
      const made = { id, type: 'A', data: 'x'.repeat(20000), metadata: '', columns };
      try {
        await store.append('full-0', [made], { expectedRevision: n - 1 });
      } catch (error) {
        console.log(error.name, error.message);
        process.exit(n > 10 ? 0 : 1);
      }
    }`;
  const command = 'trap "" XFSZ; ulimit -f 2048; exec "$0" --input-type=module -e "$1"';
  const run = spawnSync('bash', ['-c', command, process.execPath, script], { encoding: 'utf8' });
  assert.is(run.status, 0, run.stderr);
  assert.match(run.stdout, /StoreError .*disk .*full/);
  const store = openSqliteStore(path);
  assert.ok([...store.streamEvents('full-0')].length > 10);
  assert.equal(store.integrity(), []);
  await store.close();
}

const storeModule = new URL('../../src/store/sqlite/open.ts', import.meta.url).href;

test.run();
