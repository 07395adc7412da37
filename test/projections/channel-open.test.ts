import { test } from 'uvu';
import { ShortChannelId, Txid } from '../../src/lightning/ids.ts';
import { blockHash, channelId, fundingOutpoint, nodeId, peerId } from '../channel/given.ts';
import {
  commitmentEvent,
  commitmentRow,
  noTotals,
  openedEvent,
  openedRow,
  secondFunding,
  shortChannelId,
  shown,
  story,
} from './channel-story.ts';
import { at } from './rows-after.ts';

const policy = {
  feeBaseMsat: 1000n,
  feeProportionalMillionths: 10,
  cltvExpiryDeltaBlocks: 40,
  htlcMinimumMsat: 1n,
  isDisabled: false,
  timestamp: 1_767_000_000,
} as const;

test('a channel is opened, confirmed, ready, announced, priced, and purged in the end', () => {
  const alias = ShortChannelId('16000000x1x1');
  const peerAlias = ShortChannelId('16000000x2x1');
  const newer = { ...policy, feeBaseMsat: 0n, inboundFeeBaseMsat: -5n, timestamp: 1_767_000_001 };
  story()
    .begins({
      nodeId,
      channelId,
      source: 'ldk',
      status: 'unknown',
      isAdopted: false,
      isPurged: false,
      outpoints: [],
      shortChannelIds: [],
      channelType: 'unknown',
      localTerms: {},
      remoteTerms: {},
      candidates: [],
      htlcs: [],
      totals: noTotals,
      gaps: [],
    })
    .after(openedEvent, openedRow)
    .after(
      {
        type: 'TransactionBroadcast',
        data: { txid: Txid(blockHash), purpose: 'funding', by: 'local' },
      },
      {},
    )
    .after(
      {
        type: 'FundingConfirmed',
        data: { fundingOutpoint, height: 600_000, blockHash, shortChannelId },
      },
      { confirmedHeight: 600_000, shortChannelId, shortChannelIds: [shortChannelId] },
    )
    .after(
      { type: 'FundingUnconfirmed', data: { fundingOutpoint, height: 600_000, blockHash } },
      { confirmedHeight: undefined, shortChannelId: undefined },
    )
    .after(
      {
        type: 'FundingConfirmed',
        data: { fundingOutpoint, height: 600_001, blockHash, shortChannelId, feeSat: 455n },
      },
      // The opening told the fee; what a confirmation tells fills in for one that did not.
      { confirmedHeight: 600_001, shortChannelId },
    )
    .after(
      {
        type: 'ChannelReady',
        data: { fundingOutpoint, localAlias: alias, remoteAlias: peerAlias },
      },
      { status: 'open', readyAt: at(5), shortChannelIds: [shortChannelId, alias, peerAlias] },
    )
    .after(
      { type: 'ChannelAnnounced', data: { shortChannelId, raw: '00ff' } },
      { isAnnounced: true },
    )
    .after(
      {
        type: 'FeePolicyChanged',
        data: { side: 'local', ...policy, raw: '00', cause: 'operator' },
      },
      { localPolicy: { ...policy, at: at(7) } },
    )
    .after(
      { type: 'FeePolicyChanged', data: { side: 'remote', ...policy, htlcMaximumMsat: 9n } },
      { remotePolicy: { ...policy, htlcMaximumMsat: 9n, at: at(8) } },
    )
    .after(
      { type: 'FeePolicyChanged', data: { side: 'local', ...newer } },
      { localPolicy: { ...newer, at: at(9) } },
    )
    .after({ type: 'FeePolicyChanged', data: { side: 'local', ...policy } }, {})
    .after({ type: 'ChannelPurged', data: {} }, { isPurged: true });
});

test('a splice is negotiated beside the channel, signed, and becomes the channel', () => {
  const before = [800_000_000n, 200_000_000n] as const;
  const after = [900_000_000n, 200_000_000n] as const;
  const candidate = {
    fundingOutpoint: secondFunding,
    kind: 'splice',
    capacitySat: 1_100_000n,
    localBalanceMsat: 900_000_000n,
    remoteBalanceMsat: 200_000_000n,
    fundingFeeSat: 700n,
    local: commitmentRow(1, 0, after),
    remote: commitmentRow(1, 0, after),
  } as const;
  const { local: _, remote: __, ...told } = candidate;
  const newName = ShortChannelId('600100x1x1');
  const signed = commitmentRow(4, 1, after);
  const confirmed = { ...candidate, remote: commitmentRow(5, 1, after), local: signed };
  story()
    .after(openedEvent, openedRow)
    .after({ type: 'FundingCandidateAdded', data: told }, { candidates: [candidate] })
    .after(
      { type: 'FundingCandidateDropped', data: { fundingOutpoint: secondFunding } },
      { candidates: [] },
    )
    .after(
      { type: 'FundingCandidateAdded', data: told },
      {
        candidates: [
          { ...candidate, local: commitmentRow(3, 0, after), remote: commitmentRow(3, 0, after) },
        ],
      },
    )
    .after(commitmentEvent('local', 1, after, {}, { fundingOutpoint: secondFunding }), {
      candidates: [{ ...candidate, local: signed, remote: commitmentRow(3, 0, after) }],
    })
    .after(commitmentEvent('remote', 1, after, {}, { fundingOutpoint: secondFunding }), {
      candidates: [confirmed],
    })
    .after(
      {
        type: 'FundingConfirmed',
        data: {
          fundingOutpoint: secondFunding,
          height: 600_100,
          blockHash,
          shortChannelId: newName,
        },
      },
      {
        candidates: [{ ...confirmed, confirmedHeight: 600_100, shortChannelId: newName }],
        shortChannelIds: [newName],
      },
    )
    .after(commitmentEvent('local', 1, before), {
      local: commitmentRow(7, 1, before),
      status: 'open',
      ...shown(7, before),
    })
    .after(
      {
        type: 'FundingReplaced',
        data: {
          fundingOutpoint: secondFunding,
          previousOutpoint: fundingOutpoint,
          capacitySat: 1_100_000n,
          localBalanceMsat: 900_000_000n,
          remoteBalanceMsat: 200_000_000n,
        },
      },
      {
        fundingOutpoint: secondFunding,
        outpoints: [secondFunding, fundingOutpoint],
        capacitySat: 1_100_000n,
        candidates: [],
        local: signed,
        remote: commitmentRow(5, 1, after),
        confirmedHeight: 600_100,
        shortChannelId: newName,
        fundingFeeSat: 700n,
        ...shown(8, after),
      },
    );
});

test('a channel met late is adopted with what is known, and counts from there', () => {
  const htlc = { id: 7, direction: 'received', amountMsat: 5000n, cltvExpiry: 500 } as const;
  const held = { number: 41, precision: 'sat', feeratePerKw: 253 } as const;
  const balances = { localBalanceMsat: 600_000_000n, remoteBalanceMsat: 399_995_000n };
  const commitment = { ...held, ...balances, offered: [], received: [7] };
  story().after(
    {
      type: 'ChannelAdopted',
      data: {
        channelId,
        fundingOutpoint,
        peerId,
        opener: 'remote',
        capacitySat: 1_000_000n,
        channelType: 'static_remotekey',
        isPrivate: true,
        shortChannelId,
        local: { dustLimitSat: 354n },
        remote: {},
        htlcs: [htlc],
        localCommitment: commitment,
        remoteCommitment: { ...commitment, number: 40 },
        totals: { sentMsat: 77n },
        why: 'the opening was not recorded',
      },
    },
    {
      status: 'open',
      isAdopted: true,
      peerId,
      opener: 'remote',
      channelType: 'static_remotekey',
      isPrivate: true,
      isAnnounced: false,
      localTerms: { dustLimitSat: 354n },
      statedTotals: { sentMsat: 77n },
      statedTotalsAt: at(0),
      shortChannelId,
      shortChannelIds: [shortChannelId],
      fundingOutpoint,
      outpoints: [fundingOutpoint],
      capacitySat: 1_000_000n,
      local: { ...commitment, at: at(0) },
      remote: { ...commitment, number: 40, at: at(0) },
      ...shown(0, [600_000_000n, 399_995_000n]),
      precision: 'sat',
      htlcs: [htlc],
      nextReceivedId: 8,
      totals: { ...noTotals, isAtLeast: true },
    },
  );
});

test('an adoption after the opening that was told later takes nothing back', () => {
  const data = {
    channelId,
    fundingOutpoint,
    capacitySat: 1n,
    local: { channelReserveSat: 10_000n },
    remote: {},
    htlcs: [],
    why: 'the opening was not recorded',
  };
  story()
    .after(openedEvent, openedRow)
    .after(
      { type: 'ChannelAdopted', data },
      {
        localTerms: { dustLimitSat: 354n, csvDelayBlocks: 144, channelReserveSat: 10_000n },
        repeatCount: 1,
      },
    );
});

test('of an adoption that knows next to nothing the status stays unknown until more is told', () => {
  const funding = { fundingOutpoint, outpoints: [fundingOutpoint] };
  const balances = [1n, 999_999_999n] as const;
  story()
    .after(
      { type: 'ChannelAdopted', data: { channelId, local: {}, remote: {}, htlcs: [], why: '' } },
      { isAdopted: true, totals: { ...noTotals, isAtLeast: true } },
    )
    .after(commitmentEvent('remote', 0, balances), {
      ...funding,
      remote: commitmentRow(1, 0, balances),
    })
    .after(commitmentEvent('remote', 1, balances), {
      remote: commitmentRow(2, 1, balances),
      status: 'open',
    });
});

test.run();
