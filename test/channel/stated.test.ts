import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import type { ChannelEventData } from '../../src/channel/events.ts';
import { check } from '../../src/channel/invariants.ts';
import { commitment, fundingOutpoint, given, htlc, opened, stateAfter } from './given.ts';

const contradicts = suite('a commitment is refused where');

contradicts('the stated fee is not the one that follows', () => {
  const stated = { localSat: 749_774n, remoteSat: 200_000n, feeSat: 225n };
  given([opened])
    .when(commitment('remote', 1, { htlcs: [htlc('offered', 0, 50_000_000n)], stated }))
    .thenRefused('stated-equals-derived', 'feeSat: stated 225, derived 226');
});

contradicts(
  'what is stated of a channel whose opener is not known: who pays the fee is not guessed',
  () => {
    const stated = { localSat: 600_000n, remoteSat: 399_817n };
    given([], { fundingOutpoint, capacitySat: 1_000_000n, channelType: 'static_remotekey' })
      .when(commitment('local', 9, { stated }))
      .thenRefused(
        'balance-moves-by-htlcs',
        'local commitment 9: no exact base and nothing stated to start from',
      );
  },
);

contradicts('what both ends state after a gap is more than the rounding apart', () => {
  // 183 sat of fee: 799,817 + 200,000 is all there is.
  const after = (localSat: bigint, feeSat: bigint) =>
    given([opened]).when(
      commitment('local', 9, { stated: { localSat, remoteSat: 210_000n, feeSat } }),
    );
  after(789_815n, 183n).thenRefused(
    'stated-equals-derived',
    'localSat: stated 789815, derived 789817',
  );
  after(789_817n, 185n).thenRefused('stated-equals-derived', 'feeSat: stated 185, derived 183');
  const within = { localSat: 789_816n, remoteSat: 210_000n, feeSat: 184n };
  const state = stateAfter([opened, commitment('local', 9, { stated: within })]);
  equal(state.fundings[0]?.local?.localBalanceMsat, 790_000_000n);
});

const offer = htlc('offered', 0, 50_000_000n);
const remote1 = commitment('remote', 1, { htlcs: [offer] });

contradicts('it holds the same HTLC twice: that is no gap before it', () => {
  const detail = 'the commitment holds offered HTLC 0 twice';
  const twice = commitment('local', 1, { htlcs: [offer, offer] });
  given([opened]).when(twice).thenRefused('balance-moves-by-htlcs', detail);
  given([opened, remote1]).when(twice).thenRefused('balance-moves-by-htlcs', detail);
  const stated = { localSat: 749_774n, remoteSat: 200_000n };
  given([opened])
    .when(commitment('local', 5, { htlcs: [offer, { ...offer, amountMsat: 1n }], stated }))
    .thenRefused('balance-moves-by-htlcs', detail);
  // An id is one of its direction.
  const both = [htlc('offered', 0, 1_000n), htlc('received', 0, 1_000n)];
  equal(stateAfter([opened, commitment('local', 1, { htlcs: both })]).htlcs.length, 2);
});

contradicts('it was recorded with the same HTLC twice', () => {
  const data: ChannelEventData<'CommitmentUpdated'> = {
    side: 'local',
    number: 1,
    fundingOutpoint,
    localBalanceMsat: 700_000_000n,
    remoteBalanceMsat: 200_000_000n,
    precision: 'msat',
    offered: [0, 0],
    received: [],
  };
  equal(check(stateAfter([opened, remote1]), { type: 'CommitmentUpdated', data }), {
    rule: 'balance-moves-by-htlcs',
    detail: 'the commitment holds offered HTLC 0 twice',
  });
});

contradicts.run();
