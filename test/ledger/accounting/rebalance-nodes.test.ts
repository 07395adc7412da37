/** What rebalancing cost is known of each node by itself: what another tells says nothing of it. */
import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import type { ChannelDraft } from '../../../src/channel/events.ts';
import { rebalanceFees } from '../../../src/ledger/accounting/rebalance-fees.ts';
import { allChannels } from '../../../src/ledger/answers/channels.ts';
import type { Query } from '../../../src/ledger/query.ts';
import { ChannelId, Outpoint } from '../../../src/lightning/ids.ts';
import type { NodeDraft } from '../../../src/node/events.ts';
import { given, ofChannel, ofNode, opened, type Told, tell } from '../answers/given.ts';
import { bob, channelId, fundingOutpoint } from '../answers/rows.ts';

const test = suite('what rebalancing cost');

const second = {
  channelId: ChannelId('22'.repeat(32)),
  fundingOutpoint: Outpoint(`${'22'.repeat(32)}:0`),
};
const [out, back] = [ofChannel('cln-db', bob), ofChannel('cln-db', bob, second.channelId)];
const paymentLink = 'e1'.repeat(16);

/** An HTLC of bob's that was settled, of one payment hash with the others. */
function htlc(direction: 'offered' | 'received', amountMsat: bigint): readonly ChannelDraft[] {
  const terms = { id: 0, direction, amountMsat };
  return [
    { type: 'HtlcAdded', data: { ...terms, cltvExpiry: 600, paymentLink } },
    { type: 'HtlcSettled', data: { ...terms, isOnChain: false } },
  ];
}

const bobs: readonly Told[] = [
  tell(out, 1, opened({ channelId, fundingOutpoint })),
  tell(back, 1, opened(second)),
  ...htlc('offered', 1_010_000n).map((fact) => tell(out, 2, fact)),
];
const rebalanced = [...bobs, ...htlc('received', 1_000_000n).map((fact) => tell(back, 3, fact))];

const sent = (data: Extract<NodeDraft, { type: 'PaymentSent' }>['data'], nodeId?: typeof bob) =>
  tell(ofNode(nodeId), 4, { type: 'PaymentSent', data });
const received = tell(ofNode(bob), 5, {
  type: 'PaymentReceived',
  data: { paymentLink: 'e2'.repeat(16), amountMsat: 5n },
});

/** Of bob's two channels, of which one sent something. */
async function costs(told: readonly Told[], query: Query = {}) {
  const { context } = await given(...told);
  const fees = rebalanceFees(context, query);
  const views = allChannels(context, { nodeId: bob });
  return [channelId, second.channelId].map((id) => {
    const view = views.find((one) => one.channelId === id);
    return view && fees.of(view);
  });
}

test('is what its HTLCs show, whether another node tells payments or not', async () => {
  const others = sent({ amountMsat: 5n, feeMsat: 0n });
  equal(await costs(rebalanced), [10_000n, 0n]);
  equal(await costs([...rebalanced, others]), [10_000n, 0n]);
  equal(await costs([...rebalanced, others], { nodeId: bob }), [10_000n, 0n]);
});

test('is what its HTLCs show where it tells its receipts alone', async () => {
  equal(await costs([...rebalanced, received]), [10_000n, 0n]);
});

test('is 0 where the node’s own payments did not come back', async () => {
  equal(await costs([...bobs, sent({ paymentLink, amountMsat: 1n }, bob), received]), [0n, 0n]);
});

test('is unknown where nobody told what a rebalance moved, nor over which channel', async () => {
  const untold = sent({ isToSelf: true }, bob);
  equal(await costs([...bobs, untold]), [undefined, 0n]);
  const another = sent({ isToSelf: true });
  equal(await costs([...bobs, another, sent({ amountMsat: 1n }, bob)]), [0n, 0n]);
});

test('of two nodes that each tell one half of a payment is nobody’s', async () => {
  const half = [sent({ paymentLink, amountMsat: 5n }, bob)];
  const other = tell(ofNode(), 6, {
    type: 'PaymentReceived',
    data: { paymentLink, amountMsat: 5n },
  });
  equal(await costs([...bobs, ...half, other]), [0n, 0n]);
});

test.run();
