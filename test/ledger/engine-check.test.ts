/** A large file is checked by a thread, which finds what the store itself would find. */
import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { suite } from 'uvu';
import { equal, match, unreachable } from 'uvu/assert';
import { engineProblems, MANY_EVENTS } from '../../src/ledger/verify/engine-check.ts';
import { StoreError } from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { sampleEvent } from '../store/sample-events.ts';

const engine = suite("the engine's check of a large file");
const directory = mkdtempSync(join(tmpdir(), 'channel-ledger-engine-'));
engine.after(() => rmSync(directory, { recursive: true }));

async function fileOf(name: string): Promise<string> {
  const path = join(directory, name);
  const store = openSqliteStore(path);
  const events = Array.from({ length: 100 }, (_, nth) => sampleEvent(String(nth)));
  await store.append('some', events, { expectedRevision: -1 });
  await store.close();
  return path;
}

/** The store of this thread, which must not be asked. */
const busy = {
  integrity(): readonly string[] {
    throw new Error('this thread made the check');
  },
};
const checked = (path: string) => engineProblems({ store: busy, path, events: MANY_EVENTS });

engine('finds nothing in a whole one, while its ledger is open and written to', async () => {
  const path = await fileOf('whole.db');
  const store = openSqliteStore(path);
  const writing = store.append('more', [sampleEvent('x')], { expectedRevision: -1 });
  equal(await checked(path), []);
  equal((await writing).ok, true);
  await store.close();
});

engine('finds what the store itself finds', async () => {
  const path = await fileOf('torn.db');
  const database = new Database(path);
  database.exec('DELETE FROM ev WHERE rowid = 50');
  database.close();
  const store = openSqliteStore(path);
  const own = store.integrity();
  await store.close();
  equal(own, ['99 events, but the newest has position 100']);
  equal(await checked(path), own);
});

engine('says what a file is that is none', async () => {
  const path = await fileOf('cut.db');
  truncateSync(path, 5000);
  try {
    await checked(path);
    unreachable('it was read');
  } catch (error) {
    equal(error instanceof StoreError, true, String(error));
    match(String(error), /the ledger is damaged/);
  }
});

engine("is the store's own where it is small, or in memory", async () => {
  const store = { integrity: () => ['asked'] };
  const path = await fileOf('small.db');
  equal(await engineProblems({ store, path, events: MANY_EVENTS - 1 }), ['asked']);
  equal(await engineProblems({ store, path: ':memory:', events: MANY_EVENTS }), ['asked']);
});

engine.run();
