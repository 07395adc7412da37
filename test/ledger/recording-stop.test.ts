/** The last word of a live recorder: at which height it stopped listening. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MEMORY, openLedger } from '../../src/ledger/open-ledger.ts';
import { ChannelId, NodeId } from '../../src/lightning/ids.ts';
import type { Observation } from '../../src/observation/observation.ts';

const nodeId = NodeId(`02${'aa'.repeat(32)}`);
const node = { nodeId, chain: 'regtest', source: 'ldk', recorder: 'a test' };
const block: Observation = {
  about: 'node',
  chain: 'regtest',
  nodeId,
  source: 'ldk',
  happenedAtNs: 1_773_500_000_000_000_000n,
  timeBasis: 'recorded',
  recordedAtNs: 1_773_500_000_000_000_000n,
  evidence: 'block/1',
  key: '1',
  fact: { type: 'BestBlockChanged', data: { height: 243, blockHash: '22'.repeat(32) } },
};

async function stopAfter(observations: readonly Observation[]) {
  const ledger = await openLedger(MEMORY, { create: true });
  const recording = await ledger.beginRecording(node);
  await ledger.recordBatch(observations);
  await recording.stop('asked to');
  const stopped: { readonly blockHeight?: number; readonly evidence?: string }[] = [];
  for await (const line of ledger.exportNdjson()) {
    const { type, metadata } = JSON.parse(line);
    if (type === 'RecordingStopped') stopped.push(metadata);
  }
  await ledger.close();
  return stopped.map(({ blockHeight, evidence }) => ({ blockHeight, evidence }));
}

test('the end of a recording says the height that was seen last', async () => {
  const evidence = 'recorder/a test';
  assert.equal(await stopAfter([block]), [{ blockHeight: 243, evidence }]);
});

test('where no block was seen it says no height', async () => {
  const evidence = 'recorder/a test';
  assert.equal(await stopAfter([]), [{ blockHeight: undefined, evidence }]);
});

test('a recorder whose records tell their past begins without a gap', async () => {
  const ledger = await openLedger(MEMORY, { create: true });
  const channelId = ChannelId('11'.repeat(32));
  const fact = { type: 'CloseStarted', data: { by: 'local', reason: 'asked to' } } as const;
  const { about: _, fact: _block, ...header } = block;
  await ledger.recordBatch([block, { ...header, about: 'channel', channelId, fact }]);
  assert.is((await ledger.beginRecording({ ...node, tellsItsPast: true })).gaps, 0);
  assert.is((await ledger.beginRecording(node)).gaps, 1);
  await ledger.close();
});

test.run();
