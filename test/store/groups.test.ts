import { setTimeout as delay } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_STREAM, type StoredEvent } from '../../src/store/event-store.ts';
import { openClusterStore, openConsumerGroups } from '../../src/store/eventstoredb/open.ts';
import { testCluster } from './cluster.ts';
import { collect, handedIn, sampleEvents } from './sample-events.ts';

const consuming = suite('consumers of a group');
const parking = suite('what a group parks');
const refusing = suite('a group that is not as asked');

const cluster = await testCluster();
refusing.after(() => cluster.close());

const STREAM = 'channel-a.b.ldk';

/** A ledger of so many events, its groups, and what ends a consumer. */
async function withLedger(
  count: number,
  run: (parts: {
    readonly address: string;
    readonly groups: ReturnType<typeof openConsumerGroups>;
    readonly append: (from: number, to: number, stream?: string) => Promise<unknown>;
    readonly events: () => Promise<StoredEvent[]>;
  }) => Promise<void>,
): Promise<void> {
  const address = cluster.newLedger();
  const store = openClusterStore(address);
  const groups = openConsumerGroups(address);
  const append = (from: number, to: number, stream = STREAM) =>
    store.append(stream, sampleEvents(from, to), {
      expectedRevision: from === 0 || stream !== STREAM ? NO_STREAM : from - 1,
    });
  try {
    if (count > 0) await append(0, count);
    await run({ address, groups, append, events: () => collect(store.readAll()) });
  } finally {
    await groups.close();
    await store.close();
  }
}

/** A consumer that ends by itself after so many handled events. */
function untilHandled(count: number) {
  const stop = new AbortController();
  const seen: { readonly revision: number; readonly attempt: number }[] = [];
  const note = ({ revision }: StoredEvent, attempt: number) => {
    seen.push({ revision, attempt });
    if (seen.length >= count) stop.abort();
  };
  return { seen, note, stop, signal: stop.signal };
}

const upTo = (to: number) => Array.from({ length: to }, (_, index) => index);

consuming('are given each event as it was handed in, and each goes to one of them', async () => {
  await withLedger(40, async ({ groups, events }) => {
    await groups.create('audit');
    const stop = new AbortController();
    const seen: StoredEvent[] = [];
    const mine = [0, 0];
    const consumer = (nth: number) =>
      groups.consume(
        'audit',
        async (event) => {
          await delay(1);
          mine[nth] = (mine[nth] ?? 0) + 1;
          if (seen.push(event) === 40) stop.abort();
        },
        { concurrency: 4, signal: stop.signal },
      );
    await Promise.all([consumer(0), consumer(1)]);
    seen.sort((a, b) => a.revision - b.revision);
    assert.equal(seen.map(handedIn), (await events()).map(handedIn));
    assert.equal(
      seen.map(({ digest }) => Buffer.from(digest).toString('hex')),
      (await events()).map(({ digest }) => Buffer.from(digest).toString('hex')),
    );
    assert.ok(
      mine.every((count) => count > 0),
      `they had ${mine}`,
    );
  });
});

consuming('that join later are given only what nobody has acknowledged', async () => {
  await withLedger(10, async ({ groups, append }) => {
    await groups.create('audit');
    const first = untilHandled(10);
    await groups.consume('audit', first.note, { concurrency: 1, signal: first.signal });
    await append(10, 13);
    const second = untilHandled(3);
    await groups.consume('audit', second.note, { signal: second.signal });
    assert.equal(second.seen.map(({ revision }) => revision).sort(), [10, 11, 12]);
  });
});

consuming('of the end, or of some streams, are given those alone', async () => {
  await withLedger(5, async ({ groups, append }) => {
    await groups.create('late', { from: 'end' });
    await groups.create('peers', { streamPrefixes: ['peer-'] });
    await append(5, 6);
    await append(20, 22, 'peer-a.b.ldk');
    const late = untilHandled(3);
    await groups.consume('late', late.note, { signal: late.signal });
    assert.equal(late.seen.map(({ revision }) => revision).sort(), [0, 1, 5]);
    const streams: string[] = [];
    const stop = new AbortController();
    const note = ({ stream }: StoredEvent) => {
      if (streams.push(stream) === 2) stop.abort();
    };
    await groups.consume('peers', note, { signal: stop.signal });
    assert.equal(streams, ['peer-a.b.ldk', 'peer-a.b.ldk']);
  });
});

consuming('that stop in the middle leave what they had not handled to the next', async () => {
  await withLedger(10, async ({ groups }) => {
    await groups.create('audit');
    const stop = new AbortController();
    const handled: number[] = [];
    await groups.consume(
      'audit',
      async ({ revision }) => {
        if (handled.length === 4) {
          stop.abort();
          throw new Error('stopped');
        }
        handled.push(revision);
      },
      { concurrency: 1, signal: stop.signal },
    );
    const rest = untilHandled(6);
    await groups.consume('audit', rest.note, { signal: rest.signal });
    const all = [...handled, ...rest.seen.map(({ revision }) => revision)];
    assert.equal(all.sort(), upTo(10));
  });
});

parking('is what failed so often, with its events, and it comes again when asked for', async () => {
  await withLedger(6, async ({ groups }) => {
    await groups.create('audit', { parkAfter: 3 });
    const tries = new Map<number, number[]>();
    const stop = new AbortController();
    let calls = 0;
    await groups.consume(
      'audit',
      ({ revision }, attempt) => {
        tries.set(revision, [...(tries.get(revision) ?? []), attempt]);
        // Five that succeed, and one that is tried three times.
        if (++calls === 8) setTimeout(() => stop.abort(), 500);
        if (revision === 2) throw new Error('it cannot be handled');
      },
      { signal: stop.signal },
    );
    assert.equal(tries.get(2), [1, 2, 3]);
    assert.is(calls, 8);
    const [parked, ...more] = await collect(groups.parked('audit'));
    assert.equal([parked?.stream, parked?.revision, more.length], [STREAM, 2, 0]);
    assert.is(parked?.event?.id, sampleEvents(2, 3)[0]?.id);
    await groups.replayParked('audit');
    const again = untilHandled(1);
    await groups.consume('audit', again.note, { signal: again.signal });
    assert.is(again.seen[0]?.revision, 2);
    await delay(100);
    assert.equal(await collect(groups.parked('audit')), []);
  });
});

parking('is nothing at first', async () => {
  await withLedger(1, async ({ groups }) => {
    await groups.create('audit');
    assert.equal(await collect(groups.parked('audit')), []);
    await groups.replayParked('audit');
  });
});

refusing('is told in a sentence, without waiting', async () => {
  await withLedger(1, async ({ groups }) => {
    const said = (call: Promise<unknown>) =>
      call.then(
        () => 'nothing',
        (error: Error) => error.message,
      );
    await groups.create('audit');
    assert.match(await said(groups.create('audit')), 'there is a group "audit" already');
    assert.match(await said(groups.create('No Group')), '"No Group" is no name of a group');
    const missing = groups.consume('missing', () => undefined);
    assert.match(await said(missing), 'there is no group "missing": create it first');
    assert.match(await said(groups.replayParked('missing')), 'there is no group "missing"');
    assert.match(await said(groups.create('b', { parkAfter: 0 })), 'parkAfter must be a whole');
  });
});

refusing('has nothing of another ledger of the same cluster', async () => {
  await withLedger(3, async ({ groups }) => {
    await groups.create('audit');
    await withLedger(2, async ({ groups: others }) => {
      await others.create('audit');
      const consumer = untilHandled(2);
      await others.consume('audit', consumer.note, { signal: consumer.signal });
      assert.equal(consumer.seen.map(({ revision }) => revision).sort(), [0, 1]);
    });
  });
});

consuming.run();
parking.run();
refusing.run();
