import { test } from 'uvu';
import { equal, is } from 'uvu/assert';
import type { ChannelRow } from '../../../projections/channel-row.ts';
import { mergeChannel } from '../../../src/ledger/answers/merge.ts';
import { Outpoint } from '../../../src/lightning/ids.ts';
import {
  alice,
  at,
  bob,
  carol,
  channelRow,
  commitment,
  fundingOutpoint,
  observed,
  policy,
  shortChannelId,
  showing,
} from './rows.ts';

const merged = (...rows: ChannelRow[]) => mergeChannel({ rows });

test('one teller alone: the view is its row', () => {
  const row = channelRow({
    ...showing(commitment(7, { offered: [3], localBalanceMsat: 595_000_000n })),
    remote: commitment(8),
    localRevoked: 6,
    htlcs: [{ id: 3, direction: 'offered', amountMsat: 5_000_000n, cltvExpiry: 500 }],
    localPolicy: policy(10),
    shortChannelId,
    lastEventAt: at(2),
  });
  const { source, ...rest } = row;
  equal(merged(row), {
    ...rest,
    sources: [source],
    pendingOfferedMsat: 5_000_000n,
    pendingReceivedMsat: 0n,
    pendingHtlcCount: 1,
    forwardedInMsat: 0n,
    forwardedInCount: 0,
    lifetime: {
      sentMsat: 0n,
      isSentAtLeast: false,
      receivedMsat: 0n,
      isReceivedAtLeast: false,
      forwardedMsat: 0n,
      forwardedCount: 0,
      feesEarnedMsat: 0n,
      isForwardedAtLeast: false,
    },
  });
});

test('of one commitment told by two, the more exact balance is shown, whoever spoke last', () => {
  const exact = channelRow({
    source: 'lnd-db',
    ...showing(commitment(7, { localBalanceMsat: 600_000_123n, remoteBalanceMsat: 399_999_877n })),
  });
  const coarse = channelRow({
    source: 'lnd-rpc',
    ...showing(commitment(7, { precision: 'sat', at: at(9) })),
  });
  const view = merged(coarse, exact);
  is(view.localBalanceMsat, 600_000_123n);
  is(view.precision, 'msat');
  equal(view.sources, ['lnd-db', 'lnd-rpc']);
});

test('a newer commitment in whole satoshi is shown before an older one to the msat', () => {
  const old = channelRow({ source: 'lnd-db', ...showing(commitment(7, { at: at(30) })) });
  const fresh = channelRow({
    source: 'lnd-rpc',
    ...showing(
      commitment(8, {
        localBalanceMsat: 500_000_000n,
        remoteBalanceMsat: 500_000_000n,
        precision: 'sat',
        at: at(20),
      }),
    ),
  });
  const view = merged(old, fresh);
  is(view.localBalanceMsat, 500_000_000n);
  is(view.local?.number, 8);
  is(view.precision, 'sat');
});

test('a newer snapshot that says the same less exactly changes nothing', () => {
  const exact = showing(
    commitment(7, { localBalanceMsat: 600_000_900n, remoteBalanceMsat: 399_999_100n }),
  );
  const view = merged(
    channelRow({ source: 'ldk', ...exact }),
    channelRow({ source: 'lnd-rpc', ...observed(600_000_000n, 399_999_000n, 'sat', at(5)) }),
  );
  is(view.localBalanceMsat, 600_000_900n);
  is(view.balanceAt, at(0));
});

test('a newer snapshot that says something else is shown, with its own HTLCs', () => {
  const view = merged(
    channelRow({ source: 'ldk', ...showing(commitment(7)) }),
    channelRow({
      source: 'lnd-rpc',
      ...observed(590_000_000n, 400_000_000n, 'sat', at(5)),
      htlcs: [{ id: 1, direction: 'offered', amountMsat: 10_000_000n, cltvExpiry: 500 }],
    }),
  );
  is(view.localBalanceMsat, 590_000_000n);
  is(view.pendingOfferedMsat, 10_000_000n);
  is(view.local?.number, 7);
});

test('an older snapshot is never shown before a commitment', () => {
  const view = merged(
    channelRow({ source: 'ldk', ...showing(commitment(7, { at: at(6) })) }),
    channelRow({ source: 'lnd-rpc', ...observed(1n, 2n, 'msat', at(5)) }),
  );
  is(view.localBalanceMsat, 600_000_000n);
});

test('HTLCs follow the newest commitments of both sides', () => {
  const htlc = { direction: 'received', amountMsat: 1_000n, cltvExpiry: 500 } as const;
  const view = merged(
    channelRow({
      source: 'ldk',
      ...showing(commitment(7, { received: [1] })),
      remote: commitment(7, { received: [1] }),
      htlcs: [{ ...htlc, id: 1 }],
    }),
    channelRow({
      source: 'lnd-db',
      ...showing(commitment(6, { received: [1] })),
      remote: commitment(8, { received: [1, 2] }),
      htlcs: [
        { ...htlc, id: 1 },
        { ...htlc, id: 2 },
      ],
    }),
  );
  equal(
    view.htlcs?.map((h) => h.id),
    [1, 2],
  );
  // Only the local commitment's count as pending: what is shown adds up to the capacity.
  is(view.pendingHtlcCount, 1);
  is(view.pendingReceivedMsat, 1_000n);
});

test('exact totals are those of whoever tells the balance, where another counts as many payments', () => {
  const totals = (sentMsat: bigint, sentCount = 1) => ({
    ...channelRow().totals,
    sentMsat,
    sentCount,
  });
  const fresh = channelRow({
    source: 'ldk',
    totals: totals(30_000_000n),
    ...showing(commitment(7, { localBalanceMsat: 570_000_000n })),
  });
  const other = channelRow({
    source: 'mine',
    totals: totals(31_000_000n),
    ...showing(commitment(6, { localBalanceMsat: 569_000_000n })),
  });
  const view = merged(fresh, other);
  equal([view.localBalanceMsat, view.totals.sentMsat], [570_000_000n, 30_000_000n]);
  const more = { ...other, totals: totals(32_000_000n, 2) };
  is(merged(fresh, more).totals.sentMsat, 32_000_000n);
});

test('after the close what is pending has not ended on chain yet', () => {
  const view = merged(
    channelRow({
      status: 'closed',
      ...showing(commitment(6, { offered: [1, 2] })),
      htlcs: [
        { id: 1, direction: 'offered', amountMsat: 1n, cltvExpiry: 5, outcome: 'settled' },
        { id: 2, direction: 'offered', amountMsat: 1n, cltvExpiry: 5 },
      ],
    }),
  );
  is(view.pendingHtlcCount, 1);
});

test('what only the teller from the beginning knows is kept, and the later one fills in the rest', () => {
  const view = merged(
    channelRow({ source: 'lnd-rpc', isAdopted: true, isPrivate: false, lastEventAt: at(9) }),
    channelRow({ source: 'lnd-db', openedAt: at(0), opener: 'remote', lastEventAt: at(3) }),
  );
  is(view.openedAt, at(0));
  is(view.opener, 'remote');
  is(view.isPrivate, false);
  is(view.isAdopted, false);
  is(view.lastEventAt, at(9));
  is(view.eventCount, 2);
});

test('terms are merged field by field', () => {
  const view = merged(
    channelRow({ source: 'lnd-db', localTerms: { dustLimitSat: 354n } }),
    channelRow({ source: 'lnd-rpc', localTerms: { dustLimitSat: 354n, csvDelayBlocks: 144 } }),
  );
  equal(view.localTerms, { dustLimitSat: 354n, csvDelayBlocks: 144 });
});

test('after a splice only those who know of it speak of capacity and balance', () => {
  const spliced = Outpoint(`${'22'.repeat(32)}:1`);
  const view = merged(
    channelRow({
      source: 'ldk',
      fundingOutpoint: spliced,
      outpoints: [spliced, fundingOutpoint],
      capacitySat: 2_000_000n,
      ...showing(commitment(9, { localBalanceMsat: 1_600_000_000n })),
      lastEventAt: at(4),
    }),
    channelRow({
      source: 'lnd-db',
      ...showing(commitment(12)),
      lastEventAt: at(8),
    }),
  );
  is(view.fundingOutpoint, spliced);
  is(view.capacitySat, 2_000_000n);
  is(view.localBalanceMsat, 1_600_000_000n);
  equal(view.outpoints, [spliced, fundingOutpoint]);
});

test('the furthest status is the status: not having heard of a close is no contradiction', () => {
  is(
    merged(channelRow({ source: 'a', status: 'closed' }), channelRow({ source: 'b' })).status,
    'closed',
  );
});

test("gossip's policies go to the sides by node id, and the newer timestamp wins", () => {
  const gossip = {
    nodeId1: alice,
    nodeId2: bob,
    policies: [policy(20, { feeProportionalMillionths: 20 }), policy(30)],
  } as const;
  const row = channelRow({ shortChannelId, localPolicy: policy(19), remotePolicy: policy(31) });
  const view = mergeChannel({ rows: [row], gossip });
  is(view.localPolicy?.feeProportionalMillionths, 20);
  is(view.remotePolicy?.timestamp, 31);
  is(view.isAnnounced, true);
  // The other end sees the same two policies the other way round.
  const mirrored = mergeChannel({ rows: [channelRow({ nodeId: bob, peerId: alice })], gossip });
  is(mirrored.localPolicy?.timestamp, 30);
  is(mirrored.remotePolicy?.timestamp, 20);
});

test('gossip of other nodes under the same short id (an alias) is not this channel', () => {
  const gossip = { nodeId1: alice, nodeId2: carol, policies: [policy(20), policy(30)] } as const;
  const view = mergeChannel({ rows: [channelRow()], gossip });
  is(view.localPolicy, undefined);
  is(view.isAnnounced, false);
});

test('of equal timestamps the policy that tells more is kept: inbound fees are not in old gossip', () => {
  const inbound = policy(20, { inboundFeeBaseMsat: -5n, inboundFeeProportionalMillionths: -10 });
  const view = mergeChannel({
    rows: [channelRow({ localPolicy: inbound })],
    gossip: { nodeId1: alice, nodeId2: bob, policies: [policy(20), undefined] },
  });
  is(view.localPolicy?.inboundFeeBaseMsat, -5n);
});

test('lifetime totals come whole from the teller who counted most', () => {
  const totals = channelRow().totals;
  const view = merged(
    channelRow({ source: 'ldk', totals: { ...totals, sentMsat: 10n, sentCount: 1 } }),
    channelRow({
      source: 'lnd-db',
      totals: { ...totals, sentMsat: 30n, sentCount: 2, isAtLeast: true },
    }),
  );
  equal(view.totals, { ...totals, sentMsat: 30n, sentCount: 2, isAtLeast: true });
});

test('the same gap told by two is one gap', () => {
  const gap = { what: 'commitments', side: 'local', firstKnown: 9, why: 'off', at: at(3) } as const;
  const view = merged(
    channelRow({ source: 'ldk', gaps: [gap] }),
    channelRow({ source: 'lnd-db', gaps: [gap, { ...gap, side: 'remote', at: at(2) }] }),
  );
  equal(view.gaps, [{ ...gap, side: 'remote', at: at(2) }, gap]);
});

test.run();
