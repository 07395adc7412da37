/** Which streams belong to a peer, while that becomes known. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { wantedStreams } from '../../src/http/event-filter.ts';
import type { ServedLedger } from '../../src/http/served-ledger.ts';
import { demoLedger } from './served.ts';

const ledger = await demoLedger('filter');
test.after(() => ledger.close());
const [row] = ledger.channels();
assert.ok(row?.peerId);
const { peerId, nodeId, channelId } = row;
const stream = ledger.store
  .streamNames('channel-')
  .find((name) => name.includes(nodeId) && name.includes(channelId));
assert.ok(stream);

test('whose a channel is may be told after its first event, and is asked until then', () => {
  const { peerId: _unknown, ...unknown } = row;
  const rows = [unknown, unknown, row];
  let asked = 0;
  const served: ServedLedger = Object.create(ledger, {
    channel: {
      value() {
        asked += 1;
        return rows[asked - 1];
      },
    },
  });
  const isWanted = wantedStreams(served, { peer: peerId });
  assert.equal(
    [1, 2, 3, 4].map(() => isWanted(stream)),
    [false, false, true, true],
  );
  assert.is(asked, 3);
});

test.run();
