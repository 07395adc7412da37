import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ChannelId, ShortChannelId } from '../../src/lightning/ids.ts';
import { keyOf, newerThan, type Shown, withRows } from '../../src/page/channels/patched-rows.ts';
import { alice } from '../cli/views.ts';

const row = (digit: string, eventCount: number, status: Shown['status'] = 'open'): Shown => ({
  nodeId: alice,
  channelId: ChannelId(digit.repeat(64)),
  eventCount,
  status,
});
/** Asked one after another, from 1 on. */
const byKey = (...rows: readonly Shown[]) =>
  new Map(rows.map((one, nth) => [keyOf(one), { row: one, askedAt: nth + 1 }]));
const shown = (rows: readonly Shown[]) =>
  rows.map(({ channelId, eventCount }) => `${channelId.slice(0, 1)} ${eventCount}`);

test('a list that was made before an event does not take the row back that was asked after it', () => {
  const kept = newerThan([row('a', 5), row('b', 9)], byKey(row('a', 6), row('b', 9)));
  assert.equal([...kept.values()], [{ row: row('a', 6), askedAt: 1 }]);
  assert.equal(shown(withRows([row('a', 5), row('b', 9)], kept)), ['a 6', 'b 9']);
});

test('a list that was made after an event is shown as it is', () => {
  const kept = newerThan([row('a', 7)], byKey(row('a', 6)));
  assert.equal(shown(withRows([row('a', 7)], kept)), ['a 7']);
});

test('what a reorganisation took from a channel is gone from its row', () => {
  const confirmed = { ...row('a', 5), shortChannelId: ShortChannelId('500x1x0') };
  const unconfirmed: Shown & Partial<typeof confirmed> = row('a', 6);
  const key = keyOf(unconfirmed);
  const rows = withRows<typeof unconfirmed>(
    [confirmed],
    new Map([[key, { row: unconfirmed, askedAt: 1 }]]),
  );
  assert.equal(rows, [row('a', 6)]);
});

test('what is no event of the channel is shown as it was asked for last', () => {
  const rows = byKey(row('a', 5), row('b', 9));
  const kept = newerThan([row('a', 5), row('b', 9)], rows, 1.5);
  assert.equal([...kept.values()], [{ row: row('b', 9), askedAt: 2 }]);
});

test('a channel opened since is there, and one closed since is not', () => {
  const rows = byKey(row('c', 1), row('a', 6, 'closed'));
  const listed = [row('a', 5), row('b', 9)];
  assert.equal(shown(withRows(listed, newerThan(listed, rows))), ['b 9', 'c 1']);
});

test.run();
