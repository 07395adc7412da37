import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namedIn, touchesDossier } from '../../src/page/closed/dossier-touched.ts';

const [us, peer, stranger] = ['02', '03', '04'].map((two) => two.repeat(33));
const [closedId, otherId, thirdId] = ['11', '22', '33'].map((two) => two.repeat(32));
const closed = {
  nodeId: us ?? '',
  channelId: closedId ?? '',
  ...(peer && { peerId: peer }),
  shortChannelIds: ['100x1x0'],
};
const named = namedIn([{ text: `forwarded to ${otherId}, its HTLC 7` }, { text: 'none' }]);

const touched = (stream: string, type: string) =>
  touchesDossier({ stream, type, eventId: 'an-event' }, closed, named);

test('a dossier is asked for again by what it tells of', () => {
  assert.ok(touched(`channel-${us}.${closedId}.ldk`, 'OutputResolved'));
  assert.ok(touched(`channel-${us}.${otherId}.ldk`, 'HtlcSettled'));
  assert.ok(touched(`peer-${us}.${peer}.ldk`, 'PeerMessage'));
  assert.ok(touched('gossip-regtest.100x1x0', 'PublicFeePolicyChanged'));
  assert.ok(touched(`node-regtest.${us}.ldk`, 'FeerateEstimated'));
});

test('and by nothing else that its node does', () => {
  assert.not(touched(`channel-${us}.${thirdId}.ldk`, 'CommitmentUpdated'));
  assert.not(touched(`channel-${peer}.${otherId}.ldk`, 'HtlcSettled'));
  assert.not(touched(`peer-${us}.${stranger}.ldk`, 'PeerConnected'));
  assert.not(touched('gossip-regtest.100x2x0', 'PublicFeePolicyChanged'));
  for (const type of ['PaymentForwarded', 'PaymentSent', 'BestBlockChanged']) {
    assert.not(touched(`node-regtest.${us}.ldk`, type));
  }
  assert.not(touched(`node-regtest.${peer}.ldk`, 'FeerateEstimated'));
});

test.run();
