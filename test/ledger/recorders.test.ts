/** Many recorders of one cluster's ledger, each with a replica of its own; and a replica whose disk is slow. */
import { setTimeout } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { Replica } from '../../src/ledger/replica.ts';
import { channelIdOfOutpoint, Outpoint } from '../../src/lightning/ids.ts';
import type { Observation } from '../../src/observation/observation.ts';
import type { AppendRequest } from '../../src/store/event-store.ts';
import { openClusterStore } from '../../src/store/eventstoredb/open.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import {
  collect,
  idsOf,
  randomNumbers,
  sampleEvent,
  seedOfRun,
  temporaryDirectory,
} from '../store/sample-events.ts';
import { metadata } from './foreign-events.ts';
import { policies } from './policies.ts';
import { eventsOf, recorderOf } from './recording.ts';
import { Clock, channelStory, opening, openingOf, payment } from './story.ts';

const test = suite('recorders of one cluster');
const directory = temporaryDirectory();
const random = randomNumbers(seedOfRun());
let made = 0;
const newPath = () => `${directory}/${made++}.db`;
const addressOf = ({ port }: Gateway) => `esdb://127.0.0.1:${port}?tls=false`;

/** One seed: they have the same keys, as recorders of one ledger have. */
function recordersAt(gateway: Gateway, count: number): Promise<readonly Ledger[]> {
  const open = () => openLedger(addressOf(gateway), { replica: newPath(), seed: 'seed' });
  return Promise.all(Array.from({ length: count }, open));
}

/** A few observations at a time, as they would come. */
async function recordInPieces(ledger: Ledger, told: readonly Observation[]): Promise<void> {
  for (let from = 0; from < told.length; ) {
    const to = from + 1 + random(8);
    await ledger.record(told.slice(from, to));
    from = to;
  }
}

test('ten on ten channels do not meet: each channel is there as its recorder told it', async () => {
  const store = openSqliteStore(newPath());
  const gateway = await startGateway({ store, port: 0, isWritable: true });
  const ledgers = await recordersAt(gateway, 10);
  const stories = ledgers.map((_, nth) => {
    const fundingOutpoint = Outpoint(`${nth.toString(16).repeat(64)}:0`);
    return storyOf(fundingOutpoint);
  });
  await Promise.all(ledgers.map((ledger, nth) => recordInPieces(ledger, stories[nth] ?? [])));
  const alone = new MemoryStore();
  await recorderOf(alone).record(stories.flat());
  assert.equal(idsOf(await collect(store.readAll())).sort(), idsOf(await eventsOf(alone)).sort());
  for (const ledger of ledgers) {
    assert.equal(ledger.problems(), []);
    await ledger.close();
  }
  await gateway.close();
  await store.close();
});

test('four on one hot channel decide again what another was first with, and nothing is recorded twice', async () => {
  const store = openSqliteStore(newPath());
  const gateway = await startGateway({ store, port: 0, isWritable: true });
  const ledgers = await recordersAt(gateway, 4);
  // The opening told a policy of that side already: these are newer.
  const story = channelStory([...opening, ...payment, ...policies(1, 60)]);
  await Promise.all(ledgers.map((ledger) => recordInPieces(ledger, story)));
  const alone = new MemoryStore();
  await recorderOf(alone).record(story);
  assert.equal(idsOf(await collect(store.readAll())), idsOf(await eventsOf(alone)));
  for (const ledger of ledgers) {
    assert.equal(ledger.problems(), []);
    assert.ok((await ledger.verify()).isSound);
    await ledger.close();
  }
  await gateway.close();
  await store.close();
});

/** A channel of its own, opened and with a few changes of its fees. */
function storyOf(fundingOutpoint: Outpoint): readonly Observation[] {
  const facts = [openingOf(fundingOutpoint), ...policies(0, 20)];
  return channelStory(facts, new Clock(), channelIdOfOutpoint(fundingOutpoint));
}

class SlowDisk extends MemoryStore {
  mostAtOnce = 0;

  override async appendMany(requests: readonly AppendRequest[], options = {}) {
    this.mostAtOnce = Math.max(this.mostAtOnce, requests.length);
    await setTimeout(40);
    return super.appendMany(requests, options);
  }
}

test('a replica whose disk is slow takes what it can write, and ends with every event once', async () => {
  const backing = new MemoryStore();
  const gateway = await startGateway({
    store: backing,
    port: 0,
    isWritable: true,
    accepts: 'anything',
  });
  const cluster = openClusterStore(addressOf(gateway));
  const local = new SlowDisk();
  const replica = new Replica({ source: cluster, local });
  replica.start();
  for (let batch = 0; batch < 40; batch++) {
    const events = Array.from({ length: 250 }, (_, n) => {
      return sampleEvent(batch * 250 + n, { metadata });
    });
    const appended = await cluster.append('channel-1', events, {
      expectedRevision: batch * 250 - 1,
    });
    assert.ok(appended.ok);
  }
  await replica.caughtUp();
  assert.equal(
    (await collect(local.readAll())).map(({ id, revision }) => `${revision} ${id}`),
    (await collect(cluster.readStream('channel-1'))).map(({ id, revision }) => `${revision} ${id}`),
  );
  assert.is(replica.applied, 10_000);
  assert.ok(local.mostAtOnce <= 1000, `${local.mostAtOnce} events in one write`);
  await replica.stop();
  await cluster.close();
  await gateway.close();
});

test.run();
