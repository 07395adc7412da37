/** Sums that a source states, as `verify` counts them. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { channelIdOfOutpoint, NodeId, Outpoint } from '../../src/lightning/ids.ts';
import type { Observation } from '../../src/observation/observation.ts';

const fundingOutpoint = Outpoint(`${'a1'.repeat(32)}:0`);

/** Opened by us with 1,000,000 sat, of which 300 went out. */
const balance = (localSat: bigint): Observation => ({
  about: 'channel',
  chain: 'regtest',
  nodeId: NodeId(`03${'bb'.repeat(32)}`),
  channelId: channelIdOfOutpoint(fundingOutpoint),
  context: {
    peerId: NodeId(`02${'aa'.repeat(32)}`),
    fundingOutpoint,
    capacitySat: 1_000_000n,
    opener: 'local',
  },
  source: 'lnd-rpc',
  happenedAtNs: 1n,
  timeBasis: 'source',
  recordedAtNs: 2n,
  evidence: 'listchannels',
  key: 'listchannels',
  fact: {
    type: 'BalanceSeen',
    data: {
      localBalanceMsat: localSat * 1000n,
      remoteBalanceMsat: (1_000_000n - localSat) * 1000n,
      precision: 'sat',
      htlcs: [],
      totals: { openingLocalMsat: 1_000_000_000n, sentMsat: 300_000n, receivedMsat: 0n },
    },
  },
});

async function verified(localSat: bigint) {
  const ledger = await openLedger(':memory:');
  const { quarantined } = await ledger.recordBatch([balance(localSat)]);
  assert.is(quarantined, 0);
  const { isSound, rules, broken } = await ledger.verify();
  await ledger.close();
  const found = rules.find(({ rule }) => rule === 'totals-explain-balance');
  return { isSound, counts: [found?.checked, found?.broken], details: broken.map((b) => b.detail) };
}

test('totals that explain the balance are counted as checked', async () => {
  assert.equal(await verified(999_700n), { isSound: true, counts: [1, 0], details: [] });
});

test('a source whose figures of one moment contradict each other is broken', async () => {
  const detail =
    'lnd-rpc: opening 1000000000 + received 0 − sent 300000 = 999700000 msat, and the local balance is 900000000 msat';
  assert.equal(await verified(900_000n), { isSound: false, counts: [1, 1], details: [detail] });
});

test.run();
