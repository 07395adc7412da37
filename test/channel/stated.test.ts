import { suite } from 'uvu';
import { equal } from 'uvu/assert';
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

contradicts.run();
