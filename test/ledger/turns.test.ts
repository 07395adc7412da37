/** Batches given one after the other without waiting for their answers. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChannelFact } from '../../src/channel/observations.ts';
import type { Observation } from '../../src/observation/observation.ts';
import {
  type AppendOptions,
  type AppendRequest,
  type AppendResult,
  StoreError,
} from '../../src/store/event-store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { eventsOf, recorderOf } from './recording.ts';
import { channelStory, opened } from './story.ts';

const turns = suite('batches given at once');
const directory = temporaryDirectory();

function policy(nth: number): ChannelFact {
  return {
    type: 'FeePolicyChanged',
    data: {
      side: 'local',
      isDisabled: false,
      cltvExpiryDeltaBlocks: 40,
      htlcMinimumMsat: 1n,
      htlcMaximumMsat: 900_000_000n,
      feeBaseMsat: BigInt(nth),
      feeProportionalMillionths: 10,
      timestamp: 1_767_225_700 + nth,
    },
  };
}

function storyOf(facts: number): readonly Observation[] {
  return channelStory([opened, ...Array.from({ length: facts }, (_, nth) => policy(nth))]);
}

function inBatches(story: readonly Observation[], size: number): readonly Observation[][] {
  const count = Math.ceil(story.length / size);
  return Array.from({ length: count }, (_, n) => story.slice(n * size, (n + 1) * size));
}

turns('have the same bytes as one observation after the other', async () => {
  const story = storyOf(1500);
  const single = new MemoryStore();
  const oneByOne = recorderOf(single);
  for (const observation of story) await oneByOne.record([observation]);
  for (const size of [1, 7, 400, 1000]) {
    const store = openSqliteStore(join(directory, `same-${size}.db`));
    const recorder = recorderOf(store);
    const batches = inBatches(story, size);
    const reports = await Promise.all(batches.map((batch) => recorder.recordInTurn(batch)));
    assert.equal(
      reports.map(({ events }) => events),
      batches.map(({ length }) => length),
    );
    assert.equal(await store.head(), await single.head());
    await store.close();
  }
});

turns('race with another program that tells the same, and each fact is stored once', async () => {
  const story = storyOf(1500);
  const single = new MemoryStore();
  await recorderOf(single).record(story);
  const expected = (await eventsOf(single)).map(({ id }) => id);
  const path = join(directory, 'race.db');
  const stores = [openSqliteStore(path), openSqliteStore(path)];
  const reports = await Promise.all(
    stores.flatMap((store, nth) => {
      const recorder = recorderOf(store);
      const told = story.map((one) => ({ ...one, recordedAtNs: one.recordedAtNs + BigInt(nth) }));
      return inBatches(told, 400).map((batch) => recorder.recordInTurn(batch));
    }),
  );
  assert.is(
    reports.reduce((sum, { events }) => sum + events, 0),
    story.length,
  );
  for (const store of stores) {
    assert.equal(
      (await eventsOf(store)).map(({ id }) => id),
      expected,
    );
    await store.close();
  }
});

/** A store that makes its appends in order, and before one of them does something else. */
class Meddled extends MemoryStore {
  readonly #meddle: (nth: number) => Promise<void>;
  #line: Promise<unknown> = Promise.resolve();
  #calls = 0;
  /** What is appended now does not wait in line. */
  isFirst = false;

  constructor(meddle: (nth: number) => Promise<void>) {
    super();
    this.#meddle = meddle;
  }

  override appendMany(
    requests: readonly AppendRequest[],
    options: AppendOptions = {},
  ): Promise<readonly AppendResult[]> {
    if (this.isFirst) return super.appendMany(requests, options);
    const nth = this.#calls++;
    const made = this.#line.then(async () => {
      await this.#meddle(nth);
      return super.appendMany(requests, options);
    });
    this.#line = made.catch(() => undefined);
    return made;
  }
}

turns('are decided again, in order, where another writer took the first one’s place', async () => {
  const [open, foreign, ...own] = storyOf(4) as [Observation, Observation, ...Observation[]];
  const store: Meddled = new Meddled(async (nth) => {
    if (nth !== 1) return;
    // As many events as the first batch has: the second one's revision would fit by chance.
    store.isFirst = true;
    const recording = recorderOf(store).record([foreign]);
    store.isFirst = false;
    await recording;
  });
  const recorder = recorderOf(store);
  await recorder.record([open]);
  await Promise.all(own.map((one) => recorder.recordInTurn([one])));
  const fees = (await eventsOf(store)).flatMap(({ data }) => {
    const { feeBaseMsat } = JSON.parse(data) as { readonly feeBaseMsat?: string };
    return feeBaseMsat ?? [];
  });
  assert.equal(fees, ['0', '1', '2', '3']);
});

turns('go on after one that failed, and it alone is told so, in order', async () => {
  const batches = inBatches(storyOf(8), 3);
  const store = new Meddled(async (nth) => {
    if (nth === 1) throw new StoreError('the disk is full');
  });
  const recorder = recorderOf(store);
  const answers: string[] = [];
  await Promise.all(
    batches.map((batch, nth) =>
      recorder.recordInTurn(batch).then(
        ({ events }) => answers.push(`${nth}: ${events} events`),
        (error: Error) => answers.push(`${nth}: ${error.message}`),
      ),
    ),
  );
  assert.equal(answers, ['0: 3 events', '1: the disk is full', '2: 3 events']);
  const again = await recorder.recordInTurn(batches.flat());
  assert.equal(again, { observations: 9, events: 3, known: 6, quarantined: 0 });
});

turns.run();
