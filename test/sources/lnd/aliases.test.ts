/** A channel that was used before its funding was confirmed: lnd's lists call it by an alias. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { channel, funding, info, nodeId, peerId } from './answers.ts';
import { emptyLedger, fileOf, importInto } from './importing.ts';

/** lnd's aliases begin at block 16,000,000 (lnd, `aliasmgr`: startingBlockHeight). */
const alias = String((16_000_005n << 40n) | (1n << 16n) | 3n);
const policy = {
  time_lock_delta: 40,
  fee_base_msat: '1000',
  fee_rate_milli_msat: '1',
  last_update: 1_631_000_000,
};
const edge = {
  channel_id: alias,
  chan_point: funding,
  node1_pub: nodeId,
  node2_pub: peerId,
  capacity: '1000000',
  node1_policy: policy,
  node2_policy: null,
};
const graph = { ...info, edges: [edge] };
const confirmed = String((700_000n << 40n) | (5n << 16n) | 1n);
const listed = { ...channel, chan_id: alias, zero_conf: true, zero_conf_confirmed_scid: confirmed };
const list = { ...info, channels: [listed] };

async function shownAfter(...answers: readonly object[]) {
  const ledger = await emptyLedger();
  for (const answer of answers)
    await importInto(ledger, [fileOf('a.json', JSON.stringify(answer))]);
  const channels = ledger.channels().map(({ shortChannelId, opener }) => [shortChannelId, opener]);
  await ledger.close();
  return channels;
}

test('an alias is no place in the chain, whichever list is imported first', async () => {
  assert.equal(await shownAfter(list, graph), [['700000x5x1', 'local']]);
  const [[shortId] = []] = await shownAfter(graph, list);
  assert.is.not(shortId, '16000005x1x3');
});

test('what a list says of a channel holds from its first policy on, which is older', async () => {
  assert.equal(await shownAfter({ ...graph, ...list }), [['700000x5x1', 'local']]);
});

test('a channel that only the graph names by an alias has no place yet', async () => {
  assert.equal(await shownAfter(graph), [[undefined, undefined]]);
});

test.run();
