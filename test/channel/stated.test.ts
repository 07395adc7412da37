import { suite } from 'uvu';
import { commitment, fundingOutpoint, given, htlc, opened } from './given.ts';

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

contradicts.run();
