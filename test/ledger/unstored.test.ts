/** What is decided on something that is not stored yet, and then is not. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChannelFact } from '../../src/channel/observations.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { ChannelId, Outpoint } from '../../src/lightning/ids.ts';
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
import { candidate, candidateReady } from './candidates.ts';
import { policies } from './policies.ts';
import { eventsOf, recorderOf } from './recording.ts';
import {
  Clock,
  channelStory,
  fundingOutpoint,
  opened,
  opening,
  openingOf,
  payment,
} from './story.ts';

const racing = suite('of batches under way, what was decided on a lost fact');
const directory = temporaryDirectory();

/** The same told of another channel, in the order of one clock. */
class Story {
  readonly #clock = new Clock();

  of(name: string, facts: readonly ChannelFact[]): Observation[] {
    return channelStory(facts, this.#clock, ChannelId(name.repeat(32)));
  }

  opened(name: string): Observation[] {
    return this.of(name, [openingOf(Outpoint(`${name.repeat(32)}:0`))]);
  }

  policies(name: string, from: number, count: number): Observation[] {
    return this.of(name, policies(from, count));
  }
}

// Small batches are written by the main thread, large ones by the other: each pair of them.
for (const sizes of [
  [1, 1],
  [1, 500],
  [500, 1],
  [500, 500],
] as const) {
  racing(`is decided again, of ${sizes.join(' and then ')} facts`, async () => {
    const path = join(directory, `pair-${sizes.join('-')}.db`);
    const [a, b] = [openSqliteStore(path), openSqliteStore(path)];
    const story = new Story();
    const [open] = story.of('11', [opened]) as [Observation];
    const first = story.policies('11', 0, sizes[0]);
    const second = story.policies('11', sizes[0], sizes[1]);
    const recorder = recorderOf(a);
    await recorder.record([open]);
    // As many as the first batch has: the second one's revision would fit by chance.
    await recorderOf(b).record(second.slice(0, sizes[0]));
    await Promise.all([recorder.recordInTurn(first), recorder.recordInTurn(second)]);
    const ids = (await eventsOf(a)).map(({ id }) => id);
    assert.is(new Set(ids).size, ids.length);
    assert.is(ids.length, 1 + sizes[0] + sizes[1]);
    await a.close();
    await b.close();
  });
}

for (const pad of [1, 400]) {
  racing(`stays behind it in its channel's order, ${pad} others before it`, async () => {
    const path = join(directory, `order-${pad}.db`);
    const [a, b] = [openSqliteStore(path), openSqliteStore(path)];
    const story = new Story();
    const start = [...story.of('11', opening), ...story.opened('77'), ...story.opened('88')];
    const foreign = [...story.policies('11', 0, 1), ...story.policies('88', 0, 1)];
    const zero = [...story.policies('77', 0, pad), ...story.policies('88', 1, 1)];
    const paid = story.of('11', payment);
    const one = [...story.policies('77', 500, pad), ...paid.slice(0, 4)];
    const two = [
      ...story.policies('77', 1000, 1900),
      ...paid.slice(4),
      ...story.policies('77', 3000, 1100),
    ];
    const recorder = recorderOf(a);
    await recorder.record(start);
    await recorderOf(b).record(foreign);
    const reports = await Promise.all(
      [zero, one, two].map((batch) => recorder.recordInTurn(batch)),
    );
    assert.equal(
      reports.map(({ quarantined }) => quarantined),
      [0, 0, 0],
    );
    const alone = new MemoryStore();
    await recorderOf(alone).record([...start, ...foreign, ...zero, ...one, ...two]);
    assert.equal(await typesOfChannel(a), await typesOfChannel(alone));
    await a.close();
    await b.close();
  });
}

async function typesOfChannel(store: Parameters<typeof eventsOf>[0]): Promise<readonly string[]> {
  const events = await eventsOf(store);
  return events.filter(({ stream }) => stream.includes('11'.repeat(32))).map(({ type }) => type);
}

/** Holds back every append but the first, once there is a gate. */
class Gated extends MemoryStore {
  gate: Promise<void> | undefined;
  #isFirst = true;
  #line: Promise<unknown> = Promise.resolve();

  override appendMany(
    requests: readonly AppendRequest[],
    options: AppendOptions = {},
  ): Promise<readonly AppendResult[]> {
    const { gate } = this;
    if (gate === undefined) return super.appendMany(requests, options);
    const waits = !this.#isFirst;
    this.#isFirst = false;
    const made = this.#line.then(async () => {
      if (waits) await gate;
      return super.appendMany(requests, options);
    });
    this.#line = made;
    return made;
  }
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 10));

racing('is not refused for want of it while its batch still waits for other parts', async () => {
  const store = new Gated();
  const story = new Story();
  await recorderOf(store).record([...story.of('11', opening), ...story.opened('77')]);
  const recorder = recorderOf(store);
  await recorder.record(story.policies('11', 1, 1));
  await recorderOf(store).record(story.policies('11', 2, 1));
  const [added, ready] = story.of('11', [candidate, candidateReady]) as [Observation, Observation];
  const others = story.policies('77', 10, 499);
  const gate = Promise.withResolvers<void>();
  store.gate = gate.promise;
  const first = recorder.recordInTurn([added, ...others]);
  await turn();
  const second = recorder.recordInTurn([ready]);
  await turn();
  gate.resolve();
  assert.equal(
    (await Promise.all([first, second])).map(({ quarantined }) => quarantined),
    [0, 0],
  );
  assert.equal((await typesOfChannel(store)).slice(-2), ['FundingCandidateAdded', 'ChannelReady']);
});

racing('of a stream that is late is decided again, further on in the batch too', async () => {
  const path = join(directory, 'late.db');
  const [a, b] = [openSqliteStore(path), openSqliteStore(path)];
  const story = new Story();
  const start = [...story.of('11', opening), ...story.opened('77')];
  const one = story.policies('11', 1, 1);
  const foreign = story.policies('77', 0, 1);
  const others = story.policies('77', 1, 600);
  const recorder = recorderOf(a);
  await recorder.record([...start, ...story.policies('11', 3, 1)]);
  const two = story.policies('11', 4, 1);
  await recorderOf(b).record(foreign);
  const learned = { recordedAtNs: (others.at(-1)?.recordedAtNs ?? 0n) + 1_000_000_000_000n };
  const late = (told: readonly Observation[]) => told.map((fact) => ({ ...fact, ...learned }));
  const batch = [...late(one), ...others.slice(0, 300), ...two, ...others.slice(300)];
  const report = await recorder.record(batch);
  assert.equal(report, { observations: 602, events: 602, known: 0, quarantined: 0 });
  await a.close();
  await b.close();
});

/** Fails its first append, once there is something to fail for. */
class Failing extends MemoryStore {
  failure: StoreError | undefined;
  underWay = 0;

  override async appendMany(
    requests: readonly AppendRequest[],
    options: AppendOptions = {},
  ): Promise<readonly AppendResult[]> {
    const { failure } = this;
    this.failure = undefined;
    this.underWay++;
    await (failure === undefined ? turn() : undefined);
    this.underWay--;
    if (failure !== undefined) throw failure;
    return super.appendMany(requests, options);
  }
}

racing('that failed is not what makes the same fact known', async () => {
  const store = new Failing();
  const recorder = recorderOf(store);
  const story = new Story();
  // Told live, and again by a connection that was made later.
  const live = (told: readonly Observation[]) =>
    told.map((one) => ({ ...one, timeBasis: 'recorded' as const }));
  const [one, again] = [live(story.of('11', [opened])), live(story.of('11', [opened]))];
  store.failure = new StoreError('the disk is full');
  const [first, second] = await Promise.allSettled([recorder.record(one), recorder.record(again)]);
  assert.is(first.status === 'rejected' && String(first.reason.message), 'the disk is full');
  const stored = { observations: 1, events: 1, known: 0, quarantined: 0 };
  assert.equal(second, { status: 'fulfilled', value: stored });
});

racing('that failed is not what another fact contradicts', async () => {
  const store = new Failing();
  const recorder = recorderOf(store);
  const otherwise = { ...opened, data: { ...opened.data, capacitySat: 2_000_000n } };
  const story = new Story();
  const [one, other] = [story.of('11', [opened]), story.of('11', [otherwise])];
  store.failure = new StoreError('the disk is full');
  const [, second] = await Promise.allSettled([recorder.record(one), recorder.record(other)]);
  const stored = { observations: 1, events: 1, known: 0, quarantined: 0 };
  assert.equal(second, { status: 'fulfilled', value: stored });
});

racing('is told as failed only when nothing of its batch is under way any more', async () => {
  const story = new Story();
  const told = [...story.opened('77'), ...story.policies('77', 0, 600)];
  const store = new Failing();
  store.failure = new StoreError('the disk is full');
  const error = await recorderOf(store)
    .record(told)
    .catch((cause: Error) => cause);
  assert.is(error instanceof Error && error.message, 'the disk is full');
  assert.is(store.underWay, 0);
});

function forward(clock: Clock, nth: number): Observation {
  return {
    ...clock.next(),
    about: 'node',
    fact: {
      type: 'PaymentForwarded',
      data: {
        incomingChannelId: ChannelId('11'.repeat(32)),
        incomingHtlcId: nth,
        outgoingChannelId: ChannelId('22'.repeat(32)),
        amountOutMsat: 1_000_000n,
        feeMsat: 1000n,
        isClaimedOnChain: false,
      },
    },
  };
}

racing('of a node is decided again in whichever lane it was told', async () => {
  const path = join(directory, 'lanes.db');
  const a = await openLedger(path, { create: true });
  const b = await openLedger(path);
  const clock = new Clock();
  const [zero, one] = [forward(clock, 0), forward(clock, 1)];
  const refused = channelStory([{ type: 'ChannelReady', data: { fundingOutpoint } }], clock)[0];
  assert.ok(refused !== undefined);
  await a.record([zero]);
  await b.record([one]);
  await a.record([refused, one]);
  const forwards = (await eventsOf(a.store)).filter(({ type }) => type === 'PaymentForwarded');
  assert.is(forwards.length, 2);
  await a.close();
  await b.close();
});

racing('is stored once, though something else was lost while it was under way', async () => {
  const path = join(directory, 'two-losses.db');
  const a = await openLedger(path, { create: true });
  const b = await openLedger(path);
  const story = new Story();
  const clock = new Clock();
  const [zero, one, two] = [forward(clock, 0), forward(clock, 1), forward(clock, 2)];
  await a.recordBatch([...story.of('11', [opened]), ...story.opened('88'), zero]);
  const [foreign, own] = [story.policies('11', 0, 1), story.policies('11', 1, 1)];
  await b.recordBatch([...foreign, two]);
  const first = a.recordBatch(own);
  const second = a.recordBatch([one, ...story.policies('88', 1, 900)]);
  // By now the first has lost, and the second is still with the other thread.
  await new Promise((resolve) => setImmediate(resolve));
  await Promise.all([first, second, a.record([two])]);
  const forwards = (await eventsOf(a.store)).filter(({ type }) => type === 'PaymentForwarded');
  assert.is(forwards.length, 3);
  await a.close();
  await b.close();
});

racing.run();
