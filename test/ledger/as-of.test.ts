import fc from 'fast-check';
import { suite } from 'uvu';
import { equal, instance, is, throws } from 'uvu/assert';
import { channelProjection } from '../../projections/channel.ts';
import { gossipProjection } from '../../projections/gossip.ts';
import { nodeProjection } from '../../projections/node.ts';
import { momentBeside } from '../../src/ledger/as-of.ts';
import { type Moment, type Query, QuestionError } from '../../src/ledger/query.ts';
import { LedgerRows } from '../../src/ledger/rows.ts';
import { timeText } from '../../src/schema/time.ts';
import type { NewEvent } from '../../src/store/event-store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { blockHash, nodeId } from '../channel/given.ts';
import { historyOf, historySteps } from '../channel-histories.ts';
import { commitmentEvent, openedEvent } from '../projections/channel-story.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { storedForm } from '../stored-form.ts';
import {
  channelStream,
  Growing,
  type Known,
  naiveRow,
  policies,
  policyAt,
  second,
} from './growing.ts';

const test = suite('as of');
const stream = channelStream(0);
const seed = 20_260_314;
const writeAfterMs = 2 ** 30;
const otherNode = `02${'cc'.repeat(32)}`;

/** Histories of three channels, told in batches; some facts are told late, long after they happened. */
const tellings = fc.array(
  fc.record({
    channel: fc.nat(2),
    steps: historySteps,
    lateBy: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(400)),
    isFlushed: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12, size: 'max' },
);

/** Each telling is recorded when all before it are; the n-th event is recorded in second n. */
async function tell(growing: Growing, rows: LedgerRows, told: TellingsOf<typeof tellings>) {
  const live: { position: number; knownAtNs: bigint; rows: unknown }[] = [];
  let count = 0;
  for (const { channel, steps, lateBy, isFlushed } of told) {
    const events = historyOf(steps)
      .slice(0, 60)
      .map((event) => {
        const recordedAtNs = second(count++);
        return {
          event,
          times: { happenedAtNs: recordedAtNs - BigInt(lateBy) * 500_000_000n, recordedAtNs },
        };
      });
    if (events.length === 0) continue;
    const appended = await growing.append(channelStream(channel), events);
    rows.applyLive([appended]);
    if (isFlushed) rows.flush();
    live.push({
      position: appended.position,
      knownAtNs: second(count - 1),
      rows: structuredClone(rows.all(channelProjection)),
    });
  }
  return { live, count };
}

type TellingsOf<T> = T extends fc.Arbitrary<infer Told> ? Told : never;

test('a position is what was live at that moment, whatever was told late before or after', async () => {
  const property = fc.asyncProperty(tellings, async (told) => {
    const store = new MemoryStore();
    const rows = new LedgerRows(store, { writeAfterMs });
    const { live } = await tell(new Growing(store), rows, told);
    const check = (asked: LedgerRows) => {
      for (const { position, knownAtNs, rows: expected } of live) {
        equal(asked.all(channelProjection, { at: { kind: 'position', position } }), expected);
        equal(asked.all(channelProjection, { knownAtNs }), expected);
      }
    };
    check(rows);
    await rows.rebuild();
    check(rows);
    check(new LedgerRows(store, { isReadonly: true }));
  });
  await fc.assert(property, { seed, numRuns: 30 });
});

test('a time, and what was known by another, cut both clocks', async () => {
  const property = fc.asyncProperty(
    tellings,
    fc.array(fc.tuple(fc.nat(800), fc.nat(800)), { minLength: 5, maxLength: 5 }),
    async (told, moments) => {
      const store = new MemoryStore();
      const rows = new LedgerRows(store, { writeAfterMs });
      const { count } = await tell(new Growing(store), rows, told);
      rows.flush();
      for (const [time, known] of moments) {
        const timeNs = second(time % (count + 1));
        const knownAtNs = second(known % (count + 1));
        for (const name of store.streamNames('channel-')) {
          const isIn = ({ happenedAt, recordedAt }: Known) =>
            happenedAt <= timeText(timeNs) && recordedAt <= timeText(knownAtNs);
          const query: Query = { at: { kind: 'time', timeNs }, knownAtNs };
          const row = rows.one(channelProjection, name, query)?.row;
          equal(row, naiveRow(store, name, isIn));
        }
      }
    },
  );
  await fc.assert(property, { seed, numRuns: 30 });
});

test('on SQLite, with several snapshots and a late fact, every moment is as folded from nothing', async () => {
  const store = openSqliteStore(`${temporaryDirectory()}/as-of.db`);
  const growing = new Growing(store);
  const rows = new LedgerRows(store, { writeAfterMs });
  for (let from = 0; from < 600; from += 100) {
    rows.applyLive([await growing.append(stream, policies(from, from + 100))]);
  }
  const late = { happenedAtNs: second(450) + 5n, recordedAtNs: second(600) };
  rows.applyLive([await growing.append(stream, [{ event: policyAt(9999), times: late }])]);
  for (let from = 601; from < 900; from += 100) {
    rows.applyLive([await growing.append(stream, policies(from, from + 100))]);
  }
  rows.flush();
  const ask = (at: Moment, knownAtNs?: bigint) => {
    const query = { at, ...(knownAtNs !== undefined && { knownAtNs }) };
    return rows.one(channelProjection, stream, query)?.row;
  };
  for (const n of [0, 1, 127, 128, 129, 255, 449, 450, 451, 599, 600, 601, 700, 899]) {
    const known = (event: Known) => event.revision <= n;
    equal(ask({ kind: 'revision', revision: n }), naiveRow(store, stream, known), `revision ${n}`);
    equal(ask({ kind: 'position', position: n + 1 }), naiveRow(store, stream, known));
    const by = (event: Known) => event.happenedAt <= timeText(second(n));
    const at: Moment = { kind: 'time', timeNs: second(n) };
    equal(ask(at), naiveRow(store, stream, by), `time ${n}`);
    const bothBy = (event: Known) => by(event) && event.recordedAt <= timeText(second(500));
    equal(ask(at, second(500)), naiveRow(store, stream, bothBy));
  }
  await store.close();
});

test('all streams as of a moment are what each is by itself, whatever lies where in the store', async () => {
  const store = openSqliteStore(`${temporaryDirectory()}/all.db`);
  const growing = new Growing(store);
  const rows = new LedgerRows(store, { writeAfterMs });
  const busy = Array.from({ length: 12 }, (_, nth) => channelStream(nth));
  for (let from = 0; from < 400; from += 40) {
    for (const name of busy) {
      rows.applyLive([await growing.append(name, policies(from, from + 40))]);
    }
    const rare = channelStream(100);
    rows.applyLive([await growing.append(rare, policies(from, from + 1))]);
  }
  // An import: recorded last, and it happened all along.
  rows.applyLive([await growing.append(channelStream(101), policies(0, 300))]);
  const late = { event: policyAt(9999), times: { happenedAtNs: second(100) + 5n } };
  rows.applyLive([await growing.append(channelStream(3), [late])]);
  rows.flush();
  for (const n of [0, 39, 40, 126, 127, 128, 200, 255, 300, 399, 500]) {
    for (const query of [
      { at: { kind: 'time', timeNs: second(n) } },
      { at: { kind: 'position', position: n * 12 + 1 } },
      { knownAtNs: second(n) },
    ] satisfies Query[]) {
      const each = store
        .streamNames('channel-')
        .flatMap((name) => rows.one(channelProjection, name, query) ?? []);
      equal(rows.all(channelProjection, query), each);
    }
    const naive = store
      .streamNames('channel-')
      .flatMap((name) => naiveRow(store, name, (e) => e.happenedAt <= timeText(second(n))) ?? []);
    const at: Moment = { kind: 'time', timeNs: second(n) };
    equal(
      rows.all(channelProjection, { at }).map(({ row }) => row),
      naive,
    );
  }
  await store.close();
});

test('before its first event a stream has no row', async () => {
  const store = new MemoryStore();
  const rows = new LedgerRows(store, { writeAfterMs });
  rows.applyLive([await new Growing(store).append(stream, policies(5, 10))]);
  const moments: readonly Query[] = [
    { at: { kind: 'time', timeNs: second(4) } },
    { at: { kind: 'position', position: 0 } },
    { knownAtNs: second(4) },
  ];
  for (const query of moments) {
    equal(rows.all(channelProjection, query), []);
    is(rows.one(channelProjection, stream, query), undefined);
  }
});

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
  await tellBlocks(growing, `node-regtest.${otherNode}.ldk`, [[101, 3]]);
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
