/** Walking through a channel's states: back is where one came from, and a jump is many steps. */
import fc from 'fast-check';
import { suite } from 'uvu';
import { equal, is, ok, throws } from 'uvu/assert';
import { channelProjection } from '../../../projections/channel.ts';
import {
  back,
  changesHere,
  forward,
  indexAtTime,
  indexOfCommitment,
  indexOfRevision,
  jumpTo,
  nextChange,
  type Walk,
  walkThrough,
} from '../../../src/ledger/forensics/stepper.ts';
import { MEMORY, openLedger } from '../../../src/ledger/open-ledger.ts';
import { QuestionError } from '../../../src/ledger/query.ts';
import { Clock, channelId, channelStory, us, wholeStory } from '../story.ts';

const ledger = await openLedger(MEMORY, { create: true, seed: 'step' });
await ledger.recordBatch(wholeStory());
const walk = ledger.forensics.step(channelId);
const count = walk.steps.length;
/** As the ledger itself answers for each revision: folded anew. */
const folded = walk.steps.map(({ event: { revision } }) => {
  return rowAt(revision);
});

function rowAt(revision: number) {
  const [stream = ''] = ledger.store.streamNames(`channel-${us.nodeId}.${channelId}.`);
  const at = { kind: 'revision', revision } as const;
  return ledger.rows.one(channelProjection, stream, { at })?.row;
}

const tests = suite('stepping through a channel');

tests('forward through all events, each state is the one that folding gives', () => {
  let there: Walk = walk;
  is(there.index, -1);
  for (const [index, row] of folded.entries()) {
    there = forward(there);
    is(there.index, index);
    equal(there.row, row);
  }
  is(forward(there), there);
});

tests('forward n and back n is the same state, and a jump is as many steps', () => {
  const place = fc.integer({ min: -3, max: count + 3 });
  fc.assert(
    fc.property(place, fc.nat(count + 3), place, (from, steps, to) => {
      const start = jumpTo(walk, from);
      const end = jumpTo(start, start.index + steps);
      equal(jumpTo(end, start.index).row, start.row);
      let one: Walk = start;
      for (let n = 0; n < steps; n += 1) one = forward(one);
      equal([one.index, one.row], [end.index, end.row]);
      for (let n = one.index; n > start.index; n -= 1) one = back(one);
      equal([one.index, one.row], [start.index, start.row]);
      const there = jumpTo(end, to);
      equal(there.row, there.index < 0 ? walk.row : folded[there.index]);
    }),
    { numRuns: 60, seed: 6 },
  );
});

tests('going back folds nothing', () => {
  let folds = 0;
  const counted = walkThrough({ sum: 0 }, [1, 2, 3, 4], {
    apply(row, event) {
      folds += 1;
      row.sum += event;
    },
    eventOf: (n) => ({ eventId: `${n}`, type: 'Added', at: `${n}`, revision: n, position: n }),
  });
  is(folds, 4);
  const end = jumpTo(counted, 3);
  is(end.row.sum, 10);
  is(back(back(end)).row.sum, 3);
  is(jumpTo(end, -1).row.sum, 0);
  is(folds, 4);
});

tests('what an event changed is what the history says of it', () => {
  const history = [...ledger.history(channelId)];
  is(history.length, count);
  let there: Walk = walk;
  for (const { eventId, changes } of history) {
    there = forward(there);
    is(there.steps[there.index]?.event.eventId, eventId);
    equal(changesHere(there), changes);
  }
});

tests('a time, a revision and a commitment are found', () => {
  const [first, second] = walk.steps;
  is(indexAtTime(walk, first?.event.at ?? ''), 0);
  is(indexAtTime(walk, '2000-01-01T00:00:00.000000000Z'), -1);
  is(indexAtTime(walk, '2999-01-01T00:00:00.000000000Z'), count - 1);
  is(indexOfRevision(walk, second?.event.revision ?? -1), 1);
  is(indexOfRevision(walk, 1_000), undefined);
  const index = indexOfCommitment(walk, 'local', 2) ?? -1;
  const { row } = jumpTo(walk, index);
  is('local' in row && row.local?.number, 2);
  is(jumpTo(walk, index - 1).row.local?.number, 1);
  is(indexOfCommitment(walk, 'remote', 77), undefined);
});

tests('the next change of a field and the one before it', () => {
  // 750,000 sat ours after a push of 200,000 and an HTLC of 50,000: paid, it stays gone.
  const opened = nextChange(walk, 'localBalanceMsat', 'forward');
  is(opened?.row.localBalanceMsat, 800_000_000n);
  const held = opened && nextChange(opened, 'localBalanceMsat', 'forward');
  is(held?.row.localBalanceMsat, 750_000_000n);
  is(held && nextChange(held, 'localBalanceMsat', 'forward'), undefined);
  equal(held && nextChange(held, 'localBalanceMsat', 'back')?.index, opened?.index);
  // Something inside of it.
  const htlc = nextChange(walk, 'htlcs', 'forward');
  is(htlc?.steps[htlc.index]?.event.type, 'HtlcAdded');
  is(nextChange(walk, 'local.number', 'forward')?.row.local?.number, 0);
  is(nextChange(walk, 'noSuchField', 'forward'), undefined);
  is(nextChange(walk, 'status', 'back'), undefined);
});

tests('where several tell of the channel, it is asked whose states are meant', async () => {
  const two = await openLedger(MEMORY, { create: true, seed: 'two' });
  await two.recordBatch(channelStory(undefined, new Clock('ldk')));
  await two.recordBatch(channelStory(undefined, new Clock('lnd-db')));
  throws(
    () => two.forensics.step(channelId),
    (error: unknown) => error instanceof QuestionError && /add --source/.test(error.message),
  );
  ok(two.forensics.step(channelId, { source: 'ldk' }).steps.length > 0);
  await two.close();
});

tests.after(() => ledger.close());
tests.run();
