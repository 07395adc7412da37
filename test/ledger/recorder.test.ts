import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChannelFact } from '../../src/channel/observations.ts';
import { Keyring } from '../../src/ledger/keyring.ts';
import { openQuarantine } from '../../src/ledger/quarantine.ts';
import { Recorder } from '../../src/ledger/recorder.ts';
import type { Observation } from '../../src/observation/observation.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { seedOfRun, soakFactor } from '../store/sample-events.ts';
import { eventsOf, keyringOf, recorded, recorderOf, typesOf } from './recording.ts';
import {
  Clock,
  channelStory,
  commitment,
  opened,
  opening,
  payment,
  revoked,
  wholeStory,
} from './story.ts';

const once = suite('an observation told once');
const again = suite('an observation told again');
const racing = suite('two recorders of one source');
const quarantine = suite('an observation that contradicts');
const seed = seedOfRun();

once('becomes its events, decided, sealed and appended in order', async () => {
  const store = new MemoryStore();
  const report = await recorderOf(store).record(channelStory([...opening, ...payment]));
  assert.equal(report, { observations: 14, events: 16, known: 0, quarantined: 0 });
  assert.equal(await typesOf(store), [
    'channel ChannelOpened',
    'channel FundingConfirmed',
    'channel ChannelReady',
    'channel ChannelAnnounced',
    'channel FeePolicyChanged',
    'channel FeePolicyChanged',
    'channel HtlcAdded',
    'channel CommitmentUpdated',
    'channel CommitmentRevoked',
    'channel CommitmentUpdated',
    'channel CommitmentRevoked',
    'channel HtlcSettled',
    'channel CommitmentUpdated',
    'channel CommitmentRevoked',
    'channel CommitmentUpdated',
    'channel CommitmentRevoked',
  ]);
});

once('gives the same bytes in one batch, one by one, and in batches of any size', async () => {
  const observations = wholeStory();
  const whole = await recorded(observations);
  const head = await whole.head();
  for (const size of [1, 2, 3, 7]) {
    const store = new MemoryStore();
    const recorder = recorderOf(store);
    for (let at = 0; at < observations.length; at += size) {
      await recorder.record(observations.slice(at, at + size));
    }
    assert.equal(await store.head(), head, `batches of ${size}`);
  }
});

once('tells what was appended, where it lies, before it answers', async () => {
  const store = new MemoryStore();
  const told: string[] = [];
  const recorder = new Recorder({
    store,
    keyring: keyringOf(store),
    onRecorded: (batch) => {
      for (const { stream, firstRevision, events, position } of batch) {
        for (const [nth, { id }] of events.entries()) {
          const at = position - (events.length - 1 - nth);
          told.push(`${at} ${stream} ${firstRevision + nth} ${id}`);
        }
      }
    },
  });
  await recorder.record(wholeStory());
  const stored = await eventsOf(store);
  assert.equal(
    told,
    stored.map(({ position, stream, revision, id }) => `${position} ${stream} ${revision} ${id}`),
  );
});

once(
  'is at a later time than the one before where only the clock of the recorder is known',
  async () => {
    const standing = channelStory([...opening, ...payment]).map((observation) => ({
      ...observation,
      timeBasis: 'recorded' as const,
      happenedAtNs: 5_000_000_000n,
      recordedAtNs: 5_000_000_000n,
    }));
    const store = await recorded(standing);
    const times = (await eventsOf(store)).map(({ metadata }) => JSON.parse(metadata));
    for (const { happenedAt, recordedAt } of times) assert.ok(happenedAt <= recordedAt);
    const distinct = new Set(times.map(({ happenedAt }) => happenedAt));
    assert.is(distinct.size, standing.length, 'one moment an observation');
  },
);

again('appends nothing, in the same batch, later, and by another recorder', async () => {
  const observations = wholeStory();
  const story = observations.filter(({ about }) => about === 'channel' || about === 'gossip');
  const store = new MemoryStore();
  const first = recorderOf(store);
  const report = await first.record([...story, ...story]);
  const count = (await eventsOf(store)).length;
  assert.is(report.events, count);
  assert.is(report.known, story.length);
  assert.is(report.quarantined, 0);
  for (const recorder of [first, recorderOf(store)]) {
    const repeated = await recorder.record(story);
    assert.equal(repeated, {
      observations: story.length,
      events: 0,
      known: story.length,
      quarantined: 0,
    });
  }
  assert.is((await eventsOf(store)).length, count);
});

racing('lose races, decide again, and record nothing twice', async () => {
  const alone = await recorded(channelStory());
  const expected = await eventsOf(alone);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ who: fc.nat(1), count: fc.integer({ min: 1, max: 6 }) }), {
        minLength: 4,
        maxLength: 40,
      }),
      async (turns) => {
        const store = new MemoryStore();
        const recorders = [recorderOf(store), recorderOf(store)];
        const told = [0, 0];
        const story = channelStory();
        const rest = [0, 1].map((who) => ({ who, count: story.length }));
        let quarantined = 0;
        for (const { who, count } of [...turns, ...rest]) {
          const from = told[who] ?? 0;
          const report = await recorders[who]?.record(story.slice(from, from + count));
          told[who] = from + count;
          quarantined += report?.quarantined ?? 0;
        }
        assert.is(quarantined, 0);
        const events = await eventsOf(store);
        assert.equal(
          events.map(({ id }) => id),
          expected.map(({ id }) => id),
        );
      },
    ),
    { seed, numRuns: 60 * soakFactor() },
  );
});

racing('at the same time record what one of them alone would have', async () => {
  const expected = (await eventsOf(await recorded(channelStory()))).map(({ id }) => id);
  const store = new MemoryStore();
  const recorders = [recorderOf(store), recorderOf(store), recorderOf(store)];
  const quarantined = await Promise.all(
    recorders.map(async (recorder) => {
      let count = 0;
      for (const observation of channelStory()) {
        count += (await recorder.record([observation])).quarantined;
      }
      return count;
    }),
  );
  assert.equal(quarantined, [0, 0, 0]);
  assert.equal(
    (await eventsOf(store)).map(({ id }) => id),
    expected,
  );
});

racing('do not quarantine what only the one that is behind finds wrong', async () => {
  const story = channelStory([...opening, ...payment]);
  const store = new MemoryStore();
  const [fast, slow] = [recorderOf(store), recorderOf(store)];
  await slow.record(story.slice(0, 6));
  await fast.record(story);
  // To the slow one's knowledge there is no HTLC 0 yet.
  const settled: ChannelFact = {
    type: 'HtlcFailed',
    data: { id: 1, direction: 'offered', amountMsat: 7_000n, isOnChain: true },
  };
  const clock = new Clock('ldk', 1_767_225_600_000_000_000n + 100_000_000_000n);
  const offered = { id: 1, direction: 'offered', amountMsat: 7_000n, cltvExpiry: 610 } as const;
  await fast.record(channelStory([commitment('remote', 3, { htlcs: [offered] })], clock));
  const report = await slow.record(channelStory([settled], clock));
  assert.equal(report, { observations: 1, events: 1, known: 0, quarantined: 0 });
});

quarantine('is kept whole, sealed, with the rule, and stops nothing', async () => {
  const wrong = commitment('remote', 1, { stated: { localSat: 1n, remoteSat: 2n } });
  const store = new MemoryStore();
  const observations = channelStory([opened, wrong, commitment('local', 1)]);
  const report = await recorderOf(store).record(observations);
  assert.equal(report, { observations: 3, events: 3, known: 0, quarantined: 1 });
  const [kept] = openQuarantine(store, keyringOf(store));
  assert.equal(kept?.observation, observations[1]);
  assert.is(kept?.event.stream.slice(0, 5), 'node-');
  const { fact } = kept?.event ?? {};
  assert.ok(fact?.type === 'ObservationQuarantined');
  assert.is(fact.data.rule, 'stated-equals-derived');
  assert.is(fact.data.type, 'CommitmentSeen');
});

quarantine('is known when it is told again, by anybody', async () => {
  const wrong = commitment('remote', 1, { stated: { localSat: 1n, remoteSat: 2n } });
  const store = new MemoryStore();
  const observations = channelStory([opened, wrong]);
  await recorderOf(store).record(observations);
  const report = await recorderOf(store).record(observations);
  assert.equal(report, { observations: 2, events: 0, known: 1, quarantined: 1 });
  assert.is(openQuarantine(store, keyringOf(store)).length, 1);
});

quarantine('is known when it is learned on another day', async () => {
  const wrong = commitment('remote', 1, { stated: { localSat: 1n, remoteSat: 2n } });
  const store = new MemoryStore();
  const told = channelStory([opened, wrong]);
  await recorderOf(store).record(told);
  const learnedNs = (told[1]?.recordedAtNs ?? 0n) + 86_400_000_000_000n;
  const again = told.slice(1).map((one) => ({ ...one, recordedAtNs: learnedNs }));
  const report = await recorderOf(store).record(again);
  assert.equal(report, { observations: 1, events: 0, known: 0, quarantined: 1 });
});

quarantine('cannot be read or tried again without the key, and stays', async () => {
  const wrong = commitment('remote', 1, { stated: { localSat: 1n, remoteSat: 2n } });
  const store = await recorded(channelStory([opened, wrong]));
  const locked = new Keyring({ table: store.keys, ledgerKey: undefined, nowNs: () => 0n });
  const [kept] = openQuarantine(store, locked);
  assert.ok(kept);
  assert.is(kept.observation, undefined);
});

quarantine('that fits after all leaves with the event that says so', async () => {
  const store = new MemoryStore();
  const recorder = recorderOf(store);
  const early = channelStory([opened, revoked('remote', 0)], new Clock());
  const wrong = { ...early[1], fact: commitment('remote', 1, { stated: { localSat: 1n } }) };
  await recorder.record([early[0] as Observation, wrong as Observation]);
  const [kept] = openQuarantine(store, keyringOf(store));
  assert.ok(kept);
  const { nodeId, recordedAtNs } = early[1] as Observation;
  const released: Observation = {
    ...(early[1] as Observation),
    about: 'node',
    nodeId,
    happenedAtNs: recordedAtNs,
    fact: {
      type: 'QuarantineReleased',
      data: { observationId: kept.observationId, rule: kept.rule, outcome: 'known' },
    } as never,
  };
  const report = await recorder.record([released]);
  assert.is(report.events, 1);
  assert.equal(openQuarantine(store, keyringOf(store)), []);
  // Wrong again, it comes back.
  const back = await recorderOf(store).record([wrong as Observation]);
  assert.is(back.quarantined, 1);
  assert.is(openQuarantine(store, keyringOf(store)).length, 1);
});

once.run();
again.run();
racing.run();
quarantine.run();
