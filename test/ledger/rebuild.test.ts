import fc from 'fast-check';
import { suite } from 'uvu';
import { equal, is, ok } from 'uvu/assert';
import { channelProjection } from '../../projections/channel.ts';
import { rebuildRows } from '../../src/ledger/rebuild.ts';
import { LedgerRows } from '../../src/ledger/rows.ts';
import { Views } from '../../src/ledger/views.ts';
import type { KeptRow, KeptSnapshot, LocalStore } from '../../src/store/event-store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { historyOf, historySteps } from '../channel-histories.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { channelStream, Growing, naiveRow, policies, policyAt, second } from './growing.ts';

const test = suite('rebuilding');
const writeAfterMs = 2 ** 30;
const stream = channelStream(0);

function kept(store: LocalStore): { rows: KeptRow[]; snapshots: KeptSnapshot[] } {
  const byStream = (a: KeptRow, b: KeptRow) =>
    a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : a.revision - b.revision;
  return {
    rows: [...store.keptRows('channel')].sort(byStream),
    snapshots: [...store.keptSnapshots('channel')].sort(byStream),
  };
}

test('gives the rows and snapshots that were kept up event by event', async () => {
  const batches = fc.array(fc.tuple(fc.nat(3), historySteps), {
    minLength: 1,
    maxLength: 12,
    size: 'max',
  });
  const property = fc.asyncProperty(batches, async (told) => {
    const store = new MemoryStore();
    const growing = new Growing(store);
    const rows = new LedgerRows(store, { writeAfterMs });
    let count = 0;
    for (const [channel, steps] of told) {
      const events = historyOf(steps).map((event) => {
        return { event, times: { happenedAtNs: second(count++) } };
      });
      if (events.length === 0) continue;
      rows.applyLive([await growing.append(channelStream(channel), events)]);
    }
    rows.flush();
    const live = kept(store);
    const report = await rows.rebuild();
    equal(kept(store), live);
    is(report.events, count);
    is(report.rows, live.rows.length);
  });
  await fc.assert(property, { seed: 20_260_314, numRuns: 40 });
});

test('puts wrong rows and snapshots right', async () => {
  const store = openSqliteStore(`${temporaryDirectory()}/rebuild.db`);
  const growing = new Growing(store);
  const rows = new LedgerRows(store, { writeAfterMs });
  rows.applyLive([await growing.append(stream, policies(0, 300))]);
  rows.flush();
  const right = kept(store);
  const wrong = <T extends KeptRow>(row: T): T => {
    return { ...row, json: row.json.replace('"feeBaseMsat":"', '"feeBaseMsat":"1') };
  };
  store.keepRows(right.rows.map(wrong), right.snapshots.map(wrong));
  const [row] = right.rows;
  if (row !== undefined) store.keepRows([], [{ ...wrong(row), position: 7, happenedAtNs: 1n }]);
  await rows.rebuild();
  equal(kept(store), right);
  await store.close();
});

test('folds a stream with late facts in logical order, with the snapshots that are right there', async () => {
  const store = new MemoryStore();
  const growing = new Growing(store);
  const rows = new LedgerRows(store, { writeAfterMs });
  await growing.append(stream, policies(0, 200));
  const late = { event: policyAt(5000), times: { happenedAtNs: second(150) + 1n } };
  await growing.append(stream, [late]);
  await growing.append(stream, policies(200, 254));
  // The 256th event recorded is not the last of them that happened.
  const another = { event: policyAt(5001), times: { happenedAtNs: second(150) + 2n } };
  await growing.append(stream, [another]);
  await growing.append(stream, policies(254, 400));
  const report = await rows.rebuild();
  equal(rows.one(channelProjection, stream)?.row, naiveRow(store, stream));
  is(report.rows, 1);
  const { snapshots } = kept(store);
  const inOrder = new MemoryStore();
  await new Growing(inOrder).append(stream, policies(0, 402));
  await rebuildRows(inOrder, new Views().all());
  // While the first 200 are read nothing is late; then up to the 255th the first events recorded are not
  // the first that happened.
  const places = kept(inOrder).snapshots.map(({ revision }) => revision);
  equal(
    snapshots.map(({ revision }) => revision),
    places.filter((revision) => revision < 200 || revision >= 255),
  );
  ok(snapshots.length >= 3);
  for (const { revision, json, position } of snapshots) {
    const expected = naiveRow(store, stream, (event) => event.revision <= revision);
    equal(channelProjection.codec.decode(JSON.parse(json)), expected);
    is(store.revisionAtPosition(stream, position), revision);
  }
});

test('says how far it is, lets other work go on, and what is recorded meanwhile is not lost', async () => {
  const store = new MemoryStore();
  const growing = new Growing(store);
  const rows = new LedgerRows(store, { writeAfterMs });
  const streams = Array.from({ length: 20 }, (_, nth) => channelStream(nth));
  for (const name of streams) {
    for (let from = 0; from < 1500; from += 500) {
      rows.applyLive([await growing.append(name, policies(from, from + 500))]);
    }
  }
  const heard: number[] = [];
  let isOver = false;
  const rebuilding = rows.rebuild((done, total) => {
    heard.push(done);
    is(total >= done, true);
  });
  const over = rebuilding.then(() => {
    isOver = true;
  });
  let from = 1500;
  while (!isOver) {
    for (const name of streams)
      rows.applyLive([await growing.append(name, policies(from, from + 1))]);
    from += 1;
    rows.flush();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await over;
  ok(from > 1500);
  ok(heard.length > 0 && heard.every((done, nth) => done >= (heard[nth - 1] ?? 0)));
  for (const { stream: name, row } of rows.all(channelProjection)) {
    equal(row, naiveRow(store, name));
  }
  rows.flush();
  equal(
    kept(store).rows.map(({ revision }) => revision),
    streams.map(() => from - 1),
  );
});

test('reads the streams one after the other where they are many, with the same result', async () => {
  const store = new MemoryStore();
  const growing = new Growing(store);
  for (let nth = 0; nth < 12; nth++) {
    await growing.append(channelStream(nth), policies(0, 140));
  }
  const late = { event: policyAt(5000), times: { happenedAtNs: second(135) + 1n } };
  await growing.append(stream, [late]);
  const views = new Views().all();
  const report = await rebuildRows(store, views);
  const atOnce = kept(store);
  const progress: number[] = [];
  const other = await rebuildRows(store, views, (done) => progress.push(done), 11);
  equal(kept(store), atOnce);
  equal([other.rows, other.events], [report.rows, report.events]);
  is(progress.at(-1), 12 * 140 + 1);
});

test('of nothing gives nothing', async () => {
  const report = await rebuildRows(new MemoryStore(), new Views().all());
  equal([report.events, report.rows], [0, 0]);
});

test.run();
