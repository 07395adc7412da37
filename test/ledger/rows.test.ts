import type { Static } from 'typebox';
import { suite } from 'uvu';
import { equal, instance, is, match, ok, throws } from 'uvu/assert';
import { channelProjection } from '../../projections/channel.ts';
import { peerProjection } from '../../projections/peer.ts';
import type { Projection } from '../../projections/projection.ts';
import { RowFields } from '../../projections/row-fields.ts';
import type { ChannelEvent } from '../../src/channel/events.ts';
import { LedgerRows } from '../../src/ledger/rows.ts';
import { SnapshotPlaces } from '../../src/ledger/snapshots.ts';
import { codecOf } from '../../src/schema/codec.ts';
import { Count, Maybe, Msat, Time } from '../../src/schema/fields.ts';
import { StoreError } from '../../src/store/event-store.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { temporaryDirectory } from '../store/sample-events.ts';
import { storedForm } from '../stored-form.ts';
import { channelStream, Growing, naiveRow, policies, policyAt, second } from './growing.ts';
import { recorded, rowOf, stream, writeAfterMs } from './live-rows.ts';

const test = suite('rows');

test('are there as soon as their events are, before anything is written', async () => {
  const { store, rows } = await recorded(10);
  is(store.keptRow('channel', stream), undefined);
  equal(rows.all(channelProjection), [{ stream, row: naiveRow(store, stream), revision: 9 }]);
});

test('of a stream that does not exist are none', async () => {
  const { rows } = await recorded(1);
  is(rows.one(channelProjection, channelStream(9)), undefined);
  equal(rows.all(peerProjection), []);
});

test('are not folded by a projection for streams that do not hold its events', async () => {
  const { rows } = await recorded(1);
  const misplaced = { ...channelProjection, name: 'misplaced', category: 'peer' };
  throws(() => rows.all(misplaced), 'peer streams hold no ChannelOpened');
});

test('once handed out never change', async () => {
  const { rows, growing } = await recorded(10);
  const before = rowOf(rows);
  const copy = structuredClone(before);
  rows.applyLive([await growing.append(stream, policies(10, 20))]);
  equal(before, copy);
  is(rowOf(rows)?.eventCount, 20);
});

test('are written when asked to, with a snapshot every 48 events', async () => {
  const { store, rows } = await recorded(300);
  rows.flush();
  is(store.keptRow('channel', stream)?.revision, 299);
  const snapshots = [...store.keptSnapshots('channel')];
  const [first] = snapshots;
  const begin = first?.revision ?? -1;
  ok(begin >= 31 && begin < 79);
  equal(
    snapshots.map(({ revision, position, happenedAtNs }) => [revision, position, happenedAtNs]),
    [0, 1, 2, 3, 4, 5]
      .map((nth) => begin + nth * 48)
      .filter((revision) => revision < 300)
      .map((revision) => [revision, revision + 1, second(revision)]),
  );
  const expected = naiveRow(store, stream, (event) => event.revision <= begin);
  equal(channelProjection.codec.decode(JSON.parse(first?.json ?? '')), expected);
});

test('are written on closing, and after a while without being asked', async () => {
  const { store, rows } = await recorded(10);
  rows.close();
  is(store.keptRow('channel', stream)?.revision, 9);
  const other = await recorded(10, { writeAfterMs: 1 });
  await new Promise((resolve) => setTimeout(resolve, 50));
  is(other.store.keptRow('channel', stream)?.revision, 9);
});

/** A disk without room for rows. */
class FullStore extends MemoryStore {
  override keepRows(): never {
    throw new StoreError('the disk is full');
  }
}

test('that cannot be written are kept in memory, and no reason to fail until one insists', async () => {
  const store = new FullStore();
  const rows = new LedgerRows(store, { writeAfterMs: 1 });
  rows.applyLive([await new Growing(store).append(stream, policies(0, 200))]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  equal(rowOf(rows), naiveRow(store, stream));
  throws(() => rows.flush(), 'the disk is full');
  rows.close();
});

test('of a reader that may not write are never written', async () => {
  const { store, rows } = await recorded(300, { isReadonly: true });
  is(rowOf(rows)?.eventCount, 300);
  rows.close();
  is(store.keptRow('channel', stream), undefined);
  equal([...store.keptSnapshots('channel')], []);
});

test('take a late fact at its place, and what follows it too', async () => {
  const { store, rows, growing } = await recorded(10);
  const late = { event: policyAt(1000), times: { happenedAtNs: second(3) + 1n } };
  rows.applyLive([await growing.append(stream, [late])]);
  equal(rowOf(rows), naiveRow(store, stream));
  rows.applyLive([await growing.append(stream, policies(20, 30))]);
  equal(rowOf(rows), naiveRow(store, stream));
  rows.applyLive([await growing.append(stream, [late, ...policies(40, 41)])]);
  rows.applyLive([await growing.append(stream, policies(41, 42))]);
  equal(rowOf(rows), naiveRow(store, stream));
  rows.close();
  equal(rowOf(new LedgerRows(store)), naiveRow(store, stream));
});

test('that another process knows better are let go of, and read again', async () => {
  const path = `${temporaryDirectory()}/two.db`;
  const [here, there] = [openSqliteStore(path), openSqliteStore(path)];
  const growing = new Growing(here);
  const [slow, fast] = [here, there].map((store) => new LedgerRows(store, { writeAfterMs }));
  if (slow === undefined || fast === undefined) return;
  slow.applyLive([await growing.append(stream, policies(0, 10))]);
  await growing.append(stream, policies(10, 20));
  is(rowOf(fast)?.eventCount, 20);
  fast.flush();
  slow.flush();
  is(here.keptRow('channel', stream)?.revision, 19);
  equal(rowOf(slow), naiveRow(here, stream));
  slow.close();
  fast.close();
  await here.close();
  await there.close();
});

test('stay right when there is room for hardly any of them', async () => {
  const store = new MemoryStore();
  const growing = new Growing(store);
  const rows = new LedgerRows(store, { cacheBytes: 20_000, writeAfterMs });
  const streams = Array.from({ length: 30 }, (_, nth) => channelStream(nth));
  for (let round = 0; round < 10; round++) {
    for (const name of streams) {
      rows.applyLive([await growing.append(name, policies(round * 9, round * 9 + 9))]);
    }
    if (round % 3 === 0) rows.flush();
  }
  is(rows.all(channelProjection).length, 30);
  for (const { row, stream: name } of rows.all(channelProjection)) {
    equal(row, naiveRow(store, name));
  }
});

test('pass over types they do not know, and stop at what a newer reader must read', async () => {
  const { store, rows, growing } = await recorded(3);
  const [known] = policies(3, 4);
  if (known === undefined) return;
  const stored = storedForm(stream, known.event, 'new', known.times);
  const unknown = { ...stored, type: 'SomethingNew', data: '{"what":{"is":"this"}}' };
  rows.applyLive([await growing.appendStored(stream, [unknown])]);
  is(rowOf(rows)?.eventCount, 4);
  is(rowOf(rows)?.lastEventAt, JSON.parse(stored.metadata).happenedAt);
  equal(rowOf(rows), naiveRow(store, stream));
  const metadata = stored.metadata.replace('"minReader":1', '"minReader":2');
  const id = stored.id.replace(/^..../, '0000');
  await growing.appendStored(stream, [{ ...stored, id, metadata }]);
  throws(
    () => rowOf(rows),
    (error: unknown) => {
      instance(error, StoreError);
      match((error as StoreError).message, 'upgrade to read it');
      return true;
    },
  );
});

test('of a stream with a hostile name are folded and never kept', async () => {
  const store = new MemoryStore();
  const rows = new LedgerRows(store, { writeAfterMs });
  const hostile = 'channel-no node.no channel.ldk';
  rows.applyLive([await new Growing(store).append(hostile, policies(0, 200))]);
  is(rows.all(channelProjection)[0]?.row.eventCount, 200);
  rows.close();
  is(store.keptRow('channel', hostile), undefined);
});

test("of a projection of the user's own are kept up from its first question on", async () => {
  const Row = RowFields({ eventCount: Count, lastEventAt: Maybe(Time), feeBaseMsat: Msat });
  const { store, rows, growing } = await recorded(10);
  const projection: Projection<Static<typeof Row>, ChannelEvent> = {
    name: 'sum-of-fees',
    version: 1,
    category: 'channel',
    codec: codecOf('sum of fees', Row),
    initial: () => ({ eventCount: 0, feeBaseMsat: 0n }),
    on: {
      FeePolicyChanged(row, { data }) {
        row.feeBaseMsat += data.feeBaseMsat;
      },
    },
  };
  is(rows.one(projection, stream)?.row.feeBaseMsat, 45n);
  rows.applyLive([await growing.append(stream, policies(10, 11))]);
  is(rows.one(projection, stream)?.row.feeBaseMsat, 55n);
  rows.close();
  match(store.keptRow('sum-of-fees', stream)?.json ?? '', '"feeBaseMsat":"55"');
});

/** At how many events of 4,096 a row has a snapshot whose text is about so long. */
function counted(name: string, characters: number): readonly number[] {
  const places = new SnapshotPlaces(name);
  const counts = Array.from({ length: 4096 }, (_, nth) => nth + 1);
  return counts.filter((eventCount) => places.isDue({ eventCount }, () => characters));
}

test('that are large get snapshots more rarely, in proportion', () => {
  const gaps = (characters: number) => {
    const places = counted(stream, characters);
    return new Set(places.slice(1).map((place, nth) => place - (places[nth] ?? 0)));
  };
  equal([...gaps(3000)], [48]);
  equal([...gaps(6000)], [96]);
  equal([...gaps(6200)], [192]);
  equal([...gaps(20_000)], [384]);
});

test('of streams that grow alike have their snapshots at different events', () => {
  const firsts = Array.from({ length: 640 }, (_, nth) => counted(channelStream(nth), 100)[0] ?? 0);
  ok(firsts.every((first) => first >= 32 && first < 80));
  const byFirst = Map.groupBy(firsts, (first) => first);
  // Thirteen of each on average.
  is(byFirst.size, 48);
  ok([...byFirst.values()].every(({ length }) => length < 35));
});

test.run();
