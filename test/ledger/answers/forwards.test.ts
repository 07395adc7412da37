import { test } from 'uvu';
import { equal } from 'uvu/assert';
import { flowsOf } from '../../../src/ledger/answers/flows.ts';
import { type ForwardQuery, forwardSums, forwards } from '../../../src/ledger/answers/forwards.ts';
import { ChannelId } from '../../../src/lightning/ids.ts';
import type { NodeDraft } from '../../../src/node/events.ts';
import { timeNsOf } from '../../../src/schema/time.ts';
import { given, ofNode, tell } from './given.ts';
import { alice, at, bob, carol, channelId } from './rows.ts';

const outgoing = ChannelId('22'.repeat(32));

type Route = Partial<Extract<NodeDraft, { readonly type: 'PaymentForwarded' }>['data']>;

function forwarded(changes: Route = {}): NodeDraft {
  return {
    type: 'PaymentForwarded',
    data: {
      incomingChannelId: channelId,
      outgoingChannelId: outgoing,
      amountInMsat: 10_050n,
      amountOutMsat: 10_000n,
      isClaimedOnChain: false,
      ...changes,
    },
  };
}

const failed: NodeDraft = {
  type: 'ForwardFailed',
  data: {
    incomingChannelId: channelId,
    incomingHtlcId: 7,
    outgoingChannelId: outgoing,
    amountInMsat: 99n,
    reason: 'no route',
  },
};

test('forwards and failures in the order they happened, the fee from the amounts where not stated', async () => {
  const ledger = await given(
    tell(ofNode(), 2, failed),
    tell(ofNode(), 1, forwarded({ incomingHtlcId: 3, incomingPeerId: bob, outgoingPeerId: carol })),
  );
  ledger
    .when((c) => forwards(c).map(({ eventId: _, ...forward }) => forward))
    .then([
      {
        nodeId: alice,
        at: at(1),
        outcome: 'forwarded',
        incomingChannelId: channelId,
        incomingHtlcId: 3,
        outgoingChannelId: outgoing,
        incomingPeerId: bob,
        outgoingPeerId: carol,
        amountInMsat: 10_050n,
        amountOutMsat: 10_000n,
        feeMsat: 50n,
      },
      {
        nodeId: alice,
        at: at(2),
        outcome: 'failed',
        incomingChannelId: channelId,
        incomingHtlcId: 7,
        outgoingChannelId: outgoing,
        amountInMsat: 99n,
        reason: 'no route',
      },
    ]);
});

const times = (query: ForwardQuery = {}) => {
  return (c: Parameters<typeof forwards>[0]) => forwards(c, query).map((f) => f.at);
};

test('a forward that two sources tell is one, by its incoming HTLC', async () => {
  const ledger = await given(
    tell(ofNode(alice, 'lnd-rpc'), 2, forwarded({ incomingHtlcId: 3 })),
    tell(ofNode(alice, 'lnd-db'), 1, forwarded({ incomingHtlcId: 3 })),
    tell(ofNode(alice, 'lnd-db'), 5, forwarded({ incomingHtlcId: 4 })),
    // Another node's forward of the same numbers is another forward.
    tell(ofNode(bob, 'lnd-db'), 6, forwarded({ incomingHtlcId: 3 })),
  );
  ledger.when(times()).then([at(1), at(5), at(6)]);
  ledger.when(times({ source: 'lnd-rpc' })).then([at(2)]);
  ledger.when(times({ nodeId: bob })).then([at(6)]);
});

test('equal forwards without HTLC ids are as many as the source that tells most of them says', async () => {
  const ledger = await given(
    tell(ofNode(alice, 'lnd-db'), 1, forwarded()),
    tell(ofNode(alice, 'lnd-db'), 1, forwarded()),
    tell(ofNode(alice, 'lnd-db'), 4, forwarded()),
    tell(ofNode(alice, 'lnd-rpc'), 1, forwarded()),
    tell(ofNode(alice, 'lnd-rpc'), 2, forwarded({ amountInMsat: 7n, amountOutMsat: 7n })),
  );
  ledger.when(times()).then([at(1), at(1), at(2), at(4)]);
});

test('what one source names by its HTLC and another does not is counted once', async () => {
  const ledger = await given(
    tell(ofNode(alice, 'ldk'), 1, forwarded({ incomingHtlcId: 0 })),
    tell(ofNode(alice, 'ldk'), 2, forwarded({ incomingHtlcId: 1 })),
    tell(ofNode(alice, 'mine'), 1, forwarded()),
    tell(ofNode(alice, 'mine'), 2, forwarded()),
    tell(ofNode(alice, 'mine'), 3, forwarded()),
  );
  ledger.when(times()).then([at(1), at(2), at(3)]);
});

const days = await given(
  tell(ofNode(), 1, forwarded({ incomingHtlcId: 1, incomingPeerId: bob, outgoingPeerId: carol })),
  tell(ofNode(), 2, forwarded({ incomingHtlcId: 2, feeMsat: 60n, outgoingPeerId: carol })),
  tell(ofNode(), 3, failed),
);

test('sums by day count everything', () => {
  days
    .when((c) => forwardSums(c, 'day'))
    .then([
      {
        by: '2026-03-14',
        forwardedCount: 2,
        forwardedInCount: 2,
        failedCount: 1,
        amountInMsat: 20_100n,
        amountOutMsat: 20_000n,
        feeMsat: 110n,
      },
    ]);
});

test('sums by channel and peer: in where it came in, out, fee and failure where it went out', () => {
  const none = { forwardedCount: 0, failedCount: 0, amountOutMsat: 0n, feeMsat: 0n };
  const out = { forwardedInCount: 0, amountInMsat: 0n, amountOutMsat: 20_000n, feeMsat: 110n };
  days
    .when((c) => forwardSums(c, 'channel'))
    .then([
      { by: channelId, ...none, forwardedInCount: 2, amountInMsat: 20_100n },
      { by: outgoing, forwardedCount: 2, failedCount: 1, ...out },
    ]);
  const half = { forwardedInCount: 1, amountInMsat: 10_050n };
  days
    .when((c) => forwardSums(c, 'peer'))
    .then([
      { by: carol, forwardedCount: 2, failedCount: 0, ...out },
      { by: bob, ...none, ...half },
      { by: 'unknown', ...none, ...half, failedCount: 1 },
    ]);
});

const short = await given(
  tell(ofNode(), 1, forwarded({ incomingHtlcId: 1 })),
  tell(ofNode(), 2, {
    type: 'PaymentForwarded',
    data: {
      ...{ incomingChannelId: channelId, outgoingChannelId: outgoing, incomingHtlcId: 2 },
      ...{ amountInMsat: 5_000n, isClaimedOnChain: true },
    },
  }),
);

test('what one forward does not tell makes that sum a lower bound, and no other', () => {
  const [inMsat, outMsat] = [{ amountInMsat: 15_050n }, { amountOutMsat: 10_000n, feeMsat: 50n }];
  const isAtLeast = { isAmountOutAtLeast: true, isFeeAtLeast: true };
  const none = { forwardedCount: 0, failedCount: 0, amountOutMsat: 0n, feeMsat: 0n };
  short
    .when((c) => forwardSums(c, 'channel'))
    .then([
      { by: channelId, ...none, forwardedInCount: 2, ...inMsat },
      {
        ...{ by: outgoing, forwardedCount: 2, forwardedInCount: 0, failedCount: 0 },
        ...{ amountInMsat: 0n, ...outMsat, ...isAtLeast },
      },
    ]);
  const counts = { forwardedCount: 2, failedCount: 0 };
  const sums = { ...inMsat, ...outMsat, ...isAtLeast };
  short
    .when((c) => forwardSums(c, 'day'))
    .then([{ by: '2026-03-14', ...counts, forwardedInCount: 2, ...sums }]);
  const ways = { incoming: channelId, outgoing };
  short
    .when((c) => flowsOf(forwards(c), 'channel'))
    .then([{ nodeId: alice, day: '2026-03-14', ...ways, ...counts, ...sums }]);
});

test('a span is from its first moment to before its last; a moment cuts as everywhere', () => {
  const minute = (n: number) => timeNsOf(at(n));
  days.when(times({ fromNs: minute(2), toNs: minute(3) })).then([at(2)]);
  days.when(times({ at: { kind: 'position', position: 1 } })).then([at(1)]);
  days.when(times({ at: { kind: 'time', timeNs: minute(2) } })).then([at(1), at(2)]);
  days.when(times({ knownAtNs: minute(0) })).then([]);
  days
    .when(times({ at: { kind: 'revision', revision: 1 } }))
    .thenRefused('wrong', /belongs to one channel/);
});

test('a height is, per node, just before its first block above it', async () => {
  const block = (height: number): NodeDraft => ({
    type: 'BestBlockChanged',
    data: { height, blockHash: String(height).padStart(64, '0') },
  });
  const ledger = await given(
    tell(ofNode(), 1, block(100)),
    tell(ofNode(), 2, forwarded({ incomingHtlcId: 1 })),
    tell(ofNode(), 3, block(101)),
    tell(ofNode(), 4, forwarded({ incomingHtlcId: 2 })),
  );
  ledger.when(times({ at: { kind: 'height', height: 100 } })).then([at(2)]);
  ledger.when(times({ at: { kind: 'height', height: 101 } })).then([at(2), at(4)]);
});

test('the order in which sources were recorded does not change the answer', async () => {
  const told = [
    tell(ofNode(alice, 'lnd-rpc'), 2, forwarded({ incomingHtlcId: 3 })),
    tell(ofNode(alice, 'lnd-db'), 1, forwarded({ incomingHtlcId: 3 })),
    tell(ofNode(alice, 'mine'), 1, forwarded()),
    tell(ofNode(alice, 'mine'), 4, forwarded()),
  ] as const;
  const [a, b, c, d] = told;
  const one = await given(a, b, c, d);
  const other = await given(c, b, d, a);
  const plain = (ledger: typeof one) =>
    forwards(ledger.context).map((f) => [f.at, f.incomingHtlcId]);
  equal(plain(one), plain(other));
  equal(plain(one), [
    [at(1), 3],
    [at(4), undefined],
  ]);
});

test.run();
