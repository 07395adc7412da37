/** What a recorder remembers of a long stream in which facts are placed, against all of it read anew. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { aggregates } from '../../src/ledger/aggregates.ts';
import { IdIndex } from '../../src/ledger/id-index.ts';
import { RecordedStream } from '../../src/ledger/recorded-stream.ts';
import { decodeEvent, type LedgerEvent } from '../../src/ledger/stored-event.ts';
import { nodeStream } from '../../src/ledger/streams.ts';
import type { Observation } from '../../src/observation/observation.ts';
import { timeNsOf } from '../../src/schema/time.ts';
import type { LocalStore, StoredEvent, StreamRange } from '../../src/store/event-store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { randomNumbers, seedOfRun } from '../store/sample-events.ts';
import { recorderOf } from './recording.ts';
import { Clock, channelId } from './story.ts';

const test = suite('what is recorded of a long stream');

const random = randomNumbers(seedOfRun());
const { evolve, initial } = aggregates.node;
const FACTS = 6_000;
const SECOND_NS = 1_000_000_000n;
const LATER_NS = 1_000_000n * SECOND_NS;
const header = new Clock().next();
const stream = nodeStream(header.chain, header.nodeId, header.source);

/** Blocks and forwards, some of them at one time. Blocks move what the next one is decided on. */
const facts: readonly Observation[] = Array.from({ length: FACTS }, (_, nth) => {
  const happenedAtNs = header.happenedAtNs + BigInt(nth - (nth % 3)) * SECOND_NS;
  const key = `fact ${nth}`;
  const told = { ...header, happenedAtNs, recordedAtNs: header.recordedAtNs + LATER_NS, key };
  const blockHash = nth.toString(16).padStart(64, '0');
  const forward = {
    incomingChannelId: channelId,
    outgoingChannelId: channelId,
    incomingHtlcId: nth,
    feeMsat: 1n,
    isClaimedOnChain: false,
  };
  const fact =
    nth % 7 === 0
      ? { type: 'BestBlockChanged', data: { height: nth, blockHash } }
      : { type: 'PaymentForwarded', data: forward };
  return { ...told, timeBasis: 'source', evidence: key, about: 'node', fact } as Observation;
});

/** Batches as lists tell them: each in the order of time, one long after the other began. */
function batches(): readonly (readonly Observation[])[] {
  const rest = facts.map((_, nth) => nth);
  const told: Observation[][] = [];
  while (rest.length > 0) {
    const count = 1 + random(random(4) === 0 ? 900 : 60);
    const isTogether = random(3) > 0;
    const chosen = isTogether
      ? rest.splice(random(rest.length), count)
      : Array.from({ length: Math.min(count, rest.length) }, () => {
          return rest.splice(random(rest.length), 1)[0] ?? 0;
        });
    chosen.sort((a, b) => a - b);
    told.push(chosen.map((nth) => facts[nth] as Observation));
  }
  return told;
}

function inLogicalOrder(store: LocalStore): readonly LedgerEvent[] {
  const happened = ({ metadata }: LedgerEvent) => metadata.happenedAt;
  return Array.from(store.streamEvents(stream), decodeEvent).sort((a, b) =>
    happened(a) === happened(b) ? a.revision - b.revision : happened(a) < happened(b) ? -1 : 1,
  );
}

const stateOf = (events: readonly LedgerEvent[]) =>
  events.reduce<unknown>((state, { fact }) => (fact ? evolve(state, fact) : state), initial);

class CountingStore extends MemoryStore {
  events = 0;

  override *streamEvents(stream: string, range?: StreamRange): Generator<StoredEvent> {
    for (const event of super.streamEvents(stream, range)) {
      this.events++;
      yield event;
    }
  }
}

test('has the order, the ids and the states of all of it, in whatever order it was told', async () => {
  const store = new CountingStore();
  const recorder = recorderOf(store);
  let remembered: RecordedStream | undefined;
  let count = 0;
  for (const [nth, batch] of batches().entries()) {
    const report = await recorder.record(batch);
    count += batch.length;
    assert.equal(report, {
      observations: batch.length,
      events: batch.length,
      known: 0,
      quarantined: 0,
    });
    remembered ??= new RecordedStream(store, stream, aggregates.node);
    if (nth % 4 !== 0 && count < FACTS) continue;
    remembered.refresh();
    const all = inLogicalOrder(store);
    // What is decided next is decided on the newest state: the same block is no news.
    const newest = all.findLast(({ type }) => type === 'BestBlockChanged');
    if (newest?.fact?.type === 'BestBlockChanged') {
      const atNs = header.recordedAtNs + 2n * LATER_NS;
      const live = {
        ...header,
        happenedAtNs: atNs,
        recordedAtNs: atNs,
        key: 'now',
        evidence: 'now',
      };
      const again: Observation = { ...live, about: 'node', fact: newest.fact };
      assert.is((await recorder.record([again])).known, 1);
    }
    assert.is(remembered.length, count);
    assert.equal(remembered.endState, stateOf(all));
    for (const place of [0, random(count), random(count), count - 1, count]) {
      assert.equal(remembered.stateBefore(place), stateOf(all.slice(0, place)));
      assert.equal([...remembered.from(place)], all.slice(place));
      const timeNs = timeNsOf(all[place]?.metadata.happenedAt ?? '2040-01-01T00:00:00.000000000Z');
      const happened = ({ metadata }: LedgerEvent) => timeNsOf(metadata.happenedAt) <= timeNs;
      assert.is(remembered.placeAt(timeNs), all.filter(happened).length);
      const { id } = all[place] ?? { id: 'none' };
      assert.equal(
        remembered.withId(id),
        all.filter((event) => event.id === id),
      );
    }
  }
  const again = await recorder.record(facts);
  assert.equal(again, { observations: FACTS, events: 0, known: FACTS, quarantined: 0 });
});

test('is read about once, however many batches are placed in it', async () => {
  const store = new CountingStore();
  const recorder = recorderOf(store);
  const isFirst = (nth: number) => nth % 2 === 0;
  await recorder.record(facts.filter((_, nth) => isFirst(nth)));
  const second = facts.filter((_, nth) => !isFirst(nth));
  const before = store.events;
  for (let nth = 0; nth < second.length; nth += 100)
    await recorder.record(second.slice(nth, nth + 100));
  // Thirty batches, each of which used to read the whole stream.
  const reads = (store.events - before) / FACTS;
  assert.ok(reads < 8, `${reads} times`);
});

test('finds every id, and those that look like it', () => {
  const index = new IdIndex();
  const ids = Array.from({ length: 5_000 }, (_, nth) => {
    return `${(nth % 1_000).toString(16).padStart(8, '0')}-${nth}`;
  });
  for (const [revision, id] of ids.entries()) index.add(id, revision);
  for (const [nth, id] of ids.entries()) {
    const alike = ids.keys().filter((other) => other % 1_000 === nth % 1_000);
    assert.equal(
      [...index.revisionsOf(id)].sort((a, b) => a - b),
      [...alike],
    );
  }
  assert.equal([...index.revisionsOf('ffffffff-0')], []);
});

test.run();
