/** A replay gives out what was recorded, in its order and rhythm, on a clock that costs no time. */
import { suite } from 'uvu';
import { equal, is, ok, throws } from 'uvu/assert';
import { happenedAtOf } from '../../../src/ledger/event-times.ts';
import {
  type ReplayClock,
  type Replayed,
  type ReplayPace,
  replayed,
} from '../../../src/ledger/forensics/replay.ts';
import { MEMORY, openLedger } from '../../../src/ledger/open-ledger.ts';
import { QuestionError } from '../../../src/ledger/query.ts';
import { timeNsOf } from '../../../src/schema/time.ts';
import { Clock, channelId, channelStory, gossipStory, START_NS, wholeStory } from '../story.ts';

/** Time passes only where somebody sleeps. */
class StillClock implements ReplayClock {
  ms = 0;
  readonly slept: number[] = [];
  nowMs(): number {
    return this.ms;
  }
  async sleep(ms: number): Promise<void> {
    this.slept.push(ms);
    this.ms += ms;
  }
}

const ledger = await openLedger(MEMORY, { create: true, seed: 'replay' });
// A second apart each (story.ts).
await ledger.recordBatch(wholeStory());

async function play(
  name: string | undefined,
  pace: ReplayPace = {},
  query: Parameters<typeof ledger.forensics.replay>[1] = {},
) {
  const clock = new StillClock();
  const given: Replayed[] = [];
  const at: number[] = [];
  for await (const each of ledger.forensics.replay(name, query, { clock, ...pace })) {
    given.push(each);
    if (each.kind === 'event') at.push(clock.ms);
  }
  const events = given.flatMap((each) => (each.kind === 'event' ? [each.event] : []));
  const shortened = given.flatMap((each) => (each.kind === 'shortened' ? [each] : []));
  return { events, shortened, at, clock };
}

const tests = suite('replaying what was recorded');

tests('a channel is its history, event by event, with the time between as it was', async () => {
  const { events, at, shortened } = await play(channelId);
  equal(
    events.map(({ id }) => id),
    [...ledger.history(channelId)].map(({ eventId }) => eventId),
  );
  const [first = 0n] = events.map(({ metadata }) => timeNsOf(happenedAtOf(metadata)));
  const wanted = events.map(({ metadata }) => {
    return Number(timeNsOf(happenedAtOf(metadata)) - first) / 1e6;
  });
  equal(at, wanted);
  equal(shortened, []);
});

tests('all is every event of the ledger, oldest first', async () => {
  const { events } = await play(undefined);
  const every = [...ledger.store.allEvents()].map(({ id }) => id);
  equal(events.map(({ id }) => id).sort(), [...every].sort());
  const times = events.map(({ metadata }) => happenedAtOf(metadata));
  equal(times, [...times].sort());
});

tests('speed divides every pause', async () => {
  const [once, sixty] = [await play(channelId), await play(channelId, { speed: 60 })];
  equal(
    sixty.events.map(({ id }) => id),
    once.events.map(({ id }) => id),
  );
  for (const [index, ms] of sixty.at.entries()) {
    ok(Math.abs(ms - (once.at[index] ?? 0) / 60) < 1e-6, `${ms}`);
  }
});

tests('a pause that is longer than the longest is said and shortened', async () => {
  const { events, shortened, at } = await play(channelId, { maxPauseMs: 250 });
  // Between the opening's last event and the payment the network and the peer have seconds.
  const gaps = events.slice(1).map(({ metadata }, index) => {
    const before = events[index]?.metadata ?? '';
    return Number(timeNsOf(happenedAtOf(metadata)) - timeNsOf(happenedAtOf(before))) / 1e6;
  });
  equal(
    shortened,
    gaps.filter((ms) => ms > 250).map((pauseMs) => ({ kind: 'shortened', pauseMs, waitedMs: 250 })),
  );
  ok(shortened.length > 5);
  equal(
    at.at(-1),
    gaps.reduce((sum, ms) => sum + Math.min(ms, 250), 0),
  );
});

tests('a pause that is longer than a timer can be is waited for in parts', async () => {
  const days = 86_400_000;
  const far = await openLedger(MEMORY, { create: true, seed: 'far' });
  const [first, second] = channelStory(undefined, new Clock());
  if (first === undefined || second === undefined) throw new Error('the story has no beginning');
  const laterNs = 60n * BigInt(days) * 1_000_000n;
  const happenedAtNs = first.happenedAtNs + laterNs;
  const later = { ...second, happenedAtNs, recordedAtNs: happenedAtNs };
  await far.recordBatch([first, later]);
  const clock = new StillClock();
  let at = 0;
  const pace = { clock, maxPauseMs: 90 * days };
  for await (const each of far.forensics.replay(undefined, {}, pace)) {
    is(each.kind, 'event');
    at = clock.ms;
  }
  is(at, 60 * days);
  // Node: "If delay is larger than 2147483647, the delay is set to 1."
  equal(clock.slept, [2_147_483_647, 2_147_483_647, 60 * days - 2 * 2_147_483_647]);
  // An abort ends all of the parts.
  const stop = new AbortController();
  let naps = 0;
  const nap = {
    nowMs: () => 0,
    async sleep() {
      naps += 1;
      stop.abort();
    },
  };
  const seen: string[] = [];
  const paced = { ...pace, clock: nap, signal: stop.signal };
  for await (const each of far.forensics.replay(undefined, {}, paced)) {
    if (each.kind === 'event') seen.push(each.event.type);
  }
  equal([naps, seen], [1, ['ChannelOpened']]);
  await far.close();
});

tests('who takes long to take an event does not make the replay longer', async () => {
  const clock = new StillClock();
  let last = 0;
  for await (const each of ledger.forensics.replay(channelId, {}, { clock })) {
    if (each.kind !== 'event') continue;
    last = clock.ms;
    clock.ms += 300;
  }
  is(last, (await play(channelId)).at.at(-1));
});

tests('types, a span and a moment leave out the rest', async () => {
  const of = async (query: Parameters<typeof play>[2]) => {
    return (await play(channelId, {}, query)).events.map(({ type }) => type);
  };
  equal(await of({ types: ['CommitmentRevoked'] }), Array(4).fill('CommitmentRevoked'));
  equal(await of({ at: { kind: 'revision', revision: 1 } }), ['ChannelOpened', 'FundingConfirmed']);
  const whole = await of({});
  const fromNs = START_NS + 6_000_000_000n;
  equal(
    await of({ fromNs }),
    whole.slice([...ledger.history(channelId)].findIndex(({ at }) => timeNsOf(at) >= fromNs)),
  );
});

tests('what was recorded late has its place by the time it happened', async () => {
  const late = await openLedger(MEMORY, { create: true, seed: 'late' });
  const clock = new Clock();
  const gossip = gossipStory(clock);
  await late.recordBatch(channelStory(undefined, clock));
  await late.recordBatch(gossip);
  const types: string[] = [];
  for await (const each of late.forensics.replay(undefined, {}, { clock: new StillClock() })) {
    if (each.kind === 'event') types.push(each.event.type);
  }
  equal(types.slice(0, 3), ['PublicChannelAnnounced', 'PublicFeePolicyChanged', 'ChannelOpened']);
  await late.close();
});

tests('what happened at one moment comes in the order in which it was recorded', async () => {
  const { happenedAtNs, recordedAtNs } = new Clock().next();
  const at = { happenedAtNs, recordedAtNs };
  const [gossip] = gossipStory(new Clock());
  const [opening] = channelStory(undefined, new Clock());
  if (gossip === undefined || opening === undefined) throw new Error('a story has no beginning');
  const orders = [
    [gossip, opening],
    [opening, gossip],
  ];
  for (const told of orders) {
    const one = await openLedger(MEMORY, { create: true, seed: 'moment' });
    for (const observation of told) await one.recordBatch([{ ...observation, ...at }]);
    const recorded = [...one.store.allEvents()].map(({ id }) => id);
    const given: string[] = [];
    for await (const each of one.forensics.replay(undefined, {}, { clock: new StillClock() })) {
      if (each.kind === 'event') given.push(each.event.id);
    }
    equal(given, recorded);
    await one.close();
  }
});

tests('looking for what is rare lets others have their turn', async () => {
  const { store } = ledger;
  // Each stream takes longer to look through than a slice.
  const read = store.streamBodies;
  store.streamBodies = (...asked) => {
    const end = performance.now() + 20;
    while (performance.now() < end);
    return read.apply(store, asked);
  };
  let turns = 0;
  const waiting = setInterval(() => {
    turns += 1;
  }, 0);
  const query = { types: ['ChannelPurged'] };
  const streams = store.streamNames('');
  for await (const _ of replayed(store, streams, query, {})) throw new Error('there is none');
  store.streamBodies = read;
  clearInterval(waiting);
  ok(streams.length > 2);
  ok(turns >= streams.length - 1, `${turns} turns`);
});

tests('what is cut off of a pause is said where somebody would notice it', async () => {
  const gapsMs = (await play(channelId)).clock.slept.filter((ms) => ms > 0);
  ok(gapsMs.length > 5);
  const fast = await play(channelId, { speed: 100_000, maxPauseMs: 0 });
  equal([fast.clock.ms, fast.shortened], [0, []]);
  const none = await play(channelId, { speed: 1, maxPauseMs: 0 });
  equal(
    none.shortened,
    gapsMs.map((pauseMs) => ({ kind: 'shortened', pauseMs, waitedMs: 0 })),
  );
});

tests('an abort ends it, while it waits too', async () => {
  const stop = new AbortController();
  const seen: string[] = [];
  const replay = ledger.forensics.replay(channelId, {}, { signal: stop.signal });
  for await (const each of replay) {
    if (each.kind === 'event') seen.push(each.event.type);
    // The next one is due in a second, on the real clock.
    stop.abort();
  }
  equal(seen, ['ChannelOpened']);
});

tests('a pace that is none, and a channel that is none, are refused at once', () => {
  const refused = (error: unknown) => error instanceof QuestionError;
  for (const pace of [{ speed: 0 }, { speed: -1 }, { speed: Number.NaN }, { maxPauseMs: -1 }]) {
    throws(() => ledger.forensics.replay(channelId, {}, pace), refused);
  }
  throws(() => ledger.forensics.replay('999x9x9'), refused);
  const at = { kind: 'revision', revision: 0 } as const;
  throws(() => ledger.forensics.replay(undefined, { at }), refused);
});

tests.after(() => ledger.close());
tests.run();
