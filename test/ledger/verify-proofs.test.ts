/** What `verify` takes for the proof of a commitment or a close, and what it does not. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ChannelFact, CommitmentSeen } from '../../src/channel/observations.ts';
import { type ChannelState, newChannel } from '../../src/channel/state.ts';
import { type CommitmentData, claimOf } from '../../src/ledger/verify/commitment-claims.ts';
import { verifyLedger } from '../../src/ledger/verify/verify.ts';
import { Outpoint } from '../../src/lightning/ids.ts';
import { present } from '../lightning/fixtures.ts';
import {
  context,
  fundingOutpoint,
  published,
  seen,
  storeOf,
  told,
  unsigned,
  vector,
} from './published-commitment.ts';
import { keyringOf } from './recording.ts';

const claims = suite('what is claimed of a commitment');

const { local, remote, opener, channelType } = context;
const stateOf = (kind: 'opening' | 'splice'): ChannelState => ({
  ...newChannel,
  opener,
  channelType,
  local,
  remote,
  fundings: [{ outpoint: fundingOutpoint, capacitySat: 10_000_000n, kind, isReady: true }],
});
const data: CommitmentData = {
  side: 'local',
  number: 42,
  fundingOutpoint,
  localBalanceMsat: 7_000_000_000n,
  remoteBalanceMsat: 3_000_000_000n,
  precision: 'msat',
  feeratePerKw: 253,
  offered: [],
  received: [],
  signatures: { ...told, htlcs: [] },
  perCommitmentPoint: present(seen.perCommitmentPoint),
};

function claimed(changes: Partial<CommitmentData>, kind: 'opening' | 'splice' = 'opening') {
  const claim = claimOf({
    state: stateOf(kind),
    data: { ...data, ...changes },
    hashOf: () => ({ whyNot: 'none' }),
    isLeased: false,
    stored: undefined,
  });
  return 'whyNot' in claim ? claim.whyNot : claim.claim.rebuilding?.ownerGrossMsat;
}

claims('is its balances where these make up the capacity', () => {
  assert.is(claimed({}), 7_000_000_000n);
  for (const remoteBalanceMsat of [2_999_999_999n, 3_000_000_001n]) {
    assert.is(claimed({ remoteBalanceMsat }), 'its balances do not make up the capacity');
  }
});

claims('of a spliced funding is nothing: its keys are others than the opening’s', () => {
  assert.is(claimed({}, 'splice'), 'the funding keys of a splice are not recorded');
});

claims.run();

const proofs = suite('a commitment whose transaction is kept apart');

const { perCommitmentPoint: _, txid: __, ...pointless } = seen;
const commitment = (number: number): ChannelFact => {
  const numbered: CommitmentSeen = { ...pointless, number };
  return { type: 'CommitmentSeen', data: numbered };
};
const kept = (commitmentNumber: number, of = fundingOutpoint): ChannelFact => ({
  type: 'TransactionKept',
  data: {
    txid: published.txid,
    purpose: 'commitment',
    side: 'local',
    commitmentNumber,
    fundingOutpoint: of,
  },
  secret: { raw: unsigned },
});

async function countsOf(...facts: readonly ChannelFact[]) {
  const store = await storeOf({ facts });
  const report = await verifyLedger({ store, keyring: keyringOf(store), signatures: true });
  const { checkedAsStored, notCheckable } = present(report.channels?.[0]);
  return [checkedAsStored, notCheckable.reduce((sum, { count }) => sum + count, 0)];
}

proofs('is checked as it is kept, whichever was told first', async () => {
  assert.equal(await countsOf(commitment(42), kept(42)), [1, 0]);
  assert.equal(await countsOf(kept(42), commitment(42)), [1, 0]);
});

proofs('is no commitment of another number or funding', async () => {
  const other = Outpoint(`${'ab'.repeat(32)}:1`);
  for (const transaction of [kept(41), kept(42, other)]) {
    assert.equal(await countsOf(commitment(42), transaction), [0, 1]);
    assert.equal(await countsOf(transaction, commitment(42)), [0, 1]);
  }
});

proofs('waits for it among the newest four, and no longer', async () => {
  const numbers = [42, 43, 44, 45, 46].map(commitment);
  assert.equal(await countsOf(...numbers, kept(42)), [0, 5]);
  assert.equal(await countsOf(...numbers, kept(43)), [1, 4]);
  assert.equal(await countsOf(...numbers, kept(46)), [1, 4]);
});

proofs.run();

const closes = suite('a closing transaction');

closes('pays out no more than the capacity', async () => {
  const close: ChannelFact = {
    type: 'ChannelClosed',
    data: {
      fundingOutpoint,
      closingTxid: published.txid,
      kind: 'local-force',
      initiator: 'local',
      outputs: [],
    },
    secret: { rawTransaction: vector.commit_tx },
  };
  // Its outputs are all of the 10,000,000 sat: its feerate is 0.
  for (const [capacitySat, details] of [
    [10_000_000n, []],
    [9_999_999n, ['the closing transaction pays out more than the capacity']],
  ] as const) {
    const store = await storeOf({ facts: [close], about: { capacitySat } });
    const report = await verifyLedger({ store, keyring: keyringOf(store), signatures: true });
    const broken = report.broken.filter(({ rule }) => rule === 'close-is-as-told');
    assert.equal(
      broken.map(({ detail }) => detail),
      details,
    );
  }
});

closes.run();
