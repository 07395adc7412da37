/** The node's own payments, as the HTLCs of a wallet's channels tell them. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ChannelId, NodeId } from '../../../src/lightning/ids.ts';
import { type Part, paymentFacts } from '../../../src/sources/electrum/payments.ts';
import { booksOf, leg } from '../../ledger/accounting/book-entries.ts';

const wallet = {
  nodeId: NodeId(`02${'aa'.repeat(32)}`),
  chain: 'testnet',
  nowNs: 1_700_000_000_000_000_000n,
};
const [EAST, WEST] = [ChannelId('e'.repeat(64)), ChannelId('f'.repeat(64))];

function part(direction: Part['direction'], id: number, amountMsat: bigint): Part {
  return {
    channelId: direction === 'received' ? EAST : WEST,
    direction,
    id,
    amountMsat,
    paymentHash: 'ab'.repeat(32),
    cltvExpiry: 500,
    addedAt: 1_600_000_000 + id,
    lockedIn: { local: 1, remote: 1 },
    removed: { local: 2, remote: 2, outcome: 'settled' },
  };
}

test('one HTLC that came and one that went is a forward, with both', () => {
  const told = paymentFacts(wallet, {}, [part('received', 7, 1_010n), part('offered', 3, 1_000n)]);
  assert.equal(
    told.map(({ fact }) => fact),
    [
      {
        type: 'PaymentForwarded',
        data: {
          incomingChannelId: EAST,
          incomingHtlcId: 7,
          outgoingChannelId: WEST,
          outgoingHtlcId: 3,
          amountInMsat: 1_010n,
          amountOutMsat: 1_000n,
          feeMsat: 10n,
        },
      },
    ],
  );
});

test('of several parts the HTLCs alone tell it, and the books enter its fee once', () => {
  const parts = [
    part('received', 0, 1_010n),
    part('received', 1, 2_020n),
    part('offered', 0, 1_000n),
    part('offered', 1, 2_000n),
  ];
  assert.equal(paymentFacts(wallet, {}, parts), []);
  const legs = parts.map(({ channelId, direction, amountMsat }) =>
    leg(channelId, direction, amountMsat, { paymentLink: 'd1' }),
  );
  assert.equal(booksOf({ legs }).entries, [['forward', WEST, 30n, true]]);
});

test.run();
