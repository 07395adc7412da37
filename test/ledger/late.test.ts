import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChannelContext, ChannelFact } from '../../src/channel/observations.ts';
import { type ChannelState, newChannel } from '../../src/channel/state.ts';
import { aggregates } from '../../src/ledger/aggregates.ts';
import { openQuarantine } from '../../src/ledger/quarantine.ts';
import { decodeEvent, type LedgerEvent } from '../../src/ledger/stored-event.ts';
import { verifyLedger } from '../../src/ledger/verify/verify.ts';
import { Views } from '../../src/ledger/views.ts';
import { ChannelId, Txid } from '../../src/lightning/ids.ts';
import type { Observation } from '../../src/observation/observation.ts';
import type { LocalStore } from '../../src/store/event-store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { eventsOf, keyringOf, recorded, recorderOf } from './recording.ts';
import { channelStory, closing, commitment, fundingOutpoint, opening, payment } from './story.ts';

const placing = suite('a fact told late');
const gaps = suite('the missing part of a gap, told late');
const contradicting = suite('a late fact that contradicts');

/** What a live source says of a channel whose opening it was never told. */
const knownAnyway = {
  fundingOutpoint,
  capacitySat: 1_000_000n,
  opener: 'local',
  channelType: 'static_remotekey',
  local: { dustLimitSat: 354n },
  remote: { dustLimitSat: 354n },
} as const;
const story = channelStory([...opening, ...payment, ...closing]);
const stream = `channel-${story[0]?.nodeId}.${'11'.repeat(32)}.ldk`;

/** What an import tells when it comes after everything recorded so far. */
function toldLate(observations: readonly Observation[]): Observation[] {
  const recordedAtNs = (story.at(-1)?.recordedAtNs ?? 0n) + 1_000_000_000_000n;
  return observations.map((observation) => ({ ...observation, recordedAtNs }));
}

function inLogicalOrder(store: LocalStore): readonly LedgerEvent[] {
  const happened = ({ metadata }: LedgerEvent) => metadata.happenedAt;
  return Array.from(store.streamEvents(stream), decodeEvent).sort((a, b) =>
    happened(a) === happened(b) ? a.revision - b.revision : happened(a) < happened(b) ? -1 : 1,
  );
}

/** The stream in the order in which it happened: types with the number of what they tell. */
function logical(store: LocalStore): string[] {
  return inLogicalOrder(store).map(({ type, fact }) => {
    const { side, number } = (fact?.data ?? {}) as { side?: string; number?: number };
    return number === undefined ? type : `${type} ${side} ${number}`;
  });
}

/** The state of the whole stream, in logical order. */
function stateOf(store: LocalStore): unknown {
  return inLogicalOrder(store).reduce<unknown>(
    (state, { fact }) => (fact ? aggregates.channel.evolve(state, fact) : state),
    newChannel,
  );
}

/** Both commitments of the funding: what a missed and late part must not change. */
function balancesOf(store: LocalStore): object {
  const [funding] = (stateOf(store) as ChannelState).fundings;
  // A commitment after a gap was recorded to the satoshi, and that stays so.
  return [funding?.local, funding?.remote].map((commitment) => ({ ...commitment, isExact: true }));
}

async function assertSound(store: LocalStore): Promise<void> {
  const keyring = keyringOf(store);
  const report = await verifyLedger({ store, keyring, views: new Views().all() });
  assert.equal(report.broken, []);
}

/** Records `first`, then the rest of the story late, all in one batch. */
/** opening.length facts, then: remote 1, revoked remote 0, local 1, revoked local 0, local 2, … */
const at = (nth: number) => opening.length + nth;

function momentBefore(index: number): bigint {
  return (story[index]?.happenedAtNs ?? 0n) - 1n;
}

/** Another close, told for the moment before a fact of the story. */
function closeBefore(index: number): Observation {
  const close = closing[2];
  assert.ok(close?.type === 'ChannelClosed');
  const data = { ...close.data, closingTxid: Txid('66'.repeat(32)) };
  const [header] = channelStory([{ ...close, data }]);
  return { ...(header as Observation), key: 'close', happenedAtNs: momentBefore(index) };
}

const [broadcast] = channelStory([
  {
    type: 'TransactionBroadcast',
    data: { txid: Txid('77'.repeat(32)), purpose: 'commitment', by: 'local' },
  },
]) as [Observation];

const byTime = (a: Observation, b: Observation) => (a.happenedAtNs < b.happenedAtNs ? -1 : 1);

async function lateStory(
  isFirst: (index: number) => boolean,
  context?: ChannelContext,
): Promise<MemoryStore> {
  const store = new MemoryStore();
  const recorder = recorderOf(store);
  const first = story.filter((_, index) => isFirst(index));
  await recorder.record(context ? first.map((one) => ({ ...one, context }) as Observation) : first);
  await recorder.record(toldLate(story.filter((_, index) => !isFirst(index))));
  return store;
}

placing('takes its place by when it happened, and the state is that of the whole', async () => {
  // The confirmation and our first fee policy come last.
  const store = await lateStory((index) => index !== 1 && index !== 4);
  const whole = await recorded(story);
  assert.equal(logical(store), logical(whole));
  assert.equal(stateOf(store), stateOf(whole));
  assert.is((await eventsOf(store)).length, (await eventsOf(whole)).length);
  assert.ok(store.isOutOfOrder(stream));
  await assertSound(store);
});

placing('keeps the time at which it was learned, which never goes back', async () => {
  const store = await lateStory((index) => index !== 1);
  const times = (await eventsOf(store, stream)).map(({ metadata }) => JSON.parse(metadata));
  const recordedAt = times.map((time) => time.recordedAt);
  assert.equal(recordedAt, [...recordedAt].sort());
  assert.ok(times.at(-1).happenedAt < times.at(-2).happenedAt);
});

placing('is known when it is told again, first or last', async () => {
  const store = await lateStory((index) => index !== 1 && index !== 4);
  const count = (await eventsOf(store)).length;
  for (const recorder of [recorderOf(store), recorderOf(store)]) {
    const report = await recorder.record(toldLate(story));
    assert.equal(report, {
      observations: story.length,
      events: 0,
      known: story.length,
      quarantined: 0,
    });
  }
  assert.is((await eventsOf(store)).length, count);
});

placing('loses nothing that follows it where another stream must be appended first', async () => {
  const other = ChannelId('22'.repeat(32));
  const ofOther = (one: Observation) => ({ ...one, channelId: other }) as Observation;
  const [missed, newest] = [story[1], story.at(-1)] as [Observation, Observation];
  const store = new MemoryStore();
  const recorder = recorderOf(store);
  const first = story.filter((one) => one !== missed && one !== newest);
  await recorder.record([...first, ...first.map(ofOther)]);
  const [late, last] = toldLate([missed, newest]) as [Observation, Observation];
  // The other's second fact is late, and its first one waits to be appended: a new pass begins.
  const report = await recorder.record([late, ofOther(last), ofOther(late), last]);
  assert.equal(report, { observations: 4, events: 4, known: 0, quarantined: 0 });
  assert.equal(logical(store), logical(await recorded(story)));
});

placing('that an import tells twice in one batch is recorded once', async () => {
  const late = toldLate(story.slice(1, at(6)));
  const store = await recorded([story[0] as Observation, story.at(-2) as Observation]);
  const report = await recorderOf(store).record([...late, ...late]);
  assert.is(report.quarantined, 0);
  assert.ok(report.known >= late.length);
  await assertSound(store);
});

placing('goes with others of its batch in one pass, whatever their order', async () => {
  const whole = await recorded(story);
  const store = new MemoryStore();
  const recorder = recorderOf(store);
  await recorder.record(story.filter((_, index) => index < 1 || index > 5));
  await recorder.record(toldLate([5, 3, 1, 4, 2].flatMap((index) => story[index] ?? [])));
  assert.equal(logical(store), logical(whole));
  assert.equal(stateOf(store), stateOf(whole));
  await assertSound(store);
});

placing('gives the live recorder the state it goes on from', async () => {
  const store = new MemoryStore();
  const recorder = recorderOf(store);
  const split = opening.length + 2;
  const before = story.slice(0, split).filter((_, index) => index !== 1);
  await recorder.record(before);
  await recorder.record(toldLate(story.slice(1, 2)));
  const later = toldLate(story.slice(split));
  const report = await recorder.record(later);
  assert.is(report.quarantined, 0);
  assert.equal(logical(store), logical(await recorded(story)));
  await assertSound(store);
});

gaps('closes it: the commitment after it keeps its rules again', async () => {
  // Local commitment 1 and the revocation it brought are missed.
  const isFirst = (index: number) => index !== at(2) && index !== at(3);
  const early = await recorded(story.filter((_, index) => isFirst(index)));
  assert.ok(logical(early).includes('RecordingGap'));
  const store = await lateStory(isFirst);
  const order = logical(store);
  assert.ok(order.indexOf('CommitmentUpdated local 1') < order.indexOf('RecordingGap'));
  assert.equal(openQuarantine(store, keyringOf(store)), []);
  assert.equal(balancesOf(store), balancesOf(await recorded(story)));
  await assertSound(store);
});

gaps('may come in parts', async () => {
  const store = new MemoryStore();
  const recorder = recorderOf(store);
  const missed = [at(1), at(2), at(3), at(4)];
  await recorder.record(story.filter((_, index) => !missed.includes(index)));
  for (const index of missed) {
    const report = await recorder.record(toldLate(story.slice(index, index + 1)));
    assert.is(report.quarantined, 0, `the ${index}th fact`);
  }
  assert.equal(balancesOf(store), balancesOf(await recorded(story)));
  await assertSound(store);
});

gaps('whichever single fact was missed, it fits when it is told after all', async () => {
  const expected = balancesOf(await recorded(story));
  for (const missed of story.keys()) {
    const store = await lateStory((index) => index !== missed, knownAnyway);
    const name = `${missed}: ${story[missed]?.fact.type}`;
    const left = openQuarantine(store, keyringOf(store)).map(({ event }) => event.fact?.data);
    assert.equal(left, [], name);
    assert.equal(balancesOf(store), expected, name);
    await assertSound(store);
  }
});

contradicting('is quarantined, and everything recorded stays as it is', async () => {
  const store = await recorded(story);
  const before = (await eventsOf(store, stream)).length;
  const second = { ...story[at(0)], happenedAtNs: (story[at(0)]?.happenedAtNs ?? 0n) + 1n };
  const fact: ChannelFact = commitment('remote', 1, { feeratePerKw: 9999 });
  const wrong = toldLate([{ ...second, key: 'other', fact } as Observation]);
  const report = await recorderOf(store).record(wrong);
  assert.is(report.quarantined, 1);
  assert.is((await eventsOf(store, stream)).length, before);
  await assertSound(store);
});

contradicting(
  'that would make a recorded one wrong goes, with the late ones beside it',
  async () => {
    const store = await recorded(story.filter((_, index) => index !== 1));
    const before = (await eventsOf(store, stream)).length;
    // Told for the moment before our second commitment, which could not follow a close.
    const beside = { ...broadcast, key: 'beside', happenedAtNs: momentBefore(at(4)) - 1n };
    const report = await recorderOf(store).record(toldLate([beside, closeBefore(at(4))]));
    assert.equal([report.events, report.quarantined], [2, 2]);
    assert.is((await eventsOf(store, stream)).length, before);
    const rules = openQuarantine(store, keyringOf(store)).map(({ event }) => {
      return event.fact?.type === 'ObservationQuarantined' ? event.fact.data.rule : undefined;
    });
    assert.equal(rules, ['closed-is-final', 'closed-is-final']);
    await assertSound(store);
  },
);

contradicting(
  'that was refused at one place may be told for another in the same batch',
  async () => {
    const store = await recorded(story.filter((_, index) => index !== 1));
    const before = (await eventsOf(store, stream)).length;
    const beside = { ...broadcast, key: 'beside', happenedAtNs: momentBefore(at(2)) - 1n };
    const later = { ...broadcast, key: 'later', happenedAtNs: momentBefore(at(6)) };
    const report = await recorderOf(store).record(toldLate([beside, closeBefore(at(2)), later]));
    assert.equal([report.known, report.quarantined], [0, 2]);
    const added = (await eventsOf(store, stream)).slice(before);
    assert.equal(
      added.map(({ type }) => type),
      ['TransactionBroadcast'],
    );
    await assertSound(store);
  },
);

contradicting('is found where it breaks a rule only further on', async () => {
  // Right after it comes a broadcast, which may follow a close; the commitments after that may not.
  const between = { ...broadcast, happenedAtNs: momentBefore(at(4)) };
  const store = await recorded([...story.slice(0, at(4)), between, ...story.slice(at(4))]);
  const before = (await eventsOf(store, stream)).length;
  const early = { ...closeBefore(at(4)), happenedAtNs: momentBefore(at(4)) - 1n };
  const report = await recorderOf(store).record(toldLate([early]));
  assert.is(report.quarantined, 1);
  assert.is((await eventsOf(store, stream)).length, before);
  const [kept] = openQuarantine(store, keyringOf(store));
  assert.ok(kept?.event.fact?.type === 'ObservationQuarantined');
  assert.is(kept.event.fact.data.rule, 'closed-is-final');
  await assertSound(store);
});

contradicting('does not take the sound ones down that were told in the same batch', async () => {
  const between = { ...broadcast, happenedAtNs: momentBefore(at(4)) };
  const missed = [1, 3, at(5)];
  const known = story.filter((_, index) => !missed.includes(index));
  const store = await recorded([...known, between].sort(byTime));
  const early = { ...closeBefore(at(4)), happenedAtNs: momentBefore(at(4)) - 1n };
  const sound = missed.flatMap((index) => story[index] ?? []);
  const report = await recorderOf(store).record(toldLate([...sound, early]));
  assert.is(report.quarantined, 1);
  assert.ok(logical(store).includes('FundingConfirmed'));
  assert.ok(logical(store).includes('ChannelAnnounced'));
  assert.ok(logical(store).includes('CommitmentRevoked local 1'));
  await assertSound(store);
});

contradicting('is not blamed for what was wrong before it', async () => {
  const store = await recorded(story.filter((_, index) => index !== 1));
  // Written past the rules, as a ledger of an older version may have been.
  const wrong = (await eventsOf(await recorded(story), stream)).find(({ revision }) => {
    return revision === at(4);
  });
  assert.ok(wrong);
  const columns = { happenedAtNs: 0n, recordedAtNs: 0n, amount1: null, amount2: null };
  const later = wrong.metadata.replaceAll('T00:00', 'T01:00');
  await store.append(
    stream,
    [{ ...wrong, metadata: later, columns: { ...columns, isMarked: false } }],
    {
      expectedRevision: store.streamHead(stream)?.revision ?? -1,
    },
  );
  const report = await recorderOf(store).record(toldLate([story[1] as Observation]));
  assert.equal([report.events, report.quarantined], [1, 0]);
});

placing.run();
gaps.run();
contradicting.run();
