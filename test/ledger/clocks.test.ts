/** Clocks that go back or stand still: what is appended keeps an order, and late facts the one they were told in. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Observation } from '../../src/observation/observation.ts';
import type { MemoryStore } from '../../src/store/memory.ts';
import { eventsOf, recorded, recorderOf } from './recording.ts';
import { channelStory, commitment, opening, revoked } from './story.ts';

const back = suite('a clock that goes back between two observations');
const alike = suite('facts told late with equal times');

const SECOND_NS = 1_000_000_000n;
const first = channelStory(opening);
const newestNs = first.at(-1)?.recordedAtNs ?? 0n;
const facts = [commitment('remote', 1), revoked('remote', 0), commitment('local', 1)];

/** The facts of the channel's next moments, each at the time given. */
function told(times: readonly bigint[], changes: Partial<Observation> = {}): Observation[] {
  const all = channelStory([...opening, ...facts]).slice(opening.length);
  return all.slice(0, times.length).map((one, nth) => {
    const atNs = times[nth] ?? 0n;
    return { ...one, happenedAtNs: atNs, recordedAtNs: atNs, ...changes } as Observation;
  });
}

for (const timeBasis of ['source', 'recorded'] as const) {
  back(`moves no recording time back within a stream: ${timeBasis}`, async () => {
    const store = await recorded(first);
    const times = [newestNs + 9n * SECOND_NS, newestNs + 5n * SECOND_NS, newestNs - SECOND_NS];
    for (const one of told(times, { timeBasis })) {
      const before = Array.from(store.allEvents()).length;
      // A recorder that was started anew reads what it goes on from.
      const report = await recorderOf(store).record([one]);
      assert.ok(report.events + report.quarantined > 0 && before > 0);
    }
    const metadata = (await eventsOf(store)).map((event) => ({
      stream: event.stream,
      ...(JSON.parse(event.metadata) as { recordedAt: string; happenedAt: string }),
    }));
    for (const stream of new Set(metadata.map((one) => one.stream))) {
      const ofStream = metadata.filter((one) => one.stream === stream);
      const recordedAt = ofStream.map((one) => one.recordedAt);
      assert.equal(recordedAt, [...recordedAt].sort());
      assert.ok(ofStream.every((one) => one.happenedAt <= one.recordedAt));
    }
  });
}

back('is not followed: the newest recording time is kept, not the time told', async () => {
  const store = await recorded(first);
  const recorder = recorderOf(store);
  const [ahead, behind] = told([newestNs + 9n * SECOND_NS, newestNs + 10n * SECOND_NS]);
  await recorder.record([ahead as Observation]);
  await recorder.record([{ ...(behind as Observation), recordedAtNs: newestNs + SECOND_NS }]);
  const [one, two] = (await eventsOf(store)).slice(-2).map(({ metadata }) => JSON.parse(metadata));
  assert.is(two.recordedAt, one.recordedAt);
  assert.is(two.happenedAt, two.recordedAt, 'nothing happens after it was recorded');
});

back('is not followed by a live recorder after what an import told much later', async () => {
  const store = await recorded(first);
  const times = [newestNs + SECOND_NS, newestNs + 5n * SECOND_NS];
  const [imported, live] = told(times) as [Observation, Observation];
  const recordedAtNs = newestNs + 50n * SECOND_NS;
  await recorderOf(store).record([{ ...imported, recordedAtNs }]);
  await recorderOf(store).record([{ ...live, timeBasis: 'recorded' }]);
  const [one, two] = (await eventsOf(store)).slice(-2).map(({ metadata }) => JSON.parse(metadata));
  assert.is(two.recordedAt, one.recordedAt);
  assert.ok(two.happenedAt < two.recordedAt);
});

/** The opening, and one newer fact, so that everything before it is late. */
async function withNewer(): Promise<MemoryStore> {
  const store = await recorded(first);
  const broadcast = { txid: '77'.repeat(32), purpose: 'commitment', by: 'local' };
  const fact = { type: 'TransactionBroadcast', data: broadcast };
  const atNs = newestNs + 100n * SECOND_NS;
  const [base] = first;
  const header = { ...base, happenedAtNs: atNs, recordedAtNs: atNs, key: 'newer' };
  await recorderOf(store).record([{ ...header, fact } as Observation]);
  return store;
}

alike('keep the order they were told in', async () => {
  const store = await withNewer();
  const atNs = newestNs + SECOND_NS;
  const recordedAtNs = newestNs + 200n * SECOND_NS;
  // Given up before the next one is there, a commitment would break a rule.
  const report = await recorderOf(store).record(told([atNs, atNs, atNs], { recordedAtNs }));
  assert.equal([report.events, report.quarantined], [3, 0]);
});

alike('as a recorded one come after it', async () => {
  const store = await withNewer();
  const atNs = newestNs + SECOND_NS;
  const recordedAtNs = newestNs + 200n * SECOND_NS;
  const [update, revocation] = told([atNs, atNs], { recordedAtNs }) as [Observation, Observation];
  assert.is((await recorderOf(store).record([update])).quarantined, 0);
  const report = await recorderOf(store).record([revocation]);
  assert.equal([report.events, report.quarantined], [1, 0]);
});

back.run();
alike.run();
