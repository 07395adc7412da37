import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type AppendOptions,
  type AppendRequest,
  NO_STREAM,
  StoreError,
} from '../../src/store/event-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { openConnection } from '../../src/store/sqlite/open-connection.ts';
import { SqliteStore } from '../../src/store/sqlite/store.ts';
import { eventStoreContract } from '../store-contract.ts';
import { derivedContract } from './derived-contract.ts';
import { localStoreContract } from './local-contract.ts';
import { modelContract } from './model-contract.ts';
import { sampleEvent, sampleEvents, seedOfRun, temporaryDirectory } from './sample-events.ts';

const test = suite('SQLite store');
const seed = seedOfRun();
const directory = temporaryDirectory();
let made = 0;
const makeStore = async () => openSqliteStore(join(directory, `${made++}.db`));

eventStoreContract(test, makeStore);
modelContract(test, makeStore, seed);
localStoreContract(test, makeStore, seed);
derivedContract(test, makeStore);

/** Whatever is appended is written by the store's thread. */
class AsideStore extends SqliteStore {
  override appendMany(requests: readonly AppendRequest[], options: AppendOptions = {}) {
    return super.appendMany(requests, { ...options, isAside: true });
  }
}

const aside = suite('SQLite store that writes aside');
const makeAside = async () => new AsideStore(openConnection(join(directory, `${made++}.db`)), {});

eventStoreContract(aside, makeAside);
modelContract(aside, makeAside, seed);
localStoreContract(aside, makeAside, seed);

aside('what comes after what its thread writes is written after it', async () => {
  const store = openSqliteStore(join(directory, `${made++}.db`));
  const first = { stream: 'a', events: sampleEvents(0, 500), expectedRevision: NO_STREAM };
  const second = { stream: 'a', events: [sampleEvent(500)], expectedRevision: 499 };
  const answers = await Promise.all([
    store.appendMany([first], { isAside: true }),
    store.appendMany([second]),
  ]);
  assert.equal(
    answers.flat().map((answer) => answer.ok && answer.lastRevision),
    [499, 500],
  );
  await store.close();
});

aside('closing waits for what its thread writes', async () => {
  const path = join(directory, `${made++}.db`);
  const store = openSqliteStore(path);
  const first = { stream: 'a', events: sampleEvents(0, 500), expectedRevision: NO_STREAM };
  const answer = store.appendMany([first], { isAside: true });
  await store.close();
  assert.ok((await answer)[0]?.ok);
  const again = openSqliteStore(path, { readonly: true });
  assert.is(await again.lastCheckpoint(), '500');
  await again.close();
});

aside('a thread that cannot open the file says so, and the next append tries again', async () => {
  const path = join(directory, `${made++}.db`);
  const store = openSqliteStore(path);
  const moved = `${path}.moved`;
  renameSync(path, moved);
  const request = { stream: 'a', events: [sampleEvent(0)], expectedRevision: NO_STREAM };
  const error = await store.appendMany([request], { isAside: true }).catch((cause) => cause);
  assert.instance(error, StoreError);
  assert.match(error.message, /there is no ledger at/);
  renameSync(moved, path);
  const [answer] = await store.appendMany([request], { isAside: true });
  assert.ok(answer?.ok);
  await store.close();
});

test.run();
aside.run();
