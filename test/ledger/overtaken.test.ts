/** What a recorder decides on a state that another recorder has moved on, or that it has lost. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { openQuarantine } from '../../src/ledger/quarantine.ts';
import { NodeId } from '../../src/lightning/ids.ts';
import type { Observation } from '../../src/observation/observation.ts';
import {
  type AppendOptions,
  type AppendRequest,
  type StoredEvent,
  StoreError,
  type StreamRange,
} from '../../src/store/event-store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { candidate, candidateReady } from './candidates.ts';
import { policies, policy } from './policies.ts';
import { eventsOf, keyringOf, recorderOf } from './recording.ts';
import { Clock, channelId, channelStory, closing, opened, opening } from './story.ts';

const test = suite('a recorder that others overtake');
const directory = temporaryDirectory();
const NEW = { observations: 1, events: 1, known: 0, quarantined: 0 };

function block(clock: Clock, hash: string): Observation {
  const data = { height: 10, blockHash: hash.repeat(32) };
  return { ...clock.next(), about: 'node', fact: { type: 'BestBlockChanged', data } };
}

const hashes = (events: readonly StoredEvent[]) =>
  events.flatMap(({ type, data }) =>
    type === 'BestBlockChanged' ? JSON.parse(data).blockHash.slice(0, 2) : [],
  );

test('does not call known what another has changed since', async () => {
  const store = new MemoryStore();
  const [a, b] = [recorderOf(store), recorderOf(store)];
  const clock = new Clock();
  await a.record([block(clock, 'aa')]);
  await b.record([block(clock, 'bb')]);
  assert.equal(await a.record([block(clock, 'aa')]), NEW);
  assert.equal(hashes(await eventsOf(store)), ['aa', 'bb', 'aa']);
});

class Unhurried extends MemoryStore {
  isSlow = true;
  #line: Promise<unknown> = Promise.resolve();

  override async appendMany(requests: readonly AppendRequest[], options: AppendOptions = {}) {
    if (!this.isSlow) return super.appendMany(requests, options);
    const made = this.#line.then(async () => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      return super.appendMany(requests, options);
    });
    this.#line = made.catch(() => undefined);
    return made;
  }
}

test('does not call known what is on its way to be changed, where it had to forget the state', async () => {
  const store = new Unhurried();
  const keyring = keyringOf(store);
  const recorder = recorderOf(store, keyring);
  const clock = new Clock();
  await recorder.record([block(clock, 'aa')]);
  const changing = recorder.record([block(clock, 'bb')]);
  const { prepare } = keyring;
  keyring.prepare = () => undefined;
  keyring.forSealing = () => {
    throw new StoreError('the ledger is busy');
  };
  const failing = recorder.record(channelStory([opened], clock));
  assert.is(await failing.catch((cause: Error) => cause.message), 'the ledger is busy');
  keyring.prepare = prepare;
  assert.equal(await recorder.record([block(clock, 'aa')]), NEW);
  await changing;
  assert.equal(hashes(await eventsOf(store)), ['aa', 'bb', 'aa']);
});

/** Of other streams, one each: what comes between. */
function others(clock: Clock, count: number): readonly Observation[] {
  return Array.from({ length: count }, (_, nth) => {
    const peerId = NodeId(`02${nth.toString(16).padStart(64, '0')}`);
    return {
      ...clock.next(),
      about: 'peer',
      peerId,
      fact: { type: 'PeerConnected', data: { isInbound: true } },
    };
  });
}

test('does not refuse a late fact for what was missing when the batch began', async () => {
  const store = new Unhurried();
  store.isSlow = false;
  const recorder = recorderOf(store);
  const clock = new Clock();
  const story = channelStory([opened, policy(1), candidate, candidateReady, policy(9)], clock);
  const [open, late, seen, then, newest] = story as [
    Observation,
    ...Observation[],
  ] as Observation[];
  assert.ok(open && late && seen && then && newest);
  await recorder.record([open, newest]);
  const learned = { recordedAtNs: clock.next().recordedAtNs };
  store.isSlow = true;
  const between = others(clock, 2500);
  const large = recorder.record([{ ...late, ...learned }, ...between, { ...then, ...learned }]);
  await new Promise((resolve) => setTimeout(resolve, 15));
  store.isSlow = false;
  await recorderOf(store).record([{ ...seen, ...learned }]);
  store.isSlow = true;
  assert.is((await large).quarantined, 0);
});

test('decides late facts on the state that holds the ones before, whatever was forgotten between', async () => {
  const store = new MemoryStore();
  const recorder = recorderOf(store);
  const clock = new Clock();
  const story = channelStory([opened, policy(1), candidate, candidateReady, policy(9)], clock);
  const [open, late, seen, then, newest] = story as readonly Observation[] as Observation[];
  assert.ok(open && late && seen && then && newest);
  await recorder.record([open, newest]);
  const learned = { recordedAtNs: clock.next().recordedAtNs + 10n ** 15n };
  // More streams than are held at once.
  const between = others(clock, 20_100);
  const batch = [{ ...late, ...learned }, ...between, { ...seen, ...learned }];
  await recorder.record(batch);
  assert.is((await recorder.record([{ ...then, ...learned }])).quarantined, 0);
  assert.equal(openQuarantine(store, keyringOf(store)), []);
});

test('puts back into quarantine what another has let go, once and behind all else', async () => {
  const path = join(directory, 'released.db');
  const [a, b] = [await openLedger(path, { create: true }), await openLedger(path)];
  const clock = new Clock();
  const told = channelStory([...opening, ...closing, candidateReady], clock);
  await a.record(told);
  assert.is((await b.purge(channelId)).releasedFromQuarantine, 1);
  const refused = told.slice(-1);
  assert.equal(await a.record(refused), { ...NEW, quarantined: 1 });
  for (const ledger of [a, b]) {
    assert.equal(await ledger.record(refused), { ...NEW, events: 0, quarantined: 1 });
    await ledger.close();
  }
});

test('says at once that a lane failed, though its source is silent', async () => {
  const ledger = await openLedger(join(directory, 'silent.db'), { create: true });
  ledger.store.appendMany = async () => {
    throw new StoreError('the disk is full');
  };
  let goOn: (() => void) | undefined;
  async function* source() {
    yield* channelStory([opened]);
    await new Promise<void>((resolve) => {
      goOn = resolve;
    });
  }
  const error = await ledger.record(source()).catch((cause: Error) => cause.message);
  assert.is(error, 'the disk is full; 1 observation is not recorded');
  goOn?.();
  await ledger.close();
});

/** Counts the events that are read of streams. */
class Counted extends MemoryStore {
  read = 0;

  override *streamEvents(stream: string, range: StreamRange = {}): Generator<StoredEvent> {
    for (const event of super.streamEvents(stream, range)) {
      this.read++;
      yield event;
    }
  }
}

test('reads no long stream again from its beginning each time it loses a race', async () => {
  const store = new Counted();
  const [a, b] = [recorderOf(store), recorderOf(store)];
  const clock = new Clock();
  const changes = (from: number, count: number) => channelStory(policies(from, count), clock);
  await a.record([...channelStory([opened], clock), ...changes(0, 2000)]);
  for (let round = 0; round < 20; round++) {
    await b.record(changes(2000 + 2 * round, 1));
    await a.record(changes(2001 + 2 * round, 1));
  }
  assert.ok(store.read < 3 * 2000, `${store.read} events read`);
});

test.run();
