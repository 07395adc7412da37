import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { importLines } from '../../src/ledger/import-ndjson.ts';
import { exportLines } from '../../src/ledger/ndjson.ts';
import { openSealed } from '../../src/ledger/sealing.ts';
import { decodeEvent } from '../../src/ledger/stored-event.ts';
import { sha256 } from '../../src/lightning/hashes.ts';
import { type LocalStore, StoreError } from '../../src/store/event-store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { collect } from '../store/sample-events.ts';
import { eventsOf, keyringOf, recorded, recorderOf } from './recording.ts';
import { wholeStory } from './story.ts';

const keys = suite('an export with keys');

const linesOf = (store: LocalStore, withKeys = false) => collect(exportLines(store, { withKeys }));
const read = (store: MemoryStore, lines: Iterable<string>) =>
  importLines(store, keyringOf(store), lines);

keys('are in it only when they are asked for', async () => {
  const store = await recorded(wholeStory());
  const wrapped = store.keys.all().map((key) => Buffer.from(key.wrapped ?? []).toString('hex'));
  assert.ok(wrapped.length >= 2);
  const without = (await linesOf(store)).join('\n');
  assert.ok(wrapped.every((hex) => !without.includes(hex)));
  const withKeys = (await linesOf(store, true)).join('\n');
  assert.ok(wrapped.every((hex) => withKeys.includes(hex)));
});

keys(
  'open in the copy what is sealed, for who has the ledger key; without them nothing opens',
  async () => {
    const store = await recorded(wholeStory());
    for (const [withKeys, state] of [
      [true, 'open'],
      [false, 'no-key'],
    ] as const) {
      const copy = new MemoryStore();
      const report = await read(copy, await linesOf(store, withKeys));
      assert.is(report.keys, withKeys ? store.keys.all().length : 0);
      for (const event of (await eventsOf(copy)).map(decodeEvent)) {
        if (event.sealed === undefined) continue;
        assert.is(openSealed(keyringOf(copy), event, event.sealed).state, state);
      }
      assert.equal(await linesOf(copy, withKeys), await linesOf(store, withKeys));
    }
  },
);

keys('that were destroyed come as destroyed, so that none is made again', async () => {
  const store = await recorded(wholeStory());
  const subject = store.keys.all().find((key) => key.subject.startsWith('channel/'))?.subject ?? '';
  keyringOf(store).destroy(subject);
  const copy = new MemoryStore();
  await read(copy, await linesOf(store, true));
  assert.is(keyringOf(copy).forSealing(subject).state, 'purged');
});

keys('of another ledger key are refused before they shadow our own', async () => {
  const store = new MemoryStore();
  const other = keyringOf(store, { key: sha256(Buffer.from('another ledger key')) });
  await recorderOf(store, other).record(wholeStory());
  const copy = new MemoryStore();
  const lines = await linesOf(store, true);
  const refused: unknown = await read(copy, lines).catch((error: unknown) => error);
  assert.instance(refused, StoreError);
  assert.match(String(refused), "line 2 holds a key that another ledger's key wraps");
  assert.equal(copy.keys.all(), []);
});

keys.run();
