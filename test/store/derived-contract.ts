/** What a store on this machine keeps beside its events: rows, snapshots, keys, small facts. */
import * as assert from 'uvu/assert';
import { type LocalStore, NO_STREAM, StoreError } from '../../src/store/event-store.ts';
import type { Declare, MakeStore } from '../store-contract.ts';
import type { WithLocalStore } from './local-contract.ts';
import { sampleEvents } from './sample-events.ts';

const newStream = { expectedRevision: NO_STREAM };

export function derivedContract(test: Declare, makeStore: MakeStore<LocalStore>): void {
  const withStore: WithLocalStore = (name, run) =>
    test(name, async () => {
      const store = await makeStore();
      try {
        for (const stream of ['s-1', 's-2'])
          await store.append(stream, sampleEvents(0, 9), newStream);
        await run(store);
      } finally {
        await store.close();
      }
    });
  rowContract(withStore);
  snapshotContract(withStore);
  keyContract(withStore);
}

function row(stream: string, revision: number, json = `{"at":${revision}}`, version = 1) {
  return { projection: 'channels', stream, revision, version, json };
}

function rowContract(test: WithLocalStore): void {
  test('a row is kept until a later one is, and an earlier one loses', async (store) => {
    assert.is(store.keptRow('channels', 's-1'), undefined);
    assert.equal(store.keepRows([row('s-1', 3), row('s-2', 0)], []), []);
    assert.equal(store.keptRow('channels', 's-1'), row('s-1', 3));
    const lost = store.keepRows([row('s-1', 2), row('s-2', 5)], []);
    assert.equal(lost, [{ projection: 'channels', stream: 's-1' }]);
    assert.equal([...store.keptRows('channels')], [row('s-1', 3), row('s-2', 5)]);
    assert.equal([...store.keptRows('peers')], []);
  });

  test('a row of the same revision mends the kept one, of another version replaces it', async (store) => {
    store.keepRows([row('s-1', 3, '{"torn":1}')], []);
    assert.equal(store.keepRows([row('s-1', 3)], []), []);
    assert.equal(store.keptRow('channels', 's-1'), row('s-1', 3));
    assert.equal(store.keepRows([row('s-1', 1, '{}', 2)], []), []);
    assert.equal(store.keptRow('channels', 's-1'), row('s-1', 1, '{}', 2));
  });

  test('a row of a stream without events is refused, and none beside it is written', async (store) => {
    assert.throws(
      () => store.keepRows([row('s-1', 1), row('nowhere', 1)], []),
      (error: unknown) => error instanceof StoreError && /no events/.test(error.message),
    );
    assert.is(store.keptRow('channels', 's-1'), undefined);
  });

  test('small facts are kept under their names', async (store) => {
    assert.is(store.getMeta('a'), undefined);
    store.setMeta('a', 'one\0');
    store.setMeta('b', '');
    assert.is(store.getMeta('a'), 'one\0');
    store.setMeta('a', 'two');
    assert.is(store.getMeta('a'), 'two');
    assert.is(store.getMeta('b'), '');
  });

  test('a small fact is changed from what it was, or left as it is', async (store) => {
    const was: (string | undefined)[] = [];
    for (const next of ['one', undefined, 'two']) {
      store.updateMeta('a', (text) => {
        was.push(text);
        return next;
      });
    }
    assert.equal(was, [undefined, 'one', 'one']);
    assert.is(store.getMeta('a'), 'two');
  });
}

function snapshot(stream: string, revision: number, version = 1) {
  const happenedAtNs = 1_700_000_000_000_000_000n + BigInt(revision);
  return { ...row(stream, revision, '{}', version), position: revision + 1, happenedAtNs };
}

function snapshotContract(test: WithLocalStore): void {
  test('the newest snapshot at or before a revision is found', async (store) => {
    const kept = [snapshot('s-1', 6), snapshot('s-1', 2), snapshot('s-1', 4), snapshot('s-2', 1)];
    assert.equal(store.keepRows([], kept), []);
    const at = (revision: number) => store.snapshotAt('channels', 's-1', revision)?.revision;
    assert.equal([0, 1, 2, 3, 4, 5, 6, 99].map(at), [undefined, undefined, 2, 2, 4, 4, 6, 6]);
    assert.equal(store.snapshotAt('channels', 's-2', 8), snapshot('s-2', 1));
    assert.is(store.snapshotAt('peers', 's-1', 8), undefined);
    assert.is(store.snapshotAt('channels', 's-3', 8), undefined);
    store.keepRows([], [snapshot('s-1', 4, 2)]);
    assert.equal(store.snapshotAt('channels', 's-1', 5), snapshot('s-1', 4, 2));
    assert.is([...store.keptSnapshots('channels')].length, 4);
  });

  test('the newest snapshots of many streams are found by one question', async (store) => {
    store.keepRows([], [snapshot('s-1', 2), snapshot('s-1', 4), snapshot('s-2', 1)]);
    store.keepRows([], [{ ...snapshot('s-1', 3), projection: 'peers' }]);
    const places = [
      { stream: 's-1', revision: 3 },
      { stream: 's-2', revision: 0 },
      { stream: 's-3', revision: 9 },
      { stream: 'nowhere', revision: 9 },
    ];
    assert.equal(store.snapshotsAt('channels', places), [snapshot('s-1', 2)]);
    const both = [
      { stream: 's-2', revision: 9 },
      { stream: 's-1', revision: 4 },
    ];
    const found = store.snapshotsAt('channels', both);
    assert.equal(
      found.toSorted((a, b) => a.revision - b.revision),
      [snapshot('s-2', 1), snapshot('s-1', 4)],
    );
    assert.equal(store.snapshotsAt('channels', []), []);
  });

  test('rows and snapshots of all projections but one are forgotten together', async (store) => {
    const of = (projection: string) => ({ ...row('s-1', 4), projection });
    const snapshotOf = (projection: string) => ({ ...snapshot('s-1', 2), projection });
    const names = ['channels', 'nodes', 'peers'];
    store.keepRows(names.map(of), names.map(snapshotOf));
    store.forgetRows(['channels', 'peers']);
    assert.equal([...store.keptRows('nodes')], [of('nodes')]);
    assert.equal([...store.keptSnapshots('nodes')], [snapshotOf('nodes')]);
    assert.equal(
      ['channels', 'peers'].flatMap((name) => [
        ...store.keptRows(name),
        ...store.keptSnapshots(name),
      ]),
      [],
    );
    store.forgetRows(['nodes', 'others']);
    assert.equal([...store.keptRows('nodes'), ...store.keptSnapshots('nodes')], []);
  });

  test('rows and snapshots are forgotten by projection, stream and revision', async (store) => {
    const keep = () => {
      const snapshots = [snapshot('s-1', 2), snapshot('s-1', 4), snapshot('s-2', 2)];
      const other = { ...row('s-1', 4), projection: 'peers' };
      store.keepRows([row('s-1', 5), row('s-2', 5), other], snapshots);
    };
    const left = () =>
      [...store.keptRows('channels'), ...store.keptSnapshots('channels')]
        .map(({ stream, revision }) => `${stream} ${revision}`)
        .sort();
    keep();
    store.forgetRows(['channels'], 's-1', 4);
    assert.equal(left(), ['s-1 2', 's-2 2', 's-2 5']);
    keep();
    store.forgetRows(['channels'], 's-1');
    assert.equal(left(), ['s-2 2', 's-2 5']);
    store.forgetRows(['channels'], 'nowhere');
    store.forgetRows(['channels']);
    assert.equal(left(), []);
    assert.is(store.keptRow('peers', 's-1')?.revision, 4);
  });
}

function keyContract(test: WithLocalStore): void {
  test('a key is found by its id and its subject, and is never replaced', async ({ keys }) => {
    const key = (keyId: string, subject: string, byte: number) => ({
      keyId,
      subject,
      wrapped: Buffer.alloc(40, byte),
      createdAtNs: 1_700_000_000_000_000_001n,
    });
    assert.ok(keys.put(key('k2', 'channel-1', 2)));
    assert.ok(keys.put(key('k1', 'channel-1', 1)));
    assert.ok(keys.put(key('k3', 'node-1', 3)));
    assert.not(keys.put(key('k1', 'other', 9)));
    assert.equal(keys.byId('k1'), { ...key('k1', 'channel-1', 1), destroyedAtNs: null });
    assert.is(keys.byId('k9'), undefined);
    assert.equal(
      keys.bySubject('channel-1').map(({ keyId }) => keyId),
      ['k2', 'k1'],
    );
    assert.equal(
      keys.all().map(({ keyId }) => keyId),
      ['k2', 'k1', 'k3'],
    );
    assert.ok(keys.rewrap('k1', Buffer.alloc(40, 7)));
    assert.equal(keys.byId('k1')?.wrapped, Buffer.alloc(40, 7));
    assert.not(keys.rewrap('k9', Buffer.alloc(40, 7)));
  });

  test('a destroyed key leaves its name and no bytes, and does not come back', async ({ keys }) => {
    const wrapped = Buffer.alloc(40, 5);
    const key = { keyId: 'k1', subject: 'channel-1', wrapped, createdAtNs: 1n };
    keys.put(key);
    assert.not(keys.destroy('k9', 2n));
    assert.ok(keys.destroy('k1', 2n));
    const tombstone = { ...key, wrapped: null, destroyedAtNs: 2n };
    assert.equal(keys.byId('k1'), tombstone);
    assert.ok(keys.destroy('k1', 3n));
    assert.not(keys.rewrap('k1', wrapped));
    assert.not(keys.put(key));
    assert.equal(keys.all(), [tombstone]);
  });
}
