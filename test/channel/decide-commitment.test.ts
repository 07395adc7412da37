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
  const gone = (id: number): ChannelDraft => ({
    type: 'RecordingGap',
    data: {
      what: 'htlcs',
      side: 'local',
      lastKnown: id,
      why: `offered HTLC ${id} is gone, and whether it was paid is not known`,
    },
  });
  given(before)
    .when(commitment('local', 2, { stated }))
    .then([
      gone(0),
      gone(1),
      updated({
        side: 'local',
        number: 2,
        localBalanceMsat: 750_000_000n,
        remoteBalanceMsat: 250_000_000n,
        precision: 'sat',
        feeratePerKw: 253,
        offered: [],
        received: [],
        stated,
      }),
    ]);
});

removing('marks only what was deduced, where the source tells the end of another', () => {
  const two = [htlc('offered', 0, 50_000_000n), htlc('received', 0, 20_000_000n)];
  const before = [
    opened,
    commitment('remote', 1, { htlcs: two }),
    commitment('local', 1, { htlcs: two }),
  ];
  const stated = { localSat: 769_817n, remoteSat: 230_000n };
  const amounts = { isOnChain: false, amountMsat: 50_000_000n };
  const decision = decide(stateAfter(before), {
    channelId,
    fact: commitment('local', 2, { removed: [settled], stated }),
  });
  equal(decision.kind === 'events' && decision.events.slice(0, 2), [
    {
      type: 'HtlcSettled',
      data: { id: 0, direction: 'offered', ...amounts },
      secret: { preimage: 'ef'.repeat(32) },
    },
    {
      type: 'HtlcSettled',
      data: { id: 0, direction: 'received', ...amounts, amountMsat: 20_000_000n, isDeduced: true },
    },
  ]);
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

adding.run();
removing.run();
gaps.run();
refusing.run();
