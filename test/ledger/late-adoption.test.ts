/** A channel that no teller saw open, told by copies of records in any order. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChannelFact } from '../../src/channel/observations.ts';
import { verifyLedger } from '../../src/ledger/verify/verify.ts';
import { Views } from '../../src/ledger/views.ts';
import { ChannelId, NodeId, Outpoint, Txid } from '../../src/lightning/ids.ts';
import type { Observation } from '../../src/observation/observation.ts';
import { MemoryStore } from '../../src/store/memory.ts';
import { keyringOf, recorderOf, typesOf } from './recording.ts';

const fundingOutpoint = Outpoint(`${'22'.repeat(32)}:0`);
const HOUR_NS = 3_600_000_000_000n;

function told(
  hour: bigint,
  fact: ChannelFact,
  timeBasis: Observation['timeBasis'] = 'source',
): Observation {
  return {
    chain: 'regtest',
    nodeId: NodeId(`02${'b1'.repeat(32)}`),
    source: 'lnd-rpc',
    happenedAtNs: hour * HOUR_NS,
    timeBasis,
    recordedAtNs: 1_000n * HOUR_NS,
    evidence: 'a copy',
    key: `${fact.type}/${hour}`,
    about: 'channel',
    channelId: ChannelId('11'.repeat(32)),
    context: { fundingOutpoint, capacitySat: 1_000n, opener: 'local' },
    fact,
  };
}

const balance = (hour: bigint, localBalanceMsat: bigint) => {
  const remoteBalanceMsat = 1_000_000n - localBalanceMsat;
  const balances = { localBalanceMsat, remoteBalanceMsat, precision: 'sat' } as const;
  return told(hour, { type: 'BalanceSeen', data: { ...balances, htlcs: [] } });
};
const closed = (hour: bigint, timeBasis: Observation['timeBasis']) => {
  const closingTxid = Txid('33'.repeat(32));
  const close = { closingTxid, kind: 'cooperative', initiator: 'both' } as const;
  return told(hour, { type: 'ChannelClosed', data: { ...close, outputs: [] } }, timeBasis);
};

async function after(...imports: readonly (readonly Observation[])[]) {
  const store = new MemoryStore();
  const keyring = keyringOf(store);
  const recorder = recorderOf(store, keyring);
  const reports = [];
  for (const observations of imports) reports.push(await recorder.record(observations));
  const { isSound } = await verifyLedger({ store, keyring, views: new Views().all() });
  return { types: await typesOf(store), isSound, last: reports.at(-1) };
}

test('an older copy that is imported later brings the adoption it needs', async () => {
  const { types, isSound, last } = await after([balance(100n, 500_000n)], [balance(50n, 300_000n)]);
  assert.equal(types, [
    'channel ChannelAdopted',
    'channel BalanceObserved',
    'channel ChannelAdopted',
    'channel BalanceObserved',
  ]);
  assert.ok(isSound);
  assert.is(last?.quarantined, 0);
});

test('told again it is known, in any order', async () => {
  const [older, newer] = [balance(50n, 300_000n), balance(100n, 500_000n)];
  const { types, last } = await after([newer], [older], [newer, older], [older]);
  assert.is(types.length, 4);
  assert.equal([last?.events, last?.known], [0, 1]);
});

for (const [when, hour] of [
  ['earlier', 80n],
  ['later', 120n],
] as const) {
  test(`a close whose time was placed is the same fact where a better copy places it ${when}`, async () => {
    for (const timeBasis of ['interpolated', 'source'] as const) {
      const first = [balance(50n, 300_000n), closed(100n, 'interpolated')];
      const { types, isSound, last } = await after(first, [closed(hour, timeBasis)]);
      assert.is(types.filter((type) => type === 'channel ChannelClosed').length, 1, timeBasis);
      assert.equal([last?.known, last?.quarantined], [1, 0], timeBasis);
      assert.ok(isSound);
    }
  });
}

test.run();
