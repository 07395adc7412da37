/** Hand-made answers of a ledger that records alice and bob, for tests of what is printed. */
import type { PolicyRow } from '../../projections/channel-row.ts';
import { lifetimeOf } from '../../src/ledger/answers/lifetime.ts';
import type {
  BalancePoint,
  ChannelView,
  ClosedView,
  FeeChangeView,
  ForwardView,
  HistoryEntry,
  PeerView,
  ProblemView,
  WantedView,
} from '../../src/ledger/view-types.ts';
import {
  channelIdOfOutpoint,
  NodeId,
  Outpoint,
  ShortChannelId,
  Txid,
} from '../../src/lightning/ids.ts';

export const alice = NodeId(`02${'a1'.repeat(32)}`);
export const bob = NodeId(`03${'b2'.repeat(32)}`);
export const carol = NodeId(`02${'c3'.repeat(32)}`);

export const at = (clock: string) => `2026-03-14T${clock}.000000000Z`;

const openPoint = Outpoint(`${'1f'.repeat(32)}:0`);
const newPoint = Outpoint(`${'1f'.repeat(6)}${'2e'.repeat(26)}:1`);
const closedPoint = Outpoint(`${'7c'.repeat(32)}:0`);

const feePolicy: PolicyRow = {
  feeBaseMsat: 1000n,
  feeProportionalMillionths: 100,
  cltvExpiryDeltaBlocks: 40,
  htlcMinimumMsat: 1n,
  htlcMaximumMsat: 900_000_000n,
  isDisabled: false,
  timestamp: 1_773_500_000,
  at: at('15:00:00'),
};

const noTotals: ChannelView['totals'] = {
  sentMsat: 0n,
  sentCount: 0,
  receivedMsat: 0n,
  receivedCount: 0,
  forwardedMsat: 0n,
  forwardedCount: 0,
  feesEarnedMsat: 0n,
  failedCount: 0,
  isAtLeast: false,
};

function channelAt(
  fundingOutpoint: Outpoint,
  changes: Partial<Omit<ChannelView, 'lifetime'>>,
): ChannelView {
  const view: Omit<ChannelView, 'lifetime'> = {
    nodeId: alice,
    channelId: channelIdOfOutpoint(fundingOutpoint),
    sources: ['ldk'],
    peerId: bob,
    status: 'open',
    isAdopted: false,
    isPurged: false,
    fundingOutpoint,
    outpoints: [fundingOutpoint],
    shortChannelIds: [],
    capacitySat: 1_000_000n,
    opener: 'local',
    channelType: 'anchors_zero_fee_htlc_tx',
    isPrivate: false,
    isAnnounced: true,
    localTerms: { channelReserveSat: 10_000n },
    remoteTerms: { channelReserveSat: 10_000n },
    openedAt: at('14:00:00'),
    precision: 'msat',
    candidates: [],
    htlcs: [],
    totals: noTotals,
    gaps: [],
    lastEventAt: at('15:09:26'),
    eventCount: 42,
    pendingOfferedMsat: 0n,
    pendingReceivedMsat: 0n,
    pendingHtlcCount: 0,
    forwardedInMsat: 0n,
    forwardedInCount: 0,
    ...changes,
  };
  return { ...view, lifetime: lifetimeOf(view) };
}

export const openChannel = channelAt(openPoint, {
  shortChannelId: ShortChannelId('103x1x0'),
  shortChannelIds: [ShortChannelId('103x1x0')],
  localBalanceMsat: 600_000_500n,
  remoteBalanceMsat: 399_999_500n,
  localPolicy: feePolicy,
  totals: { ...noTotals, sentMsat: 12_345_678n, sentCount: 9, feesEarnedMsat: 1_500n },
  pendingHtlcCount: 1,
  pendingOfferedMsat: 40_000n,
  pendingReceivedMsat: 2_000n,
  htlcs: [{ id: 7, direction: 'offered', amountMsat: 40_000n, cltvExpiry: 144 }],
});

/** Its peer chose its own name, and chose it badly. */
export const newChannel = channelAt(newPoint, {
  peerId: carol,
  peerAlias: '\u001b[31mcarol\u202e\n',
  status: 'pending',
  localBalanceMsat: 0n,
  remoteBalanceMsat: 250_000_000n,
  capacitySat: 250_000n,
  totals: { ...noTotals, isAtLeast: true },
});

export const closedChannel: ClosedView = {
  ...channelAt(closedPoint, {
    nodeId: bob,
    peerId: carol,
    shortChannelId: ShortChannelId('104x2x1'),
    status: 'resolved',
  }),
  close: {
    kind: 'local-force',
    initiator: 'local',
    reason: 'HTLC timed out',
    closingTxid: Txid('d4'.repeat(32)),
    height: 812_345,
    closedAt: at('15:00:01'),
    feeSat: 1_234n,
    settledBalanceSat: 500_000n,
    timeLockedBalanceSat: 400_000n,
    sweepFeesSat: 321n,
    outputs: [
      {
        outpoint: Outpoint(`${'d4'.repeat(32)}:1`),
        what: 'to-local',
        valueSat: 400_000n,
        outcome: 'claimed',
        stage: 'last',
        sweptSat: 399_679n,
        feeSat: 321n,
        height: 812_500,
      },
      {
        outpoint: Outpoint(`${'d4'.repeat(32)}:2`),
        what: 'htlc-offered',
        valueSat: 99n,
        htlcId: 3,
      },
    ],
    resolvedAt: at('15:05:00'),
    resolvedHeight: 812_500,
  },
};

export const peers: readonly PeerView[] = [
  {
    nodeId: alice,
    peerId: bob,
    alias: 'bob',
    isConnected: true,
    lastSeenAt: at('15:09:26'),
    connectedPpm: 987_654,
    connectionCount: 3,
    openChannelCount: 1,
    closedChannelCount: 0,
    capacitySat: 1_000_000n,
    localBalanceMsat: 600_000_500n,
    remoteBalanceMsat: 399_999_500n,
    isCapacityAtLeast: false,
    isBalanceAtLeast: false,
    sentMsat: 12_345_678n,
    isSentAtLeast: false,
    receivedMsat: 0n,
    isReceivedAtLeast: false,
    forwardedMsat: 0n,
    forwardedCount: 0,
    feesEarnedMsat: 1_500n,
    isForwardedAtLeast: false,
    refusedOpenCount: 1,
  },
];

export const feeChange: FeeChangeView = {
  nodeId: alice,
  channelId: openChannel.channelId,
  side: 'local',
  at: at('15:00:00'),
  from: feePolicy,
  to: { ...feePolicy, feeBaseMsat: 2000n, cltvExpiryDeltaBlocks: 80 },
  eventId: '00000000-0000-8000-8000-000000000001',
};

export const forward: ForwardView = {
  nodeId: bob,
  at: at('15:01:00'),
  outcome: 'forwarded',
  incomingChannelId: openChannel.channelId,
  outgoingChannelId: closedChannel.channelId,
  incomingPeerId: alice,
  outgoingPeerId: carol,
  amountInMsat: 101_500n,
  amountOutMsat: 100_000n,
  feeMsat: 1_500n,
  eventId: '00000000-0000-8000-8000-000000000002',
};

export const balances: readonly BalancePoint[] = [
  { at: at('14:00:00'), localBalanceMsat: 1_000_000_000n, remoteBalanceMsat: 0n },
  { at: at('14:30:00'), localBalanceMsat: 250_000_000n, remoteBalanceMsat: 750_000_000n },
  { at: at('15:00:00'), localBalanceMsat: 600_000_500n, remoteBalanceMsat: 399_999_500n },
];

export const secretPreimage = '5ec2e7'.repeat(10);

export const historyEntry: HistoryEntry = {
  at: '2026-03-14T15:09:26.535897932Z',
  timeBasis: 'recorded',
  recordedAt: '2026-03-14T15:09:26.600000000Z',
  stream: `channel-${alice}.${openChannel.channelId}.ldk`,
  revision: 41,
  position: 400,
  eventId: '00000000-0000-8000-8000-000000000003',
  type: 'HtlcSettled',
  data: { id: 7, direction: 'offered', amountMsat: 40_000n, isOnChain: false },
  sealed: { state: 'open', fields: { preimage: secretPreimage } },
  changes: [{ field: 'totals.sentMsat', from: 12_305_678n, to: 12_345_678n }],
};

export const problem: ProblemView = {
  kind: 'tellers-differ',
  rule: 'balances-equal-capacity',
  subject: openChannel.channelId,
  channelId: openChannel.channelId,
  nodeId: alice,
  count: 2,
  firstAt: at('15:00:00'),
  lastAt: at('15:01:00'),
  detail: 'the balance differs by 1 sat',
  sides: [
    { who: 'ldk', says: '600,000 sat' },
    { who: 'lnd-db', says: '600,001 sat' },
  ],
  whatToDo: 'import a newer copy of lnd-db',
};

export const wantedViews: readonly WantedView[] = [
  {
    what: 'transaction',
    txid: 'ab'.repeat(32),
    height: 7,
    why: 'close',
    nodeId: alice,
    channelId: openChannel.channelId,
  },
  { what: 'block', height: 7, why: 'close', nodeId: alice, channelId: openChannel.channelId },
];
