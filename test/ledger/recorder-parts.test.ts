/** A batch so large that its first part is written while the next is decided. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Observation } from '../../src/observation/observation.ts';
import { NO_STREAM, type StoredEvent } from '../../src/store/event-store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { policies, policy } from './policies.ts';
import { eventsOf, recorderOf } from './recording.ts';
import { channelStory, opened } from './story.ts';

const parts = suite('a batch of several parts');
const directory = temporaryDirectory();
let made = 0;
const newPath = () => join(directory, `${made++}.db`);
const LARGE = 1200;

const long = channelStory([opened, ...policies(0, LARGE)]);

parts('has the same bytes as its observations one by one', async () => {
  const single = new MemoryStore();
  const recorder = recorderOf(single);
  for (const observation of long) await recorder.record([observation]);
  const store = openSqliteStore(newPath());
  const report = await recorderOf(store).record(long);
  assert.equal(report, { observations: LARGE + 1, events: LARGE + 1, known: 0, quarantined: 0 });
  assert.equal(await store.head(), await single.head());
  await store.close();
});

parts(
  'races with another of the same observations, and each fact is stored once, in order',
  async () => {
    const single = new MemoryStore();
    await recorderOf(single).record(long);
    const expected = (await eventsOf(single)).map(({ id }) => id);
    const path = newPath();
    const stores = [openSqliteStore(path), openSqliteStore(path), openSqliteStore(path)];
    const reports = await Promise.all(
      stores.map((store, nth) => {
        // Each learned it at another time: the same fact, in other bytes.
        const told = long.map((one) => ({ ...one, recordedAtNs: one.recordedAtNs + BigInt(nth) }));
        return recorderOf(store).record(told);
      }),
    );
    assert.is(
      reports.reduce((sum, { events }) => sum + events, 0),
      LARGE + 1,
    );
    assert.ok(reports.every(({ events, known }) => events + known === LARGE + 1));
    for (const store of stores) {
      assert.equal(
        (await eventsOf(store)).map(({ id }) => id),
        expected,
      );
      await store.close();
    }
  },
);

parts('loses nothing told twice as one and the same late observation', async () => {
  const store = new MemoryStore();
  const recorder = recorderOf(store);
  const [first, second, third] = channelStory([opened, policy(1), policy(2)]) as [
    Observation,
    Observation,
    Observation,
  ];
  await recorder.record([first, third]);
  // Disabled meanwhile, told late: an older policy is to be ignored, a block is not.
  const late: Observation = {
    ...second,
    recordedAtNs: third.recordedAtNs + 1n,
    fact: { type: 'ChannelReady', data: { fundingOutpoint: fundingOf(first) } },
  } as Observation;
  const report = await recorder.record([late, late]);
  assert.equal(report, { observations: 2, events: 1, known: 1, quarantined: 0 });
  const types = (await eventsOf(store)).map(({ type }) => type);
  assert.equal(types, ['ChannelOpened', 'FeePolicyChanged', 'ChannelReady']);
});

/** Counts the events that are read. */
class CountingStore extends MemoryStore {
  events = 0;

  override *streamEvents(
    ...range: Parameters<MemoryStore['streamEvents']>
  ): Generator<StoredEvent> {
    for (const event of super.streamEvents(...range)) {
      this.events++;
      yield event;
    }
  }
}

parts(
  'that is late, and refused every other time, reads its stream only now and then',
  async () => {
    const store = new CountingStore();
    const recorder = recorderOf(store);
    const [open, ...policies] = long.slice(0, 601) as [Observation, ...Observation[]];
    const isTold = (nth: number) => nth % 2 === 1;
    await recorder.record([open, ...policies.filter((_, nth) => isTold(nth))]);
    const learned = { recordedAtNs: (long.at(-1)?.recordedAtNs ?? 0n) + 1n };
    const late = policies
      .filter((_, nth) => !isTold(nth))
      .flatMap((one) => [
        { ...one, ...learned },
        // Another capacity than was recorded.
        { ...one, ...learned, key: `${one.key} again`, fact: openedOtherwise } as Observation,
      ]);
    const before = store.events;
    const report = await recorder.record(late);
    assert.equal(report, { observations: 600, events: 600, known: 0, quarantined: 300 });
    const reads = (store.events - before) / policies.length;
    assert.ok(reads < 5, `${reads} reads`);
  },
);

const openedOtherwise = {
  ...opened,
  data: { ...opened.data, capacitySat: 5n },
};

function fundingOf({ fact }: Observation): string {
  return fact.type === 'ChannelOpened' ? String(fact.data.fundingOutpoint) : '';
}

parts('is written where the ledger was opened, wherever the process works by then', async () => {
  const here = process.cwd();
  const [one, other] = [temporaryDirectory(), temporaryDirectory()];
  process.chdir(one);
  const store = openSqliteStore('ledger.db');
  process.chdir(other);
  await openSqliteStore('ledger.db').close();
  const report = await recorderOf(store).record(long);
  process.chdir(here);
  assert.is(report.events, LARGE + 1);
  assert.is((await eventsOf(store)).length, LARGE + 1);
  await store.close();
});

parts('whose first part meets a full disk is not half known afterwards', async () => {
  const path = newPath();
  const small = openSqliteStore(path, { maxPages: 100 });
  const recorder = recorderOf(small);
  const error = await recorder.record(long).catch((cause: unknown) => cause);
  assert.match(error instanceof Error ? error.message : '', /disk is full/);
  const stored = (await eventsOf(small)).length;
  assert.is(small.streamHead(nameOf(small))?.revision ?? NO_STREAM, stored - 1);
  await small.close();
  const roomy = openSqliteStore(path);
  const report = await recorderOf(roomy).record(long);
  assert.equal(report, {
    observations: LARGE + 1,
    events: LARGE + 1 - stored,
    known: stored,
    quarantined: 0,
  });
  await roomy.close();
});

function nameOf(store: { streamNames(prefix: string): readonly string[] }): string {
  return store.streamNames('channel-')[0] ?? '';
}

parts.run();
