/** What a dossier reads of the node's other channels to find the other half of a forward. */
import { suite } from 'uvu';
import { equal, is, ok } from 'uvu/assert';
import type { ChannelFact } from '../../../src/channel/observations.ts';
import { caseEvents } from '../../../src/ledger/answers/case-events.ts';
import { otherHalves } from '../../../src/ledger/answers/other-halves.ts';
import { closingCase } from '../../../src/ledger/forensics/case.ts';
import { MEMORY, openLedger } from '../../../src/ledger/open-ledger.ts';
import { Slices } from '../../../src/ledger/slices.ts';
import { channelStream } from '../../../src/ledger/streams.ts';
import type { Observation } from '../../../src/observation/observation.ts';
import { otherId, otherOutpoint, remoteClose } from '../other-channel.ts';
import { Clock, channelId, channelStory, commitment, opened, openingOf, us } from '../story.ts';

const otherStream = channelStream(us.nodeId, otherId, 'ldk');
const OLD = 40;

const clock = new Clock();
const about = (facts: readonly ChannelFact[], id = channelId) => channelStory(facts, clock, id);

const htlc = (id: number, more: object = {}) => ({
  id,
  direction: 'offered' as const,
  amountMsat: 1_000_000n,
  cltvExpiry: 740,
  ...more,
});

/** One payment after the other over the other channel: each takes the place of the one before. */
const payments = Array.from({ length: OLD }, (_, id) =>
  commitment('local', id + 1, {
    fundingOutpoint: otherOutpoint,
    htlcs: [htlc(id)],
    ...(id > 0 && { removed: [{ id: id - 1, direction: 'offered', outcome: 'failed' }] }),
  }),
);
const forwarded = commitment('local', OLD + 1, {
  fundingOutpoint: otherOutpoint,
  htlcs: [htlc(OLD, { forwardOf: { channelId, htlcId: 0 } })],
  removed: [{ id: OLD - 1, direction: 'offered', outcome: 'failed' }],
});
const received = { id: 0, direction: 'received', amountMsat: 1_000_100n, cltvExpiry: 780 } as const;

const tests = suite('the other half of a forward');

/** Which revisions of the other channel were read, and what was found. */
async function found(told: readonly Observation[]) {
  const ledger = await openLedger(MEMORY, { create: true, seed: 'halves' });
  const { quarantined } = await ledger.recordBatch(told);
  is(quarantined, 0, ledger.problems()[0]?.detail);
  const revisions = new Set<number>();
  const { store } = ledger;
  const read = store.streamEvents.bind(store);
  store.streamEvents = function* watched(...asked) {
    for (const event of read(...asked)) {
      if (event.stream === otherStream) revisions.add(event.revision);
      yield event;
    }
  };
  const reading = { store, query: {}, slices: new Slices() };
  const own = await caseEvents(reading, [channelStream(us.nodeId, channelId, 'ldk')]);
  const closing = closingCase(channelId, own, []);
  ok(closing);
  const halves = await otherHalves(reading, closing, us.nodeId);
  const newest = store.streamHead(otherStream)?.revision ?? -1;
  await ledger.close();
  return {
    halves: halves.map(({ channelId: id, htlcId, amountMsat }) => ({ id, htlcId, amountMsat })),
    revisions: [...revisions].sort((a, b) => a - b),
    newest,
  };
}

const expected = [{ id: otherId, htlcId: OLD, amountMsat: 1_000_000n }];

tests('of other channels only what came since the incoming half is read', async () => {
  const before = about([openingOf(otherOutpoint), ...payments], otherId);
  // Clocks of one node may differ by a minute.
  for (let second = 0; second < 60; second += 1) clock.next();
  const { halves, revisions, newest } = await found([
    ...before,
    ...about([opened, commitment('local', 1, { htlcs: [received] })]),
    ...about([forwarded], otherId),
    ...about([remoteClose()]),
  ]);
  equal(halves, expected);
  ok(newest > 2 * OLD, `${newest}`);
  ok(
    revisions.every((revision) => revision > newest - 4),
    revisions.join(),
  );
});

tests('what came in while nobody listened may have gone out at any time', async () => {
  const before = about([opened]);
  const other = about([openingOf(otherOutpoint), ...payments, forwarded], otherId);
  for (let second = 0; second < 600; second += 1) clock.next();
  // Commitments 1 to 4 were not seen.
  const met = about([commitment('local', 5, { htlcs: [received] })]);
  const { halves } = await found([...before, ...other, ...met, ...about([remoteClose()])]);
  equal(halves, expected);
});

tests.run();
