import fc from 'fast-check';
import { suite } from 'uvu';
import { equal, is } from 'uvu/assert';
import { channelProjection } from '../../projections/channel.ts';
import type { Moment, Query } from '../../src/ledger/query.ts';
import { LedgerRows } from '../../src/ledger/rows.ts';
import { timeText } from '../../src/schema/time.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { historyOf, historySteps } from '../channel-histories.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
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

test.run();
