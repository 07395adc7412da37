/** Facts that a source dates alike, or that a clock standing still does, are told apart by their names. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Observation } from '../../src/observation/observation.ts';
import type { StoredEvent, StreamRange } from '../../src/store/event-store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { eventsOf, recorderOf } from './recording.ts';
import { Clock, channelId } from './story.ts';

const sameTime = suite('a fact of the time of the newest one');

/** Forwards without an HTLC's id, which only their record keys name. */
function forwards(count: number, changes: Partial<Observation> = {}): Observation[] {
  const header = new Clock().next();
  return Array.from({ length: count }, (_, nth) => {
    const data = {
      incomingChannelId: channelId,
      outgoingChannelId: channelId,
      feeMsat: 1n,
      isClaimedOnChain: false,
    };
    const key = `forward ${nth}`;
    const fact = { type: 'PaymentForwarded', data } as const;
    return { ...header, ...changes, about: 'node', key, evidence: key, fact } as Observation;
  });
}

/** Counts how often a stream is read. */
class CountingStore extends MemoryStore {
  reads = 0;
  override *streamEvents(stream: string, range?: StreamRange): Generator<StoredEvent> {
    this.reads++;
    yield* super.streamEvents(stream, range);
  }
}

for (const count of [2, 3_000]) {
  sameTime(`is recorded once, however often it is told: ${count} of them`, async () => {
    const store = new MemoryStore();
    const recorder = recorderOf(store);
    const told = forwards(count);
    assert.is((await recorder.record(told)).events, count);
    for (const other of [recorder, recorderOf(store)]) {
      const again = await other.record([...told, ...told]);
      assert.equal([again.events, again.known], [0, 2 * count]);
    }
    assert.is((await eventsOf(store)).length, count);
  });
}

sameTime('is written without reading the stream again, the clock standing still', async () => {
  const store = new CountingStore();
  const live = { timeBasis: 'recorded' } as const;
  const told = forwards(500, live);
  await recorderOf(store).record(told.slice(0, 250));
  const recorder = recorderOf(store);
  store.reads = 0;
  for (const one of told.slice(250)) await recorder.record([one]);
  assert.is(store.reads, 1);
  assert.is((await eventsOf(store)).length, 500);
});

sameTime.run();
