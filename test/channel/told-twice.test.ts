/** What one observation says twice is said once, and counted once; said otherwise it contradicts. */
import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import { ruleUses } from '../../src/channel/checkable.ts';
import type { ChannelDraft } from '../../src/channel/events.ts';
import type { ChannelFact } from '../../src/channel/observations.ts';
import { commitment, given, htlc, opened, stateAfter } from './given.ts';

const removed = suite('an HTLC that a commitment tells twice to be gone');
const snapshot = suite('an HTLC that a snapshot holds twice');

const offer = htlc('offered', 0, 50_000_000n);
const held: readonly ChannelFact[] = [
  opened,
  commitment('remote', 1, { htlcs: [offer] }),
  commitment('local', 1, { htlcs: [offer] }),
];
const settled = { id: 0, direction: 'offered', outcome: 'settled' } as const;
const preimage = '07'.repeat(32);
const after = (number: number, localBalanceMsat: bigint): ChannelDraft => {
  const balances = { localBalanceMsat, remoteBalanceMsat: 1_000_000_000n - localBalanceMsat };
  const { fundingOutpoint } = opened.data;
  const told = { side: 'local', number, fundingOutpoint, feeratePerKw: 253 };
  const data = { ...told, ...balances, precision: 'msat', offered: [], received: [] };
  return { type: 'CommitmentUpdated', data } as ChannelDraft;
};

removed('is settled once, with whatever either says of it', () => {
  given(held)
    .when(commitment('local', 2, { removed: [settled, { ...settled, preimage }] }))
    .then([
      {
        type: 'HtlcSettled',
        data: { id: 0, direction: 'offered', amountMsat: 50_000_000n, isOnChain: false },
        secret: { preimage },
      },
      after(2, 750_000_000n),
    ]);
});

removed('is settled once after a gap too', () => {
  const gone = commitment('remote', 4, {
    removed: [settled, settled],
    stated: { localSat: 749_817n, remoteSat: 250_000n },
  });
  // Only the commitment that was missed held it on that side.
  const state = stateAfter([opened, commitment('local', 1, { htlcs: [offer] }), gone]);
  equal(state.fundings[0]?.remote?.localBalanceMsat, 750_000_000n);
});

removed('contradicts where it ended in two ways', () => {
  given(held)
    .when(commitment('local', 2, { removed: [settled, { ...settled, outcome: 'failed' }] }))
    .thenRefused('fact-restated', 'offered HTLC 0 is told to have ended in two ways');
});

const balances = {
  localBalanceMsat: 750_000_000n,
  remoteBalanceMsat: 200_000_000n,
  precision: 'sat',
} as const;
const seen = (htlcs: readonly (typeof offer)[]): ChannelFact => {
  return { type: 'BalanceSeen', data: { ...balances, htlcs: [...htlcs] } };
};

snapshot('contradicts: counted twice, it would explain what nothing does', () => {
  given([opened])
    .when(seen([offer, offer]))
    .thenRefused('balance-moves-by-htlcs', 'the snapshot holds offered HTLC 0 twice');
  const data = { ...balances, htlcs: [offer, offer], unexplainedMsat: -50_000_000n };
  const uses = ruleUses(stateAfter([opened]), { type: 'BalanceObserved', data });
  equal(uses[0], { rule: 'balance-moves-by-htlcs', whyNot: undefined });
});

snapshot('is told from one of the other direction with its id', () => {
  const received = htlc('received', 0, 0n);
  equal(stateAfter([opened, seen([offer, received])]).phase, 'open');
});

removed.run();
snapshot.run();
