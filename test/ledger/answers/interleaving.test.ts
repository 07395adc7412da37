import fc from 'fast-check';
import { test } from 'uvu';
import { equal, is } from 'uvu/assert';
import { balances } from '../../../src/ledger/answers/balances.ts';
import { channel, channels, closed } from '../../../src/ledger/answers/channels.ts';
import { feeChanges } from '../../../src/ledger/answers/fees.ts';
import { forwardSums, forwards } from '../../../src/ledger/answers/forwards.ts';
import { type HistoryContext, history } from '../../../src/ledger/answers/history.ts';
import { peers } from '../../../src/ledger/answers/peers.ts';
import { problems } from '../../../src/ledger/answers/problems.ts';
import { ChannelId } from '../../../src/lightning/ids.ts';
import { timeNsOf } from '../../../src/schema/time.ts';
import { given, ofChannel, ofNode, ofPeer, opened, type Told, tell, updated } from './given.ts';
import { alice, at, bob, channelId } from './rows.ts';

/** Two tellers of one channel, one of them late and coarse, and what stands beside it. */
const streams: readonly (readonly Told[])[] = [
  [
    tell(ofChannel('ldk'), 0, opened()),
    tell(ofChannel('ldk'), 2, updated('local', 1, 590_000_000n)),
    tell(ofChannel('ldk'), 2, updated('remote', 1, 590_000_000n)),
    tell(ofChannel('ldk'), 6, updated('local', 2, 580_000_000n)),
  ],
  [
    tell(ofChannel('lnd-db'), 0, opened(), 20),
    tell(ofChannel('lnd-db'), 6, updated('local', 2, 580_000_001n, {}, 419_999_999n), 20),
    // An older copy, imported after the newer one.
    tell(ofChannel('lnd-db'), 2, updated('local', 1, 590_000_000n), 21),
    tell(ofChannel('lnd-db'), 3, {
      type: 'FeePolicyChanged',
      data: {
        side: 'remote',
        feeBaseMsat: 1_000n,
        feeProportionalMillionths: 9,
        cltvExpiryDeltaBlocks: 40,
        htlcMinimumMsat: 1n,
        isDisabled: false,
        timestamp: 5,
      },
    }),
  ],
  [
    tell(ofNode(alice, 'ldk'), 0, { type: 'RecordingStarted', data: { recorder: 'test' } }),
    tell(ofNode(alice, 'ldk'), 3, {
      type: 'PaymentForwarded',
      data: {
        incomingChannelId: channelId,
        incomingHtlcId: 0,
        outgoingChannelId: ChannelId('22'.repeat(32)),
        amountInMsat: 11n,
        amountOutMsat: 10n,
        isClaimedOnChain: false,
      },
    }),
  ],
  [
    tell(ofNode(alice, 'lnd-db'), 3, {
      type: 'PaymentForwarded',
      data: {
        incomingChannelId: channelId,
        incomingHtlcId: 0,
        amountInMsat: 11n,
        amountOutMsat: 10n,
        isClaimedOnChain: false,
      },
    }),
  ],
  [
    tell(ofPeer(bob, 'ldk'), 0, { type: 'PeerConnected', data: { isInbound: true } }),
    tell(ofPeer(bob, 'ldk'), 1, { type: 'PeerRenamed', data: { alias: 'bob' } }),
  ],
];

function everything(c: HistoryContext) {
  const time = { at: { kind: 'time' as const, timeNs: timeNsOf(at(4)) } };
  return {
    channels: channels(c),
    before: channels(c, time),
    known: channels(c, { ...time, knownAtNs: timeNsOf(at(10)) }),
    commitment: channel(c, channelId, { at: { kind: 'commitment', side: 'local', number: 1 } }),
    closed: closed(c),
    peers: peers(c),
    fees: feeChanges(c, undefined),
    forwards: forwards(c),
    sums: forwardSums(c, 'channel'),
    balances: balances(c, channelId),
    problems: problems(c),
    history: [...history(c, channelId)].map(({ position: _, ...entry }) => entry),
  };
}

const expected = everything((await given(...streams.flat())).context);

test('both tellers are in the answer, and their contradiction is told', () => {
  equal(expected.channels[0]?.sources, ['ldk', 'lnd-db']);
  is(expected.channels[0]?.localBalanceMsat, 580_000_000n);
  is(expected.before[0]?.localBalanceMsat, 590_000_000n);
  is(expected.forwards.length, 1);
  equal(
    expected.problems.map(({ detail }) => detail),
    ['they differ on the balance of local commitment 2'],
  );
});

test('any interleaving of the streams gives the same answers to every question', async () => {
  const places = streams.flatMap((told, stream) => told.map(() => stream));
  const interleaving = fc.shuffledSubarray(places, { minLength: places.length });
  await fc.assert(
    fc.asyncProperty(interleaving, async (order) => {
      const rest = streams.map((told) => [...told]);
      const told = order.flatMap((stream) => rest[stream]?.shift() ?? []);
      equal(everything((await given(...told)).context), expected);
    }),
    { seed: 5, numRuns: 60 },
  );
});

test.run();
