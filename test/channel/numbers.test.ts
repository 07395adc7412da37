import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import { commitment, fundingOutpoint, given, opened, revoked, stateAfter } from './given.ts';

const numbers = suite("a commitment's number");

const adoptable = {
  fundingOutpoint,
  capacitySat: 1_000_000n,
  opener: 'local',
  channelType: 'static_remotekey',
  local: { dustLimitSat: 354n },
} as const;

const MOST = 2 ** 48 - 1;
const JUMP = 2 ** 32;

numbers('is refused where it does not fit into the 48 bits of BOLT 3', () => {
  const why = 'a commitment number has 48 bits (BOLT 3)';
  given([], adoptable)
    .when(commitment('local', MOST + 1, { stated: { localSat: 799_817n, remoteSat: 200_000n } }))
    .thenRefused('commitment-number-follows', `local commitment ${MOST + 1}: ${why}`);
  given([opened])
    .when(revoked('remote', MOST + 1))
    .thenRefused('commitment-number-follows', `remote commitment ${MOST + 1}: ${why}`);
});

numbers('is refused where it is further on than any recorder was ever off', () => {
  given([opened])
    .when(commitment('remote', JUMP + 1))
    .thenRefused(
      'commitment-number-follows',
      `remote commitment ${JUMP + 1}: more than ${JUMP} after 0`,
    );
  given([opened])
    .when(revoked('remote', JUMP + 1))
    .thenRefused(
      'commitment-number-follows',
      `remote commitment ${JUMP + 1}: more than ${JUMP} after 0`,
    );
});

numbers(
  'follows a gap as long as a recorder can be off, and the first one seen is any of 48 bits',
  () => {
    const stated = { localSat: 799_817n, remoteSat: 200_000n };
    equal(stateAfter([opened, commitment('remote', JUMP)]).fundings[0]?.remote?.number, JUMP);
    const met = stateAfter([commitment('local', MOST, { stated })], adoptable);
    equal(met.fundings[0]?.local?.number, MOST);
    equal(stateAfter([opened, revoked('remote', JUMP)]).lastRevoked.remote, JUMP);
  },
);

numbers.run();
