/** Batches given one after the other without waiting for their answers. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
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
import { policies } from './policies.ts';
import { eventsOf, recorderOf } from './recording.ts';
import { channelStory, closing, opened, opening, payment } from './story.ts';

const turns = suite('batches given at once');
const directory = temporaryDirectory();

function storyOf(facts: number): readonly Observation[] {
  return channelStory([opened, ...policies(0, facts)]);
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

turns('fail behind one that failed, in order, and can all be given again', async () => {
  const story = channelStory([...opening, ...payment, ...closing]);
  const single = new MemoryStore();
  await recorderOf(single).record(story);
  const store = new Meddled(async (nth) => {
    if (nth === 1) throw new StoreError('the disk is full');
  });
  const recorder = recorderOf(store);
  const answers: string[] = [];
  const batches = [story.slice(0, 6), story.slice(6, 9), story.slice(9)];
  await Promise.all(
    batches.map((batch, nth) =>
      recorder.recordInTurn(batch).then(
        () => answers.push(`${nth}: recorded`),
        (error: Error) => answers.push(`${nth}: ${error.message}`),
      ),
    ),
  );
  assert.equal(answers, [
    '0: recorded',
    '1: the disk is full',
    '2: a batch given before this one could not be recorded: give both again, that one first',
  ]);
  await recorder.recordInTurn(story);
  assert.equal(await store.head(), await single.head());
});

turns.run();
