/** A replica holds what its cluster holds, exactly, whatever happens between the two. */
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { Replica, type ReplicaSource } from '../../src/ledger/replica.ts';
import { replicaStep } from '../../src/ledger/replica-plan.ts';
import { type Replication, startReplication } from '../../src/ledger/replicate.ts';
import { eventDigest } from '../../src/store/digest.ts';
import type { LocalStore, StoredEvent } from '../../src/store/event-store.ts';
import { parseClusterAddress } from '../../src/store/eventstoredb/address.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { collect, sampleEvent, temporaryDirectory } from '../store/sample-events.ts';
import { metadata, NOW } from './foreign-events.ts';

const test = suite('replica');
const directory = temporaryDirectory();
let made = 0;

/** Of no type that a ledger knows: kept all the same, as every later version's will be. */
const fact = (name: string | number, data = '{}') => sampleEvent(name, { metadata, data });

async function serve(store: LocalStore, port = 0): Promise<Gateway> {
  return startGateway({ store, port, isWritable: true, accepts: 'anything' });
}

const addressOf = ({ port }: Gateway) => `esdb://127.0.0.1:${port}?tls=false`;

/** The streams as a ledger of its own would have recorded them: the gateway gives their digests. */
async function filled(streams: number, perStream: number, salt = ''): Promise<MemoryStore> {
  const store = new MemoryStore();
  for (let n = 0; n < perStream; n++) {
    for (let s = 0; s < streams; s++) {
      const event = fact(`${salt}${s} ${n}`, JSON.stringify({ n }));
      await store.append(`channel-${s}`, [event], { expectedRevision: n - 1 });
    }
  }
  return store;
}

async function replicated(path: string): Promise<readonly StoredEvent[]> {
  const store = openSqliteStore(path, { create: false, readonly: true });
  try {
    return await collect(store.readAll());
  } finally {
    await store.close();
  }
}

const facts = (events: readonly StoredEvent[]) =>
  events.map(({ stream, revision, id, data, metadata: text, digest }) => {
    return [stream, revision, id, data, text, Buffer.from(digest).toString('hex')].join(' ');
  });

async function failureOf({ ended }: Replication): Promise<string> {
  const error = await Promise.race([ended().catch((cause) => cause), setTimeout(20_000)]);
  return error instanceof Error ? error.message : 'it went on';
}

const newPath = () => join(directory, `${made++}.db`);

test('what the cluster holds is here in its order, with the same digests, and again adds nothing', async () => {
  const store = await filled(7, 300);
  const gateway = await serve(store);
  const path = newPath();
  for (const applied of [2100, 0]) {
    const replication = await startReplication(addressOf(gateway), path);
    await replication.caughtUp();
    assert.is(replication.applied(), applied);
    assert.equal(await replication.lag(), { events: 0, isMore: false, seconds: 0 });
    await replication.close();
  }
  assert.equal(facts(await replicated(path)), facts(await collect(store.readAll())));
  await gateway.close();
});

test('a server that dies and comes back is followed on, and nothing is lost or doubled', async () => {
  const store = await filled(3, 100);
  let gateway = await serve(store);
  const { port } = gateway;
  const path = newPath();
  const said: string[] = [];
  const onTrouble = (sentence: string) => said.push(sentence);
  const replication = await startReplication(addressOf(gateway), path, { onTrouble });
  for (let round = 0; round < 4; round++) {
    if (round > 0) await replication.caughtUp();
    await gateway.close();
    for (let n = 0; n < 50; n++) {
      const revision = 100 + round * 50 + n;
      await store.append('channel-0', [fact(`later ${revision}`)], {
        expectedRevision: revision - 1,
      });
    }
    gateway = await serve(store, port);
  }
  await replication.caughtUp();
  await replication.close();
  assert.equal(facts(await replicated(path)), facts(await collect(store.readAll())));
  assert.ok(said.length > 0);
  await gateway.close();
});

test('a cluster that was restored from an older backup stops the replica with a sentence', async () => {
  const path = newPath();
  let gateway = await serve(await filled(2, 20));
  const { port } = gateway;
  const first = await startReplication(addressOf(gateway), path);
  await first.caughtUp();
  await gateway.close();
  // The running replica meets it when it connects again, a new one when it begins.
  gateway = await serve(await filled(2, 10), port);
  assert.match(await failureOf(first), /is behind its replica: it has no channel-1 revision 19/);
  await first.close();
  const second = await startReplication(addressOf(gateway), path);
  assert.match(await failureOf(second), /is behind its replica/);
  await second.close();
  assert.is((await replicated(path)).length, 40);
  await gateway.close();
});

test('a cluster that holds another event at the same revision stops the replica with a sentence', async () => {
  const path = newPath();
  let gateway = await serve(await filled(2, 20));
  const { port } = gateway;
  const first = await startReplication(addressOf(gateway), path);
  await first.caughtUp();
  await first.close();
  await gateway.close();
  gateway = await serve(await filled(2, 30, 'other '), port);
  const second = await startReplication(addressOf(gateway), path);
  assert.match(await failureOf(second), /differ at channel-1 revision 19/);
  await second.close();
  assert.is((await replicated(path)).length, 40);
  await gateway.close();
});

test('a file that holds a ledger of its own is never made a replica', async () => {
  const gateway = await serve(await filled(1, 5));
  const path = newPath();
  const own = openSqliteStore(path);
  await own.append('channel-9', [fact(1)], { expectedRevision: -1 });
  await own.close();
  const replication = await startReplication(addressOf(gateway), path);
  assert.match(await failureOf(replication), /holds a ledger of its own/);
  await replication.close();
  assert.is((await replicated(path)).length, 1);
  await gateway.close();
});

test('each event that comes is taken, known, a gap, or the end', () => {
  const first = stored(0, undefined);
  const second = stored(1, first.digest);
  const none = () => undefined;
  assert.is(replicaStep(first, undefined, none).kind, 'take');
  assert.is(replicaStep(second, first, none).kind, 'take');
  assert.is(replicaStep(first, second, () => first.digest).kind, 'known');
  assert.is(replicaStep(first, second, () => second.digest).kind, 'stop');
  assert.equal(replicaStep(stored(5, undefined), undefined, none), { kind: 'gap', missing: 5 });
  assert.equal(replicaStep(stored(5, undefined), second, none), { kind: 'gap', missing: 3 });
  assert.is(replicaStep({ ...second, data: '{"n":9}' }, first, none).kind, 'stop');
});

function stored(revision: number, previous: Uint8Array | undefined): StoredEvent {
  const { id, type, data } = fact(revision);
  const event = { stream: 'channel-0', revision, id, type, data, metadata };
  return { ...event, position: revision + 1, digest: eventDigest(event, previous) };
}

test('a stream whose beginning the cluster lost is a gap among the problems, and stays out', async () => {
  const channel = `channel-02${'ab'.repeat(32)}.${'1'.repeat(64)}.ldk`;
  const store = await filled(1, 3);
  for (let revision = 0; revision < 5; revision++) {
    await store.append(channel, [fact(`own ${revision}`)], { expectedRevision: revision - 1 });
  }
  const path = newPath();
  const local = openSqliteStore(path);
  const source: ReplicaSource = {
    address: parseClusterAddress('esdb://127.0.0.1:2113?tls=false'),
    firstFrom: async () => undefined,
    lastCheckpoint: async () => 'C8P8',
    checkpointOf: ({ position }) => `C${position}P${position}`,
    readAll: (after) => store.readAll(after),
    async *subscribeOnce(after, signal) {
      // Truncated before its fourth event.
      for await (const event of store.subscribe(after, undefined, signal)) {
        if (event.stream !== channel || event.revision >= 3) yield [event];
      }
    },
  };
  const replica = new Replica({ source, local });
  replica.start();
  await replica.caughtUp();
  await replica.stop();
  await local.close();
  assert.equal((await replicated(path)).length, 3);
  const ledger = await openLedger(path);
  assert.equal(ledger.problems(), [
    {
      kind: 'gap',
      rule: 'stream-whole',
      subject: channel,
      channelId: '1'.repeat(64),
      nodeId: `02${'ab'.repeat(32)}`,
      count: 1,
      firstAt: NOW,
      lastAt: NOW,
      detail:
        'revisions 0 to 2 are gone from the cluster (truncated): the stream stays out of the replica from there on',
      whatToDo:
        'copy the ledger from where it is whole (another replica, a backup) into another ledger of the cluster with "copy", ' +
        'and follow that one; a stream cannot be given back its beginning',
    },
  ]);
  await ledger.close();
});

test('a ledger recorded through a cluster is the one recorded directly', async () => {
  const { readFileSync } = await import('node:fs');
  const { parseObservation } = await import('../../src/ledger/observation-json.ts');
  const lines = readFileSync(join(import.meta.dirname, '../../docs/observations.ndjson'), 'utf8');
  const observations = lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parseObservation(JSON.parse(line)));
  const backing = new MemoryStore();
  const gateway = await serve(backing);
  const seed = 'same';
  const through = await openLedger(addressOf(gateway), { replica: newPath(), seed });
  const direct = await openLedger(newPath(), { create: true, seed });
  for (const ledger of [through, direct]) await ledger.record(observations);
  assert.equal((await through.verify()).head, (await direct.verify()).head);
  assert.equal(through.closed(), direct.closed());
  assert.equal(Buffer.from(await backing.head()), Buffer.from(await direct.store.head()));
  // Saying it twice changes nothing.
  assert.is((await through.record(observations)).events, 0);
  await through.close();
  await direct.close();
  await gateway.close();
});

test('two recorders of one cluster tell each other’s facts once', async () => {
  const backing = new MemoryStore();
  const gateway = await serve(backing);
  const { readFileSync } = await import('node:fs');
  const { parseObservation } = await import('../../src/ledger/observation-json.ts');
  const lines = readFileSync(join(import.meta.dirname, '../../docs/observations.ndjson'), 'utf8');
  const read = () =>
    lines
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => parseObservation(JSON.parse(line)));
  const ledgers = [
    await openLedger(addressOf(gateway), { replica: newPath() }),
    await openLedger(addressOf(gateway), { replica: newPath() }),
  ];
  // The very same event told by both counts for both of them; it is stored once all the same.
  await Promise.all(ledgers.map((ledger) => ledger.record(read())));
  assert.is((await collect(backing.readAll())).length, 16);
  for (const ledger of ledgers) {
    assert.ok((await ledger.verify()).isSound);
    assert.equal(ledger.problems(), []);
    await ledger.close();
  }
  await gateway.close();
});

test.run();
