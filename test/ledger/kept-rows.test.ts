import { suite } from 'uvu';
import { equal, is, ok } from 'uvu/assert';
import { channelProjection } from '../../projections/channel.ts';
import { LedgerRows } from '../../src/ledger/rows.ts';
import type { KeptRow } from '../../src/store/event-store.ts';
import { naiveRow, policies } from './growing.ts';
import { recorded, rowOf, stream, writeAfterMs } from './live-rows.ts';

const test = suite('kept rows');

test('that are kept but behind are caught up from the events', async () => {
  const { store, rows, growing } = await recorded(10);
  rows.close();
  await growing.append(stream, policies(10, 400));
  const reader = new LedgerRows(store, { writeAfterMs });
  equal(rowOf(reader), naiveRow(store, stream));
  reader.close();
  is(store.keptRow('channel', stream)?.revision, 399);
  const [first = -1, ...others] = [...store.keptSnapshots('channel')].map((kept) => kept.revision);
  ok(first >= 31 && first < 79);
  equal(
    others,
    Array.from(others, (_, nth) => first + (nth + 1) * 48),
  );
  is(others.length, Math.floor((399 - first) / 48));
});

test('that are hot but behind, because another process wrote, are caught up too', async () => {
  const { store, rows, growing } = await recorded(10);
  await growing.append(stream, policies(10, 20));
  equal(rowOf(rows), naiveRow(store, stream));
  await growing.append(stream, policies(20, 30));
  rows.applyLive([await growing.append(stream, policies(30, 40))]);
  equal(rowOf(rows), naiveRow(store, stream));
});

test('that know an append already do not take it twice', async () => {
  const { store, rows, growing } = await recorded(10);
  const appended = await growing.append(stream, policies(10, 20));
  is(rowOf(rows)?.eventCount, 20);
  rows.applyLive([appended]);
  equal(rowOf(rows), naiveRow(store, stream));
});

test('that know the first events of an append take the rest of it', async () => {
  const { store, rows, growing } = await recorded(10);
  const first = await growing.append(stream, policies(10, 15));
  is(rowOf(rows)?.eventCount, 15);
  const second = await growing.append(stream, policies(15, 20));
  rows.applyLive([{ ...second, firstRevision: 10, events: [...first.events, ...second.events] }]);
  equal(rowOf(rows), naiveRow(store, stream));
});

const damages: readonly (readonly [string, (kept: KeptRow) => KeptRow])[] = [
  ['torn', (kept) => ({ ...kept, json: kept.json.slice(0, -20) })],
  ['of another version', (kept) => ({ ...kept, version: 99, json: '{"is":"another form"}' })],
  ['of another shape', (kept) => ({ ...kept, json: kept.json.replace('"htlcs":[]', '"htlcs":7') })],
  [
    'not of its revision',
    (kept) => ({ ...kept, json: kept.json.replace('"eventCount":10', '"eventCount":9') }),
  ],
  [
    'no number where one belongs',
    (kept) => ({ ...kept, json: kept.json.replace('"sentMsat":"0"', '"sentMsat":"x"') }),
  ],
];
for (const [what, damage] of damages) {
  test(`that are ${what} are refolded`, async () => {
    const { store, rows } = await recorded(10);
    rows.close();
    const kept = store.keptRow('channel', stream);
    if (kept === undefined) throw new Error('no row was kept');
    store.forgetRows(['channel']);
    store.keepRows([damage(kept)], []);
    const reader = new LedgerRows(store, { writeAfterMs });
    equal(rowOf(reader), naiveRow(store, stream));
    reader.close();
    is(store.keptRow('channel', stream)?.json, kept.json);
  });
}

test('that know more than there is are forgotten and refolded', async () => {
  const { store, rows } = await recorded(10);
  rows.close();
  const kept = store.keptRow('channel', stream);
  if (kept === undefined) throw new Error('no row was kept');
  const json = kept.json.replace('"eventCount":10', '"eventCount":13');
  store.keepRows([{ ...kept, revision: 12, json }], []);
  const reader = new LedgerRows(store, { writeAfterMs });
  equal(rowOf(reader), naiveRow(store, stream));
  reader.close();
  is(store.keptRow('channel', stream)?.revision, 9);
});

test('with a torn snapshot below them are folded from the one before', async () => {
  const { store, rows } = await recorded(300);
  rows.close();
  const torn = store.snapshotAt('channel', stream, 299);
  if (torn === undefined) throw new Error('no snapshot was kept');
  store.keepRows([], [{ ...torn, json: '{' }]);
  const at = { kind: 'revision', revision: 280 } as const;
  const folded = new LedgerRows(store).one(channelProjection, stream, { at });
  equal(
    folded?.row,
    naiveRow(store, stream, (event) => event.revision <= 280),
  );
});

test.run();
