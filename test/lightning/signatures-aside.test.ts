import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseChannelAnnouncement } from '../../src/lightning/gossip.ts';
import {
  isSignedByNodeAside,
  verifyChannelAnnouncement,
  verifyChannelAnnouncementAside,
} from '../../src/lightning/gossip-signatures.ts';
import { NodeId } from '../../src/lightning/ids.ts';
import { isSignedBy, isSignedByAside } from '../../src/lightning/signatures.ts';
import { gossipMessages, hex, typeOf } from './fixtures.ts';

const announcements = gossipMessages('gossip/regtest-mesh-3x3.gossip_store.gz').filter(
  (message) => typeOf(message) === 256,
);
const edges = ['00'.repeat(32), 'ff'.repeat(32), `${'00'.repeat(31)}01`];

test('a signature checked aside has the same answer, and hostile ones throw nothing', async () => {
  const message = new TextEncoder().encode('one message');
  const keys = ['', `02${'00'.repeat(32)}`, `02${'79'.repeat(32)}`, `04${'11'.repeat(32)}`, '02'];
  for (const key of keys.map(hex)) {
    for (const signature of edges.flatMap((r) => edges.map((s) => hex(r + s)))) {
      assert.is(
        await isSignedByAside(signature, message, key),
        isSignedBy(signature, message, key),
      );
    }
    assert.is(await isSignedByAside(hex('11'), message, key), false);
  }
});

test('many announcements at a time are each told right', async () => {
  assert.is(announcements.length, 12);
  const damaged = announcements.map((message, nth) => {
    const copy = Uint8Array.from(message);
    const place = 2 + 64 * (nth % 5) + 7;
    copy[place] = (copy[place] ?? 0) ^ 1;
    return copy;
  });
  const all = [...announcements, ...damaged];
  const checks = await Promise.all(all.map((message) => verifyChannelAnnouncementAside(message)));
  assert.equal(checks, all.map(verifyChannelAnnouncement));
  assert.is(checks.filter(({ isValid }) => isValid).length, 12);
});

test('a node that did not sign a message is told so', async () => {
  const [message = new Uint8Array(0)] = announcements;
  const { nodeSignature1, nodeId1, nodeId2 } = parseChannelAnnouncement(message);
  assert.is(await isSignedByNodeAside(message, nodeSignature1, nodeId1), true);
  assert.is(await isSignedByNodeAside(message, nodeSignature1, nodeId2), false);
  assert.is(
    await isSignedByNodeAside(message, nodeSignature1, NodeId(`02${'00'.repeat(32)}`)),
    false,
  );
});

test.run();
