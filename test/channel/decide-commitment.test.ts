import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import { decide } from '../../src/channel/decide.ts';
import type { ChannelDraft } from '../../src/channel/events.ts';
import {
  channelId,
  commitment,
  fundingOutpoint,
  given,
  htlc,
  opened,
  revoked,
  stateAfter,
} from './given.ts';

const adding = suite('a commitment that holds a new HTLC');
const removing = suite('a commitment that no longer holds an HTLC');
const gaps = suite('a commitment after something was missed');
const refusing = suite('a commitment that contradicts');

// BOLT 3: 724 weight at 253 sat/kw is 183 sat, with one untrimmed HTLC (896) 226 sat.
const offer = htlc('offered', 0, 50_000_000n);
const remote1 = commitment('remote', 1, {
  htlcs: [offer],
  stated: { localSat: 749_774n, remoteSat: 200_000n },
});
const local1 = commitment('local', 1, {
  htlcs: [offer],
  stated: { localSat: 749_774n, remoteSat: 200_000n },
});

const adoptable = {
  fundingOutpoint,
  capacitySat: 1_000_000n,
  opener: 'local',
  channelType: 'static_remotekey',
  local: { dustLimitSat: 354n },
} as const;

const updated = (
  data: Omit<
    Extract<ChannelDraft, { readonly type: 'CommitmentUpdated' }>['data'],
    'fundingOutpoint'
  >,
): ChannelDraft => ({ type: 'CommitmentUpdated', data: { fundingOutpoint, ...data } });

adding('adds it once, with the commitment that first holds it', () => {
  given([opened])
    .when(remote1)
    .then([
      {
        type: 'HtlcAdded',
        data: { id: 0, direction: 'offered', amountMsat: 50_000_000n, cltvExpiry: 500 },
      },
      updated({
        side: 'remote',
        number: 1,
        localBalanceMsat: 750_000_000n,
        remoteBalanceMsat: 200_000_000n,
        precision: 'msat',
        feeratePerKw: 253,
        offered: [0],
        received: [],
        stated: { localSat: 749_774n, remoteSat: 200_000n },
      }),
    ]);
});

adding('does not add it again with the other side', () => {
  given([opened, remote1])
    .when(local1)
    .then([
      updated({
        side: 'local',
        number: 1,
        localBalanceMsat: 750_000_000n,
        remoteBalanceMsat: 200_000_000n,
        precision: 'msat',
        feeratePerKw: 253,
        offered: [0],
        received: [],
        stated: { localSat: 749_774n, remoteSat: 200_000n },
      }),
    ]);
});

adding('keeps the payment hash beside the event, never in it', () => {
  const paymentHash = 'cd'.repeat(32);
  given([opened])
    .when(commitment('remote', 1, { htlcs: [{ ...offer, paymentHash }] }))
    .then([
      {
        type: 'HtlcAdded',
        data: { id: 0, direction: 'offered', amountMsat: 50_000_000n, cltvExpiry: 500 },
        secret: { paymentHash },
      },
      updated({
        side: 'remote',
        number: 1,
        localBalanceMsat: 750_000_000n,
        remoteBalanceMsat: 200_000_000n,
        precision: 'msat',
        feeratePerKw: 253,
        offered: [0],
        received: [],
      }),
    ]);
});

const settled = {
  id: 0,
  direction: 'offered',
  outcome: 'settled',
  preimage: 'ef'.repeat(32),
} as const;
const local2 = commitment('local', 2, {
  removed: [settled],
  stated: { localSat: 749_817n, remoteSat: 250_000n },
});

removing('settles it and gives the amount to the receiver', () => {
  given([opened, remote1, local1])
    .when(local2)
    .then([
      {
        type: 'HtlcSettled',
        data: { id: 0, direction: 'offered', amountMsat: 50_000_000n, isOnChain: false },
        secret: { preimage: 'ef'.repeat(32) },
      },
      updated({
        side: 'local',
        number: 2,
        localBalanceMsat: 750_000_000n,
        remoteBalanceMsat: 250_000_000n,
        precision: 'msat',
        feeratePerKw: 253,
        offered: [],
        received: [],
        stated: { localSat: 749_817n, remoteSat: 250_000n },
      }),
    ]);
});

removing('works out from what is stated whether it was paid, when nobody says', () => {
  given([opened, remote1, local1])
    .when(commitment('local', 2, { stated: { localSat: 799_817n, remoteSat: 200_000n } }))
    .then([
      {
        type: 'HtlcFailed',
        data: {
          id: 0,
          direction: 'offered',
          amountMsat: 50_000_000n,
          isOnChain: false,
          isDeduced: true,
        },
      },
      updated({
        side: 'local',
        number: 2,
        localBalanceMsat: 800_000_000n,
        remoteBalanceMsat: 200_000_000n,
        precision: 'msat',
        feeratePerKw: 253,
        offered: [],
        received: [],
        stated: { localSat: 799_817n, remoteSat: 200_000n },
      }),
    ]);
});

removing('guesses no fate where several explain what is stated', () => {
  const two = [htlc('offered', 0, 50_000_000n), htlc('offered', 1, 50_000_000n)];
  const before = [
    opened,
    commitment('remote', 1, { htlcs: two }),
    commitment('local', 1, { htlcs: two }),
  ];
  const stated = { localSat: 749_817n, remoteSat: 250_000n };
  const decision = decide(stateAfter(before), {
    channelId,
    fact: commitment('local', 2, { stated }),
  });
  const types = decision.kind === 'events' ? decision.events.map(({ type }) => type) : [];
  equal(
    types.filter((type) => type === 'HtlcSettled' || type === 'HtlcFailed'),
    [],
  );
});

gaps('names the missing ones, makes up no HtlcAdded, and derives from the other side', () => {
  given([opened])
    .when(
      commitment('remote', 2, {
        htlcs: [offer],
        stated: { localSat: 749_774n, remoteSat: 200_000n },
      }),
    )
    .then([
      {
        type: 'RecordingGap',
        data: {
          what: 'commitments',
          side: 'remote',
          lastKnown: 0,
          firstKnown: 2,
          why: 'remote commitment 1 was not seen',
        },
      },
      updated({
        side: 'remote',
        number: 2,
        localBalanceMsat: 750_000_000n,
        remoteBalanceMsat: 200_000_000n,
        precision: 'msat',
        feeratePerKw: 253,
        offered: [0],
        received: [],
        unknownHtlcs: [offer],
        stated: { localSat: 749_774n, remoteSat: 200_000n },
      }),
    ]);
});

gaps('falls back to what is stated, to the satoshi, when the rest does not explain it', () => {
  given([opened, remote1, local1])
    .when(commitment('local', 9, { stated: { localSat: 600_000n, remoteSat: 399_817n } }))
    .then([
      {
        type: 'RecordingGap',
        data: {
          what: 'commitments',
          side: 'local',
          lastKnown: 1,
          firstKnown: 9,
          why: 'local commitment 2 to 8 were not seen',
        },
      },
      {
        type: 'RecordingGap',
        data: {
          what: 'htlcs',
          side: 'local',
          lastKnown: 0,
          why: 'offered HTLC 0 is gone, and whether it was paid is not known',
        },
      },
      updated({
        side: 'local',
        number: 9,
        localBalanceMsat: 600_183_000n,
        remoteBalanceMsat: 399_817_000n,
        precision: 'sat',
        feeratePerKw: 253,
        offered: [],
        received: [],
        stated: { localSat: 600_000n, remoteSat: 399_817n },
      }),
    ]);
});

refusing('what is stated is not what the HTLCs explain', () => {
  given([opened])
    .when(
      commitment('remote', 1, { htlcs: [offer], stated: { localSat: 1n, remoteSat: 200_000n } }),
    )
    .thenRefused('stated-equals-derived', 'localSat: stated 1, derived 749774');
});

refusing('both sides stated after a gap do not add up with fee and capacity', () => {
  given([opened, remote1, local1])
    .when(commitment('local', 9, { stated: { localSat: 500_000n, remoteSat: 200_000n } }))
    .thenRefused('stated-equals-derived', 'localSat: stated 500000, derived 799817');
});

refusing('it holds an HTLC that ended before', () => {
  given([opened, remote1, local1, local2, commitment('remote', 2)])
    .when(commitment('local', 3, { htlcs: [offer] }))
    .thenRefused(
      'settle-needs-htlc',
      'the commitment holds an HTLC that was settled or failed before',
    );
});

refusing('it spends more than a side has', () => {
  given([opened])
    .when(commitment('local', 1, { htlcs: [htlc('received', 0, 300_000_000n)] }))
    .thenRefused('balance-not-negative', 'local 800000000 msat, remote -100000000 msat');
});

refusing('an older number is asked of the whole stream', () => {
  given([opened, remote1, local1, local2]).when(local1).thenPast();
});

const MOST = 2 ** 48 - 1;
const JUMP = 2 ** 32;

refusing('its number does not fit into the 48 bits of BOLT 3', () => {
  const why = 'a commitment number has 48 bits (BOLT 3)';
  given([], adoptable)
    .when(commitment('local', MOST + 1, { stated: { localSat: 799_817n, remoteSat: 200_000n } }))
    .thenRefused('commitment-number-follows', `local commitment ${MOST + 1}: ${why}`);
  given([opened])
    .when(revoked('remote', MOST + 1))
    .thenRefused('commitment-number-follows', `remote commitment ${MOST + 1}: ${why}`);
});

refusing('its number is further on than any recorder was ever off', () => {
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

gaps('are as long as a recorder can be off, and a first number is any of 48 bits', () => {
  const stated = { localSat: 799_817n, remoteSat: 200_000n };
  equal(stateAfter([opened, commitment('remote', JUMP)]).fundings[0]?.remote?.number, JUMP);
  const met = stateAfter([commitment('local', MOST, { stated })], adoptable);
  equal(met.fundings[0]?.local?.number, MOST);
  equal(stateAfter([opened, revoked('remote', JUMP)]).lastRevoked.remote, JUMP);
});

adding.run();
removing.run();
gaps.run();
refusing.run();
