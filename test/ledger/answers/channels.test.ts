import { test } from 'uvu';
import { equal, is } from 'uvu/assert';
import { channel, channels, closed } from '../../../src/ledger/answers/channels.ts';
import { peers } from '../../../src/ledger/answers/peers.ts';
import type { PeerView } from '../../../src/ledger/view-types.ts';
import { ChannelId, Outpoint, ShortChannelId, Txid } from '../../../src/lightning/ids.ts';
import { timeNsOf } from '../../../src/schema/time.ts';
import { given, ofChannel, ofNode, ofPeer, opened, tell, updated } from './given.ts';
import { alice, at, bob, carol, channelId, fundingOutpoint } from './rows.ts';

const secondId = ChannelId('22'.repeat(32));
const secondOutpoint = Outpoint(`${'22'.repeat(32)}:0`);
const second = ofChannel('ldk', alice, secondId);
const closingTxid = Txid('99'.repeat(32));
const blockHash = '55'.repeat(32);
const shortChannelId = ShortChannelId('102x1x0');
const gossip = 'gossip-regtest.102x1x0';

const policy = {
  shortChannelId,
  feeBaseMsat: 1_000n,
  cltvExpiryDeltaBlocks: 40,
  htlcMinimumMsat: 1n,
  isDisabled: false,
  raw: '',
};

const ledger = await given(
  tell(ofNode(), 0, { type: 'RecordingStarted', data: { recorder: 'test' } }),
  tell(ofPeer(bob), 0, { type: 'PeerConnected', data: { isInbound: false, features: '02' } }),
  tell(ofPeer(bob), 1, { type: 'PeerRenamed', data: { alias: 'bob' } }),
  tell(ofChannel(), 2, opened()),
  tell(ofChannel(), 3, {
    type: 'FundingConfirmed',
    data: { fundingOutpoint, height: 102, blockHash, shortChannelId },
  }),
  tell(ofChannel(), 4, { type: 'ChannelReady', data: { fundingOutpoint } }),
  tell(gossip, 5, {
    type: 'PublicChannelAnnounced',
    data: { shortChannelId, nodeId1: alice, nodeId2: bob, raw: '' },
  }),
  tell(gossip, 6, {
    type: 'PublicFeePolicyChanged',
    data: { ...policy, direction: 1, feeProportionalMillionths: 250, timestamp: 100 },
  }),
  tell(second, 7, opened({ channelId: secondId, fundingOutpoint: secondOutpoint, peerId: carol })),
  tell(ofChannel(), 8, updated('local', 1, 590_000_000n)),
  tell(ofNode(), 9, {
    type: 'PaymentForwarded',
    data: {
      incomingChannelId: channelId,
      incomingHtlcId: 0,
      outgoingChannelId: secondId,
      amountInMsat: 5_000_000n,
      amountOutMsat: 4_990_000n,
      isClaimedOnChain: false,
    },
  }),
  tell(ofPeer(bob), 10, { type: 'PeerDisconnected', data: {} }),
  tell(ofPeer(carol), 11, {
    type: 'ChannelOpenRefused',
    data: { by: 'remote', rule: 'funding-below-minimum', text: 'too small' },
  }),
  tell(second, 12, {
    type: 'ChannelClosed',
    data: {
      closingTxid,
      height: 120,
      blockHash,
      kind: 'cooperative',
      initiator: 'remote',
      outputs: [],
    },
    secret: { scripts: [] },
  }),
  tell(ofNode(), 20, { type: 'RecordingStopped', data: { why: 'asked to' } }),
);
const upTo = (position: number) => ({ at: { kind: 'position' as const, position } });

test('open channels: what is told of each, its gossip, its peer and its forwards in one view', () => {
  const [view, ...rest] = channels(ledger.context);
  is(rest.length, 0);
  is(view?.channelId, channelId);
  is(view?.status, 'open');
  is(view?.localBalanceMsat, 590_000_000n);
  is(view?.peerAlias, 'bob');
  is(view?.isAnnounced, true);
  is(view?.localPolicy, undefined);
  equal(view?.remotePolicy, {
    feeBaseMsat: 1_000n,
    feeProportionalMillionths: 250,
    cltvExpiryDeltaBlocks: 40,
    htlcMinimumMsat: 1n,
    isDisabled: false,
    timestamp: 100,
    at: at(6),
  });
  is(view?.forwardedInMsat, 5_000_000n);
  is(view?.forwardedInCount, 1);
});

test('closed channels are those whose funding is spent, each with its close', () => {
  ledger
    .when((c) => closed(c).map((v) => [v.channelId, v.status, v.close.kind, v.close.height]))
    .then([[secondId, 'closed', 'cooperative', 120]]);
  ledger.when((c) => closed(c, upTo(13))).then([]);
});

test('as of a position: both open, without what came after', () => {
  ledger
    .when((c) => channels(c, upTo(9)).map((v) => [v.channelId, v.forwardedInCount]))
    .then([
      [channelId, 0],
      [secondId, 0],
    ]);
  ledger.when((c) => channels(c, upTo(5))[0]?.peerAlias).then('bob');
  ledger.when((c) => channels(c, upTo(2))).then([]);
});

test('one channel as of its own revision or commitment, with its gossip of that moment', () => {
  const revision = channel(ledger.context, channelId, { at: { kind: 'revision', revision: 2 } });
  is(revision.status, 'open');
  is(revision.remotePolicy, undefined);
  const commitment = channel(ledger.context, '1111', {
    at: { kind: 'commitment', side: 'local', number: 1 },
  });
  is(commitment.localBalanceMsat, 590_000_000n);
  is(commitment.remotePolicy?.feeProportionalMillionths, 250);
  is(commitment.forwardedInCount, 0);
});

test('a peer connected when recording stopped is not said to be connected, and was seen until then', async () => {
  const told = await given(
    tell(ofNode(), 1, { type: 'RecordingStarted', data: { recorder: 'test' } }),
    tell(ofPeer(bob), 2, { type: 'PeerConnected', data: { isInbound: false } }),
    tell(ofNode(), 20, { type: 'RecordingStopped', data: { why: 'asked to' } }),
  );
  told
    .when((c) => peers(c).map(presence))
    .then([{ wasConnected: true, connectionKnownAt: at(20), lastSeenAt: at(20) }]);
  told
    .when((c) => peers(c, upTo(2)).map(presence))
    .then([{ isConnected: true, lastSeenAt: at(2) }]);
});

/** What is said of a peer's connection, without what is not there. */
function presence(peer: PeerView): Partial<PeerView> {
  const { isConnected, wasConnected, connectionKnownAt, connectionKnownAtBounds } = peer;
  return {
    ...(isConnected !== undefined && { isConnected }),
    ...(wasConnected !== undefined && { wasConnected }),
    ...(connectionKnownAt !== undefined && { connectionKnownAt }),
    ...(connectionKnownAtBounds !== undefined && { connectionKnownAtBounds }),
    ...(peer.lastSeenAt !== undefined && { lastSeenAt: peer.lastSeenAt }),
  };
}

test('of a peer on a printed list it is known that it was connected when the list was printed', async () => {
  const printed = { notBefore: at(2), notAfter: at(6) };
  const told = await given(
    {
      ...tell(ofPeer(bob, 'lnd-rpc'), 4, { type: 'PeerConnected', data: { isInbound: true } }),
      bounds: printed,
    },
    tell(ofPeer(carol, 'lnd-rpc'), 4, { type: 'PeerRenamed', data: { alias: 'carol' } }),
  );
  told
    .when((c) => peers(c).map((peer) => [peer.peerId, presence(peer)]))
    .then([
      // Named in a graph alone: whether it is there nobody said.
      [carol, {}],
      [
        bob,
        {
          wasConnected: true,
          connectionKnownAt: at(4),
          connectionKnownAtBounds: printed,
          lastSeenAt: at(4),
        },
      ],
    ]);
});

test('of a peer that has a channel and no record of its own nothing is said', async () => {
  const told = await given(tell(ofChannel('lnd-db'), 1, opened()));
  told.when((c) => peers(c).map(presence)).then([{}]);
});

test('moments that are none are refused', () => {
  ledger
    .when((c) => channel(c, channelId, { at: { kind: 'revision', revision: 99 } }))
    .thenRefused('wrong', /there is no revision 99: the channel's revisions are 0 to 3/);
  ledger
    .when((c) => channel(c, channelId, { at: { kind: 'commitment', side: 'local', number: 9 } }))
    .thenRefused('unknown', /no local commitment 9 of this channel is recorded/);
  ledger
    .when((c) => channel(c, channelId, { at: { kind: 'time', timeNs: timeNsOf(at(1)) } }))
    .thenRefused('unknown', /nothing is known as of that moment/);
  ledger
    .when((c) => channels(c, { at: { kind: 'revision', revision: 1 } }))
    .thenRefused('wrong', /belongs to one channel/);
});

test('with several tellers a revision is one of theirs: --source says whose', async () => {
  const two = await given(
    tell(ofChannel('ldk'), 0, opened()),
    tell(ofChannel('lnd-db'), 0, opened()),
    tell(ofChannel('lnd-db'), 1, updated('local', 1, 590_000_000n)),
  );
  const at = { kind: 'revision', revision: 1 } as const;
  two
    .when((c) => channel(c, channelId, { at }))
    .thenRefused(
      'wrong',
      /one teller's count, and this channel is told by ldk, lnd-db: add --source/,
    );
  two
    .when((c) => channel(c, channelId, { at, source: 'lnd-db' }).localBalanceMsat)
    .then(590_000_000n);
});

test('one node, one source, or a refusal that names those there are', () => {
  ledger.when((c) => channels(c, { nodeId: '02aaaa' }).length).then(1);
  ledger
    .when((c) => channels(c, { nodeId: bob }))
    .thenRefused('unknown', /no node of this ledger is called/);
  ledger.when((c) => channels(c, { source: 'ldk' })[0]?.remotePolicy).then(undefined);
  ledger
    .when((c) => channels(c, { source: 'lnd-db' }))
    .thenRefused('unknown', /no source of this ledger is called "lnd-db": it has ldk/);
});

test('peers: the channels of each summed, and how long it was connected of the time recorded', () => {
  const sums = {
    capacitySat: 1_000_000n,
    localBalanceMsat: 590_000_000n,
    remoteBalanceMsat: 410_000_000n,
    isCapacityAtLeast: false,
    isBalanceAtLeast: false,
    sentMsat: 0n,
    isSentAtLeast: false,
    receivedMsat: 0n,
    isReceivedAtLeast: false,
    forwardedMsat: 0n,
    forwardedCount: 0,
    feesEarnedMsat: 0n,
    isForwardedAtLeast: false,
  };
  const none = { capacitySat: 0n, localBalanceMsat: 0n, remoteBalanceMsat: 0n };
  ledger
    .when((c) => peers(c))
    .then([
      {
        nodeId: alice,
        peerId: carol,
        wasConnected: false,
        connectionKnownAt: at(20),
        lastSeenAt: at(11),
        firstSeenAt: at(11),
        connectedPpm: 0,
        connectionCount: 0,
        refusedOpenCount: 1,
        openChannelCount: 0,
        closedChannelCount: 1,
        ...sums,
        ...none,
        // By the forward that the node told: 5,000,000 msat in, 4,990,000 out.
        forwardedMsat: 4_990_000n,
        forwardedCount: 1,
        feesEarnedMsat: 10_000n,
      },
      {
        nodeId: alice,
        peerId: bob,
        alias: 'bob',
        features: '02',
        wasConnected: false,
        connectionKnownAt: at(20),
        lastSeenAt: at(10),
        firstSeenAt: at(0),
        // 10 of 20 minutes.
        connectedPpm: 500_000,
        connectionCount: 1,
        refusedOpenCount: 0,
        openChannelCount: 1,
        closedChannelCount: 0,
        ...sums,
      },
    ]);
});

test('a connection that stands is counted to the last recorded moment, never to the clock', () => {
  // Up to the forward at minute 9: connected since minute 0, all of the time recorded.
  ledger
    .when((c) => peers(c, upTo(11)).map((p) => [p.peerId, p.isConnected, p.connectedPpm]))
    .then([
      [carol, undefined, undefined],
      [bob, true, 1_000_000],
    ]);
  // 10 minutes connected of 11 recorded.
  ledger.when((c) => peers(c, upTo(13))[1]?.connectedPpm).then(909_090);
});

test('late facts: as of a time they count, as of what was known then they do not', async () => {
  const late = await given(
    tell(ofChannel(), 0, opened()),
    tell(ofChannel(), 1, updated('local', 1, 500_000_000n)),
    tell(ofChannel(), 5, updated('local', 3, 300_000_000n)),
    tell(ofChannel(), 3, updated('local', 2, 400_000_000n), 9),
  );
  const time = { at: { kind: 'time' as const, timeNs: timeNsOf(at(4)) } };
  const balance = (query: object) => channel(late.context, channelId, query).localBalanceMsat;
  is(balance(time), 400_000_000n);
  is(balance({ ...time, knownAtNs: timeNsOf(at(8)) }), 500_000_000n);
  is(balance({}), 300_000_000n);
});

test.run();
