import { suite } from 'uvu';
import { equal, instance, is, throws } from 'uvu/assert';
import { channelProjection } from '../../projections/channel.ts';
import { gossipProjection } from '../../projections/gossip.ts';
import { nodeProjection } from '../../projections/node.ts';
import { momentBeside } from '../../src/ledger/as-of.ts';
import { type Moment, type Query, QuestionError } from '../../src/ledger/query.ts';
import { LedgerRows } from '../../src/ledger/rows.ts';
import type { NewEvent } from '../../src/store/event-store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { blockHash, nodeId } from '../channel/given.ts';
import { commitmentEvent, openedEvent } from '../projections/channel-story.ts';
import { storedForm } from '../stored-form.ts';
import { channelStream, Growing, policies, policyAt, second } from './growing.ts';

const test = suite('moments');
const stream = channelStream(0);
const writeAfterMs = 2 ** 30;
const otherNode = `02${'cc'.repeat(32)}`;

test('a height is just before the first block above it, for each node', async () => {
  const store = new MemoryStore();
  const rows = new LedgerRows(store, { writeAfterMs });
  const growing = new Growing(store);
  await growing.append(stream, policies(0, 10));
  const otherStream = stream.replace(nodeId, otherNode);
  await growing.append(otherStream, policies(0, 10));
  await tellBlocks(growing, `node-regtest.${nodeId}.ldk`, [
    [100, 2],
    [101, 5],
    [100, 6],
    [103, 8],
  ]);
  await tellBlocks(growing, `node-regtest.${nodeId}.electrum`, [[102, 7]]);
  await tellBlocks(growing, `node-regtest.${otherNode}.ldk`, [
    [99, 1],
    [101, 3],
  ]);
  const counts = (height: number, query: Query = {}) => {
    const all = rows.all(channelProjection, { at: { kind: 'height', height }, ...query });
    return all.map(({ stream: name, row }) => [name.includes(nodeId), row.eventCount]);
  };
  equal(counts(99), [
    [false, 3],
    [true, 2],
  ]);
  equal(counts(100), [
    [false, 3],
    [true, 5],
  ]);
  equal(counts(101), [
    [false, 10],
    [true, 7],
  ]);
  equal(counts(102), [
    [false, 10],
    [true, 8],
  ]);
  equal(counts(103), [
    [false, 10],
    [true, 10],
  ]);
  equal(counts(100, { nodeId }), [[true, 5]]);
  equal(counts(101, { nodeId, knownAtNs: second(6) }), [[true, 7]]);
  const [blocks] = rows.all(nodeProjection, {
    at: { kind: 'height', height: 100 },
    nodeId,
    source: 'ldk',
  });
  is(blocks?.row.bestHeight, 100);
});

async function tellBlocks(growing: Growing, name: string, blocks: readonly [number, number][]) {
  const stored = blocks.map(([height, at]): NewEvent => {
    const data = { height, blockHash, blockTime: at };
    return storedForm(name, { type: 'BestBlockChanged', data }, `${at}`, {
      happenedAtNs: second(at),
    });
  });
  await growing.appendStored(name, stored);
}

test('public channels are nobody’s: a height of theirs is the last that any node had', async () => {
  const store = new MemoryStore();
  const growing = new Growing(store);
  const name = 'gossip-regtest.600000x1x0';
  const shortChannelId = '600000x1x0';
  const stored = [4, 6].map((at) => {
    const data = { shortChannelId, height: at };
    return storedForm(name, { type: 'PublicChannelClosed', data }, `${at}`, {
      happenedAtNs: second(at),
    });
  });
  await growing.appendStored(name, stored);
  await tellBlocks(growing, `node-regtest.${nodeId}.ldk`, [[101, 5]]);
  await tellBlocks(growing, `node-regtest.${otherNode}.ldk`, [[101, 9]]);
  const rows = new LedgerRows(store, { writeAfterMs });
  const at: Moment = { kind: 'height', height: 100 };
  is(rows.one(gossipProjection, name, { at })?.row.closedHeight, 6);
  is(rows.one(gossipProjection, name, { at, nodeId })?.row.closedHeight, 4);
});

test('a commitment is the state right after it, for a teller without it by the time of another', async () => {
  const store = new MemoryStore();
  const growing = new Growing(store);
  const rows = new LedgerRows(store, { writeAfterMs });
  const balances = [800_000_000n, 200_000_000n] as const;
  const events = [
    openedEvent,
    commitmentEvent('remote', 1, balances),
    commitmentEvent('local', 1, balances),
    commitmentEvent('local', 2, balances),
    policyAt(1),
  ].map((event, nth) => ({ event, times: { happenedAtNs: second(nth >> 1) } }));
  await growing.append(stream, events);
  const chain = channelStream(0, 'chain');
  await growing.append(chain, policies(0, 4));
  const ask = (side: 'local' | 'remote', number: number, name = stream) =>
    rows.one(channelProjection, name, { at: { kind: 'commitment', side, number } })?.row;
  is(ask('local', 0)?.eventCount, 1);
  is(ask('remote', 1)?.eventCount, 2);
  is(ask('local', 1)?.eventCount, 3);
  is(ask('local', 2)?.eventCount, 4);
  is(ask('local', 3), undefined);
  is(ask('local', 2, chain)?.eventCount, 2);
  equal(momentBeside(store, stream, { kind: 'commitment', side: 'local', number: 2 }), {
    kind: 'time',
    timeNs: second(1),
  });
  equal(momentBeside(store, stream, { kind: 'revision', revision: 2 }), {
    kind: 'position',
    position: 3,
  });
  is(momentBeside(store, stream, { kind: 'commitment', side: 'local', number: 9 }), undefined);
});

test('a revision or commitment of what is no channel is a wrong question', async () => {
  const store = new MemoryStore();
  await tellBlocks(new Growing(store), `node-regtest.${nodeId}.ldk`, [[1, 1]]);
  const rows = new LedgerRows(store, { writeAfterMs });
  const moments: readonly Moment[] = [
    { kind: 'revision', revision: 1 },
    { kind: 'commitment', side: 'local', number: 1 },
  ];
  for (const at of moments) {
    throws(
      () => rows.all(nodeProjection, { at }),
      (error: unknown) => {
        instance(error, QuestionError);
        return true;
      },
    );
  }
});

test('one node or one teller can be asked alone', async () => {
  const store = new MemoryStore();
  const growing = new Growing(store);
  const chain = channelStream(0, 'chain');
  await growing.append(stream, policies(0, 1));
  await growing.append(chain, policies(0, 1));
  await growing.append(stream.replace(nodeId, otherNode), policies(0, 1));
  const rows = new LedgerRows(store, { writeAfterMs });
  const count = (query: Query) => rows.all(channelProjection, query).length;
  equal([count({}), count({ nodeId }), count({ nodeId, source: 'chain' })], [3, 2, 1]);
  is(rows.one(channelProjection, stream, { source: 'chain' }), undefined);
});

test.run();
