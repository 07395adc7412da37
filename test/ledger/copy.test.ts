/** A copy is the ledger itself: every digest, whatever interrupted it, and nothing overwritten. */
import { setTimeout } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startGateway } from '../../src/gateway/gateway.ts';
import { differences } from '../../src/ledger/against.ts';
import { copyEvents, localTarget } from '../../src/ledger/copy.ts';
import { clusterTarget } from '../../src/ledger/copy-ledger.ts';
import type { EventStore, StoredEvent } from '../../src/store/event-store.ts';
import { openClusterStore } from '../../src/store/eventstoredb/open.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { newClusterStore, testCluster } from '../store/cluster.ts';
import { collect, sampleEvent } from '../store/sample-events.ts';
import { metadata } from './foreign-events.ts';

const test = suite('copy');
const cluster = await testCluster();
async function filled(streams: number, perStream: number, salt = ''): Promise<MemoryStore> {
  const store = new MemoryStore();
  for (let n = 0; n < perStream; n++) {
    for (let s = 0; s < streams; s++) {
      const event = sampleEvent(`${salt}${s} ${n}`, { metadata });
      await store.append(`channel-${s}`, [event], { expectedRevision: n - 1 });
    }
  }
  return store;
}

/** Only so many events, as if it had been interrupted there. */
const firstOf = (store: EventStore, count: number) => ({
  async *readAll() {
    let given = 0;
    for await (const event of store.readAll()) {
      if (given++ === count) return;
      yield event;
    }
  },
});

test('a copy has the same digests, and copied again adds only what is new', async () => {
  const from = await filled(5, 300);
  const to = new MemoryStore();
  const first = await copyEvents(firstOf(from, 777), localTarget(to));
  assert.is(first.appended, 777);
  const second = await copyEvents(from, localTarget(to));
  assert.equal([second.appended, second.known], [723, 777]);
  assert.equal(differences(from.streamHeads(''), to.streamHeads('')), []);
  assert.is((await copyEvents(from, localTarget(to))).appended, 0);
});

test('a cluster that is away for a moment is asked again, and the copy goes on', async () => {
  const from = await filled(3, 10);
  const backing = new MemoryStore();
  const options = { store: backing, isWritable: true, accepts: 'anything' } as const;
  const before = await startGateway({ ...options, port: 0 });
  await before.close();
  const there = openClusterStore(`esdb://127.0.0.1:${before.port}?tls=false`);
  const copying = copyEvents(from, clusterTarget(there));
  await setTimeout(300);
  const gateway = await startGateway({ ...options, port: before.port });
  try {
    assert.is((await copying).appended, 30);
  } finally {
    await there.close();
    await gateway.close();
  }
});

test('a ledger goes into a cluster and comes back as it was', async () => {
  const from = await filled(5, 100);
  const there = await newClusterStore(cluster);
  const target = clusterTarget(there);
  await copyEvents(firstOf(from, 222), target);
  const report = await copyEvents(from, target);
  assert.equal([report.appended, report.known, report.diverged], [278, 222, []]);
  assert.equal(Buffer.from(await there.head()), Buffer.from(await from.head()));
  const back = new MemoryStore();
  await copyEvents(there, localTarget(back));
  assert.equal(differences(from.streamHeads(''), back.streamHeads('')), []);
  await there.close();
});

test('a stream that says something else there is named and left alone, and the others are copied', async () => {
  const from = await filled(3, 10);
  const to = await filled(1, 4, 'other ');
  const before = await collect(to.readStream('channel-0'));
  const report = await copyEvents(from, localTarget(to));
  assert.equal(report.diverged, ['channel-0']);
  assert.is(report.appended, 20);
  assert.equal(await collect(to.readStream('channel-0')), before);
  assert.equal(differences(from.streamHeads(''), to.streamHeads('')), [
    { stream: 'channel-0', what: 'it ends at revision 9 here and 3 there' },
  ]);
});

test('a stream that is longer there stays so, and is a contradiction only where it differs', async () => {
  const from = await filled(1, 4);
  const to = await filled(1, 9);
  const report = await copyEvents(from, localTarget(to));
  assert.equal([report.appended, report.known, report.diverged], [0, 4, []]);
  const other = await copyEvents(await filled(1, 4, 'other '), localTarget(to));
  assert.equal(other.diverged, ['channel-0']);
});

test('a stream that lost its beginning is named and left out', async () => {
  const from = await filled(2, 6);
  const truncated = {
    async *readAll() {
      for await (const event of from.readAll()) {
        if (event.stream !== 'channel-0' || event.revision > 2) yield event;
      }
    },
  };
  const to = new MemoryStore();
  const report = await copyEvents(truncated, localTarget(to));
  assert.equal(report.truncated, ['channel-0']);
  assert.equal(to.streamNames(''), ['channel-1']);
});

test('an event whose bytes are not those of its digest ends the copy', async () => {
  const from = await filled(1, 3);
  const changed = {
    async *readAll(): AsyncGenerator<StoredEvent> {
      for await (const event of from.readAll()) {
        yield event.revision === 1 ? { ...event, data: '{"name":9}' } : event;
      }
    },
  };
  const error = await copyEvents(changed, localTarget(new MemoryStore())).catch((cause) => cause);
  assert.match(error.message, /channel-0 revision 1 got another digest/);
});

test('two ledgers differ in what one has more, less or otherwise', () => {
  const head = (stream: string, revision: number, byte: number) => {
    return { stream, revision, position: 1, digest: Buffer.alloc(32, byte) };
  };
  const here = [head('a', 1, 1), head('b', 1, 1), head('c', 1, 1), head('same', 1, 1)];
  const there = [head('same', 1, 1), head('c', 1, 2), head('b', 2, 1), head('d', 0, 1)];
  assert.equal(
    differences(here, there).map(({ stream, what }) => `${stream}: ${what}`),
    [
      'a: it is not there',
      'b: it ends at revision 1 here and 2 there',
      'c: its digest at revision 1 is another one there',
      'd: it is not here',
    ],
  );
});

test.after(() => cluster.close());
test.run();
