/** What a recorder holds of a stream is never more than the stream has, whatever goes wrong. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChannelFact } from '../../src/channel/observations.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { openQuarantine } from '../../src/ledger/quarantine.ts';
import { retryQuarantine } from '../../src/ledger/quarantine-retry.ts';
import { LedgerRows } from '../../src/ledger/rows.ts';
import { streamOf } from '../../src/ledger/streams.ts';
import { NodeId } from '../../src/lightning/ids.ts';
import type { Observation } from '../../src/observation/observation.ts';
import type { AppendRequest, AppendResult, LocalStore } from '../../src/store/event-store.ts';
import { StoreError } from '../../src/store/event-store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { eventsOf, keyringOf, recorderOf, typesOf } from './recording.ts';
import { testKey } from './signed-gossip.ts';
import { channelStory, commitment, opened, opening } from './story.ts';

const unfit = suite('an observation that fits no schema');
const undone = suite('an observation known by what is not stored yet');
const retried = suite('an observation retried that still does not fit');
const full = suite('a disk that is full');
const sources = suite('a source that fails');

const wrong: ChannelFact = commitment('remote', 1, { stated: { localSat: 1n, remoteSat: 2n } });
const [openedSeen, confirmed] = channelStory(opening) as [Observation, Observation];
const misfits: readonly (readonly [string, Observation])[] = [
  ['a number where text belongs', withData(confirmed, { txid: 7 })],
  ['evidence over the limit', { ...confirmed, evidence: 'e'.repeat(70_000) }],
  ['text over the size of an event', { ...confirmed, evidence: 'e'.repeat(2_000_000) }],
];

function withData(observation: Observation, data: object): Observation {
  const fact = { ...observation.fact, data: { ...observation.fact.data, ...data } };
  return { ...observation, fact } as Observation;
}

for (const [what, misfit] of misfits) {
  unfit(`goes into quarantine, and stops none of its batch: ${what}`, async () => {
    const store = new MemoryStore();
    const recorder = recorderOf(store);
    const report = await recorder.record([openedSeen, misfit, confirmed]);
    assert.equal(report, { observations: 3, events: 3, known: 0, quarantined: 1 });
    const [kept, ...others] = openQuarantine(store, keyringOf(store));
    assert.is(others.length, 0);
    assert.ok(kept?.event.fact?.type === 'ObservationQuarantined');
    assert.is(kept.event.fact.data.rule, 'fits-schema');
    const again = await recorder.record([openedSeen, misfit, confirmed]);
    assert.is(again.events, 0);
  });

  unfit(`is not in the state that late facts leave behind: ${what}`, async () => {
    const store = new MemoryStore();
    const recorder = recorderOf(store);
    await recorder.record(channelStory(opening).filter((_, nth) => nth !== 1 && nth !== 2));
    const ready = channelStory(opening)[2] as Observation;
    const late = [misfit, confirmed, ready].map((one) => ({
      ...one,
      recordedAtNs: one.recordedAtNs + 1_000_000_000_000n,
    }));
    const report = await recorder.record(late);
    assert.equal(report, { observations: 3, events: 3, known: 0, quarantined: 1 });
    const types = (await typesOf(store)).sort();
    const expected = opening.map(({ type }) => `channel ${type}`);
    assert.equal(types, [...expected, 'node ObservationQuarantined'].sort());
  });
}

/** Fails the next append, once told to, as on a full disk. */
class FullStore extends MemoryStore {
  isFull = false;
  override async appendMany(requests: readonly AppendRequest[]): Promise<readonly AppendResult[]> {
    const isFull = this.isFull;
    this.isFull = false;
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (isFull) throw new StoreError('the disk is full');
    return super.appendMany(requests);
  }
}

undone('is decided again when the append fails', async () => {
  const store = new FullStore();
  store.isFull = true;
  const recorder = recorderOf(store);
  const [first, second] = await Promise.allSettled([
    recorder.record([openedSeen]),
    recorder.record([openedSeen]),
  ]);
  assert.is(first.status, 'rejected');
  assert.ok(second.status === 'fulfilled');
  assert.equal(second.value, { observations: 1, events: 1, known: 0, quarantined: 0 });
  assert.equal(await typesOf(store), ['channel ChannelOpened']);
});

/** Cannot read one stream, once. */
class TornStore extends MemoryStore {
  unreadable = '';
  override isOutOfOrder(stream: string): boolean {
    if (stream !== this.unreadable) return super.isOutOfOrder(stream);
    this.unreadable = '';
    throw new StoreError('the disk cannot be read');
  }
}

undone(
  'is decided again when deciding the rest of its batch fails before anything is appended',
  async () => {
    const store = new TornStore();
    const recorder = recorderOf(store);
    const other = { ...openedSeen, source: 'other' };
    store.unreadable = streamOf(other);
    const refused = await recorder
      .record([openedSeen, other])
      .catch((error: Error) => error.message);
    assert.is(refused, 'the disk cannot be read');
    assert.equal(await typesOf(store), []);
    const report = await recorder.record([openedSeen, other]);
    assert.equal(report, { observations: 2, events: 2, known: 0, quarantined: 0 });
  },
);

undone('in quarantine is kept again when the append fails', async () => {
  const store = new FullStore();
  const recorder = recorderOf(store);
  const told = channelStory([opened, wrong]);
  store.isFull = true;
  await recorder.record(told).catch(() => undefined);
  const report = await recorder.record(told);
  assert.equal(report, { observations: 2, events: 2, known: 0, quarantined: 1 });
  assert.is(openQuarantine(store, keyringOf(store)).length, 1);
});

undone('is known once the append is stored', async () => {
  const store = new FullStore();
  const recorder = recorderOf(store);
  const calls = [recorder.record([openedSeen]), recorder.record([openedSeen, confirmed])];
  const [first, second] = await Promise.all(calls);
  assert.equal([first?.events, first?.known], [1, 0]);
  assert.equal([second?.events, second?.known], [1, 1]);
});

undone('is placed late only in what is stored', async () => {
  const store = new FullStore();
  const recorder = recorderOf(store);
  const story = channelStory(opening);
  await recorder.record(story.slice(0, 1));
  const [, late] = await Promise.all([
    recorder.record(story.slice(2)),
    recorder.record(story.slice(1, 2)),
  ]);
  assert.equal([late?.events, late?.quarantined], [1, 0]);
  const again = await recorder.record(story);
  assert.equal([again.events, again.known], [0, story.length]);
});

retried('stays there, and nothing is appended', async () => {
  const store = new MemoryStore();
  const recorder = recorderOf(store);
  const told = channelStory([opened, wrong]).map((one) => ({ ...one, causationId: 'their own' }));
  await recorder.record(told);
  const before = (await eventsOf(store)).length;
  for (let nth = 0; nth < 2; nth++) {
    const record = recorder.record.bind(recorder);
    const report = await retryQuarantine(store, keyringOf(store), record);
    assert.equal(report, { released: 0, remaining: 1 });
  }
  assert.is((await eventsOf(store)).length, before);
});

retried('is counted where it cannot even be read', async () => {
  const store = new MemoryStore();
  const recorder = recorderOf(store);
  await recorder.record([openedSeen, ...misfits.map(([, misfit]) => misfit)]);
  const record = recorder.record.bind(recorder);
  const report = await retryQuarantine(store, keyringOf(store), record);
  assert.equal(report, { released: 0, remaining: misfits.length });
});

sources('has everything recorded that it told before', async () => {
  const ledger = await openLedger(':memory:', { create: true });
  const count = 3_000;
  function* observations(): Generator<Observation> {
    yield* blocks(count);
    throw new Error('line 3001 is no observation');
  }
  let message = '';
  await ledger.record(observations()).catch((error: Error) => {
    message = error.message;
  });
  assert.is(message, 'line 3001 is no observation');
  assert.is(Array.from(ledger.store.allEvents()).length, count);
  await ledger.close();
});

function blocks(count: number, nodeId = openedSeen.nodeId): readonly Observation[] {
  return Array.from({ length: count }, (_, nth): Observation => {
    const atNs = openedSeen.happenedAtNs + BigInt(nth);
    const { chain, source, timeBasis } = openedSeen;
    const key = `block ${nth}`;
    const header = { chain, nodeId, source, timeBasis, evidence: key, key };
    const blockHash = nth.toString(16).padStart(64, '0');
    const fact = { type: 'BestBlockChanged', data: { blockHash, height: nth } } as const;
    return { about: 'node', ...header, happenedAtNs: atNs, recordedAtNs: atNs, fact };
  });
}

function ledgerOn(store: LocalStore): Ledger {
  const [keyring, rows] = [keyringOf(store), new LedgerRows(store, { isReadonly: false })];
  const parts = { path: ':memory:', store, keyring, rows, nowNs: () => 0n };
  return new Ledger({ ...parts, isSingleLane: false });
}

full(
  'says how many observations are not recorded, and is recorded on once there is room',
  async () => {
    const store = new FullStore();
    const ledger = ledgerOn(store);
    const ours = blocks(2_500);
    const theirs = blocks(40, NodeId(testKey('another').nodeId));
    store.isFull = true;
    const message = await ledger
      .record([...ours, ...theirs])
      .catch((error: Error) => error.message);
    assert.is(message, 'the disk is full; 2500 observations are not recorded');
    assert.is(Array.from(ledger.store.allEvents()).length, 40, 'the other lane went on');
    const again = await ledger.record([...ours, ...theirs]);
    assert.equal(again, { observations: 2_540, events: 2_500, known: 40, quarantined: 0 });
    await ledger.close();
  },
);

full('is said where the source fails too: what it told is not all recorded', async () => {
  const store = new FullStore();
  const ledger = ledgerOn(store);
  function* torn(): Generator<Observation> {
    yield* blocks(3);
    throw new Error('line 4 is no observation');
  }
  store.isFull = true;
  const message = await ledger.record(torn()).catch((error: Error) => error.message);
  assert.is(message, 'the disk is full; 3 observations are not recorded');
  await ledger.close();
});

unfit.run();
full.run();
undone.run();
retried.run();
sources.run();
