/** An event is asked about only where it may change what is shown, and everywhere where it may. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Told } from '../../src/page/live/told.ts';
import { touchesAny, touchesOf } from '../../src/page/live/touches.ts';
import { alice, bob, carol } from '../cli/views.ts';

const [ours, another] = ['1f'.repeat(32), '2e'.repeat(32)];
const channel = {
  nodeId: alice,
  channelId: ours,
  peerId: bob,
  shortChannelIds: ['103x1x0', '16000000x1x1'],
};

const told = (stream: string, type: string, ends?: readonly string[]): Told => ({
  ...{ stream, type, eventId: 'e1' },
  ...(ends && { ends }),
});
const touches = (...one: Parameters<typeof told>) => touchesOf(told(...one))(channel);

test('what a source tells of a channel is of that channel of that node alone', () => {
  assert.is(touches(`channel-${alice}.${ours}.ldk`, 'HtlcAdded'), true);
  assert.is(touches(`channel-${alice}.${another}.ldk`, 'HtlcAdded'), false);
  assert.is(touches(`channel-${bob}.${ours}.ldk`, 'HtlcAdded'), false);
});

test('what is told of a peer is of the channels with it, and of those whose peer nobody told', () => {
  assert.is(touches(`peer-${alice}.${bob}.ldk`, 'PeerRenamed'), true);
  assert.is(touches(`peer-${alice}.${carol}.ldk`, 'PeerRenamed'), false);
  assert.is(touches(`peer-${carol}.${bob}.ldk`, 'PeerRenamed'), false);
  const { peerId: _, ...untold } = channel;
  assert.is(touchesOf(told(`peer-${alice}.${carol}.ldk`, 'PeerRenamed'))(untold), true);
});

test('gossip is of the channels that go by its short id', () => {
  assert.is(touches('gossip-bitcoin.103x1x0', 'PolicyAnnounced'), true);
  assert.is(touches('gossip-bitcoin.104x1x0', 'PolicyAnnounced'), false);
});

test('a forward is of the channels that it names, or of all of its node where it names none', () => {
  const node = `node-regtest.${alice}.ldk`;
  assert.is(touches(node, 'PaymentForwarded', [another, ours]), true);
  assert.is(touches(node, 'PaymentForwarded', ['16000000x1x1']), true);
  assert.is(touches(node, 'PaymentForwarded', [another]), false);
  assert.is(touches(node, 'PaymentForwarded', []), true);
  assert.is(touches(`node-regtest.${carol}.ldk`, 'PaymentForwarded', []), false);
});

test('what a node pays and is paid is in no row; what else it says of itself may be', () => {
  const node = `node-regtest.${alice}.ldk`;
  for (const type of ['PaymentSent', 'PaymentFailed', 'PaymentReceived', 'FeerateEstimated']) {
    assert.is(touches(node, type), false, type);
  }
  assert.is(touches(node, 'ListRead'), true);
  assert.is(touches(`node-regtest.${bob}.ldk`, 'RecordingStarted'), true);
});

test('of several events one that touches is enough', () => {
  const own = told(`channel-${alice}.${ours}.ldk`, 'HtlcAdded');
  const other = told(`channel-${alice}.${another}.ldk`, 'HtlcAdded');
  assert.is(touchesAny([other, own], channel), true);
  assert.is(touchesAny([other], channel), false);
  assert.is(touchesAny([], channel), false);
});

test.run();
