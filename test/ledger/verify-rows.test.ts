import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChannelFact } from '../../src/channel/observations.ts';
import { rebuildRows } from '../../src/ledger/rebuild.ts';
import { verifyLedger } from '../../src/ledger/verify/verify.ts';
import { Views } from '../../src/ledger/views.ts';
import type { Observation } from '../../src/observation/observation.ts';
import type { KeptRow, KeptSnapshot, LocalStore } from '../../src/store/event-store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { keyringOf, recorderOf } from './recording.ts';
import { channelStory, commitment, opened, revoked, wholeStory } from './story.ts';

const test = suite('kept rows and snapshots');
const views = new Views().all();

async function verify(store: LocalStore) {
  const report = await verifyLedger({ store, keyring: keyringOf(store), views });
  const rule = (name: string) => report.rules.find((one) => one.rule === name);
  return {
    broken: report.broken,
    row: rule('row-equals-rebuilt'),
    snapshot: rule('snapshot-equals-rebuilt'),
  };
}

/** Long enough for snapshots. */
async function longLedger(): Promise<MemoryStore> {
  const facts: ChannelFact[] = [opened];
  for (let number = 1; number <= 200; number++) {
    facts.push(commitment('remote', number), revoked('remote', number - 1));
  }
  const store = new MemoryStore();
  await recorderOf(store).record(channelStory(facts));
  await rebuildRows(store, views);
  return store;
}

const [channelView] = views;

function rowOf(store: LocalStore): KeptRow {
  const [row] = store.keptRows(channelView?.name ?? '');
  assert.ok(row);
  return row;
}

function snapshotsOf(store: LocalStore): KeptSnapshot[] {
  return [...store.keptSnapshots(channelView?.name ?? '')];
}

test('as they are rebuilt are what the events fold to', async () => {
  const store = new MemoryStore();
  await recorderOf(store).record(wholeStory());
  await rebuildRows(store, views);
  const { broken, row } = await verify(store);
  assert.equal(broken, []);
  assert.equal([row?.checked, row?.broken, row?.notCheckable], [4, 0, []]);
});

test('that are not kept are no fault, and are not counted as right', async () => {
  const store = new MemoryStore();
  await recorderOf(store).record(wholeStory());
  const { broken, row } = await verify(store);
  assert.equal(broken, []);
  assert.equal([row?.checked, row?.notCheckable], [0, [{ why: 'no row is kept', count: 4 }]]);
});

test('may be behind the stream: they are compared with what they know', async () => {
  const store = await longLedger();
  const late = channelStory([opened, commitment('local', 1)]).slice(1);
  const recordedAtNs = BigInt(2e18);
  await recorderOf(store).record(
    late.map((one) => ({ ...one, happenedAtNs: recordedAtNs, recordedAtNs }) as Observation),
  );
  const { broken, row, snapshot } = await verify(store);
  assert.equal(broken, []);
  assert.equal([row?.checked, row?.broken], [1, 0]);
  assert.ok((snapshot?.checked ?? 0) >= 3);
});

test('changed in one place are found by name', async () => {
  const store = await longLedger();
  const row = rowOf(store);
  store.keepRows([{ ...row, json: row.json.replace('800000000', '800000001') }], []);
  const { broken } = await verify(store);
  assert.equal(
    broken.map(({ rule }) => rule),
    ['row-equals-rebuilt'],
  );
  assert.match(broken[0]?.where ?? '', row.stream);
});

test('of a later revision than their stream has are found', async () => {
  const store = await longLedger();
  const row = rowOf(store);
  store.keepRows([{ ...row, revision: row.revision + 5 }], []);
  const { broken } = await verify(store);
  assert.equal(
    broken.map(({ rule }) => rule),
    ['row-equals-rebuilt'],
  );
});

test('of another version of their projection are refolded anyway, and that is said', async () => {
  const store = await longLedger();
  const row = rowOf(store);
  store.keepRows([{ ...row, version: row.version + 1, json: '{}' }], []);
  const { broken, row: report } = await verify(store);
  assert.equal(broken, []);
  const why = 'kept by another version, so it will be refolded';
  assert.equal(report?.notCheckable, [{ why, count: 1 }]);
});

test('snapshots with another text, place or time are found, each alone', async () => {
  const snapshots = snapshotsOf(await longLedger());
  assert.ok(snapshots.length >= 3, `${snapshots.length} snapshots`);
  for (const change of [
    { json: '{}' },
    { position: 1 },
    { happenedAtNs: 5n },
  ] satisfies Partial<KeptSnapshot>[]) {
    for (const nth of [0, snapshots.length - 1]) {
      const store = await longLedger();
      const kept = snapshots[nth];
      assert.ok(kept);
      store.keepRows([], [{ ...kept, ...change }]);
      const { broken, snapshot } = await verify(store);
      assert.equal(
        broken.map(({ rule }) => rule),
        ['snapshot-equals-rebuilt'],
      );
      assert.equal([snapshot?.checked, snapshot?.broken], [snapshots.length, 1]);
    }
  }
});

test('a snapshot beyond the end of its stream is found', async () => {
  const store = await longLedger();
  const [kept] = snapshotsOf(store);
  assert.ok(kept);
  store.keepRows([], [{ ...kept, revision: 9999 }]);
  const { broken } = await verify(store);
  assert.match(broken[0]?.detail ?? '', 'the stream ends at');
});

test('snapshots from before a fact was told late are held to what was known then', async () => {
  const store = await longLedger();
  const [, confirmation] = channelStory([
    opened,
    {
      type: 'CloseStarted',
      data: { by: 'local', reason: 'asked to' },
    },
  ]) as [Observation, Observation];
  const recordedAtNs = BigInt(2e18);
  await recorderOf(store).record([{ ...confirmation, key: 'late', recordedAtNs }]);
  const { broken, snapshot } = await verify(store);
  assert.equal(broken, []);
  assert.ok((snapshot?.checked ?? 0) >= 3);
  const [kept] = snapshotsOf(store);
  assert.ok(kept);
  store.keepRows([], [{ ...kept, json: '{}' }]);
  const again = await verify(store);
  assert.equal(
    again.broken.map(({ rule }) => rule),
    ['snapshot-equals-rebuilt'],
  );
});

test.run();
