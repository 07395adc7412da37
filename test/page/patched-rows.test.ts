import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ListedChannel } from '../../src/page/api/json.ts';
import { newerThan, withRows } from '../../src/page/channels/patched-rows.ts';

const row = (channelId: string, eventCount: number, status = 'open') =>
  ({ nodeId: 'us', channelId, eventCount, status }) as unknown as ListedChannel;
const byKey = (...rows: readonly ListedChannel[]) =>
  new Map(rows.map((one) => [`us.${one.channelId}`, one]));
const shown = (rows: readonly ListedChannel[]) =>
  rows.map(({ channelId, eventCount }) => `${channelId} ${eventCount}`);

test('a list that was made before an event does not take the row back that was asked after it', () => {
  const kept = newerThan([row('a', 5), row('b', 9)], byKey(row('a', 6), row('b', 9)));
  assert.equal([...kept.keys()], ['us.a']);
  assert.equal(shown(withRows([row('a', 5), row('b', 9)], kept)), ['a 6', 'b 9']);
});

test('a list that was made after an event is shown as it is', () => {
  const kept = newerThan([row('a', 7)], byKey(row('a', 6)));
  assert.equal(shown(withRows([row('a', 7)], kept)), ['a 7']);
});

test('a channel opened since is there, and one closed since is not', () => {
  const rows = byKey(row('new', 1), row('a', 6, 'closed'));
  const listed = [row('a', 5), row('b', 9)];
  assert.equal(shown(withRows(listed, newerThan(listed, rows))), ['b 9', 'new 1']);
});

test.run();
