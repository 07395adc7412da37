/** What a monitor asks every few seconds: the same as the answers say, and nothing read for it twice. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { channels, closed } from '../../src/ledger/answers/channels.ts';
import { problems as problemsOf } from '../../src/ledger/answers/problems.ts';
import { CurrentFiguresOf } from '../../src/ledger/current-figures.ts';
import { MEMORY, openLedger } from '../../src/ledger/open-ledger.ts';
import type { Rows } from '../../src/ledger/rows.ts';
import type { ProblemView } from '../../src/ledger/view-types.ts';
import { ChannelId } from '../../src/lightning/ids.ts';
import { observations } from '../cli/observation-lines.ts';
import { given, ofChannel, opened, type Told, tell, updated } from './answers/given.ts';
import { alice, bob } from './answers/rows.ts';

const closedId = ChannelId('44'.repeat(32));

/** Two tellers that differ, the other end that differs from both, a gap, and a channel that is closed. */
const told: readonly Told[] = [
  tell(ofChannel('ldk'), 0, opened()),
  tell(ofChannel('ldk'), 2, updated('local', 1, 590_000_000n)),
  tell(ofChannel('lnd-db'), 0, opened()),
  tell(ofChannel('lnd-db'), 2, updated('local', 1, 580_000_000n)),
  tell(ofChannel('ldk', bob), 0, opened({ peerId: alice, opener: 'remote', localBalanceMsat: 1n })),
  tell(ofChannel('ldk', alice, closedId), 1, opened({ channelId: closedId })),
  tell(ofChannel('ldk', alice, closedId), 3, {
    type: 'RecordingGap',
    data: { what: 'commitments', side: 'local', firstKnown: 9, why: 'not seen' },
  }),
  tell(ofChannel('ldk', alice, closedId), 4, {
    type: 'ChannelClosed',
    data: { kind: 'cooperative', initiator: 'both', outputs: [] },
  }),
];

test('open channels, closed ones and problems are those that the answers tell', async () => {
  const { context } = await given(...told);
  const { open, closedCount, problems } = await new CurrentFiguresOf(context, () => []).ask();
  const byNode = [...open].sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
  const own = channels(context).map((channel) => {
    const { nodeId, peerId, localBalanceMsat, remoteBalanceMsat } = channel;
    return { nodeId, channelId: channel.channelId, peerId, localBalanceMsat, remoteBalanceMsat };
  });
  assert.equal(
    byNode,
    own.sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1)),
  );
  assert.is(open.length, 2);
  assert.is(closedCount, closed(context).length);
  assert.is(closedCount, 1);
  const counts = new Map<string, number>();
  for (const { kind, count } of problemsOf(context)) {
    counts.set(kind, (counts.get(kind) ?? 0) + count);
  }
  assert.equal(new Map([...problems].sort()), new Map([...counts].sort()));
  assert.equal([...problems.keys()].sort(), ['ends-differ', 'gap', 'tellers-differ']);
});

test('rows are read once for all who ask before something is recorded', async () => {
  const ledger = await openLedger(MEMORY, { create: true, seed: 'kept' });
  await ledger.record(observations.slice(0, 2));
  let read = 0;
  const rows: Rows = {
    all: (projection, query) => ledger.rows.all(projection, query),
    one(projection, stream, query) {
      if (projection.name === 'channel') read += 1;
      return ledger.rows.one(projection, stream, query);
    },
  };
  const beside: ProblemView[] = [];
  const current = new CurrentFiguresOf({ store: ledger.store, rows }, () => beside);
  const streams = ledger.store.streamNames('channel-').length;
  const [one, other] = await Promise.all([current.ask(), current.ask()]);
  assert.equal(one, other);
  assert.is(read, streams);
  // What no event tells is told all the same.
  beside.push({ kind: 'bad-secret', count: 2 } as ProblemView);
  assert.equal((await current.ask()).problems, new Map([['bad-secret', 2]]));
  assert.is(read, streams);
  await ledger.record(observations.slice(2));
  assert.equal((await current.ask()).open.length, ledger.channels().length);
  assert.is(read, streams + ledger.store.streamNames('channel-').length);
  await ledger.close();
});

test.run();
