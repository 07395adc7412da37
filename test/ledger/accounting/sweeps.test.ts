/** What the sweeps of one close cost, where the chain and the node's own books each tell of some. */
import { suite } from 'uvu';
import { equal } from 'uvu/assert';
import type { ChannelDraft } from '../../../src/channel/events.ts';
import { accounting } from '../../../src/ledger/accounting/accounting.ts';
import { outpointOf, ShortChannelId, Txid } from '../../../src/lightning/ids.ts';
import { closedBy, given, ofChannel, tell } from '../answers/given.ts';
import { channelId, fundingOutpoint } from '../answers/rows.ts';

const [chain, books] = [ofChannel('ldk'), ofChannel('cln-bookkeeper')];
const closingTxid = Txid('cc'.repeat(32));
const [first, second] = [Txid('d1'.repeat(32)), Txid('d2'.repeat(32))];

const life: readonly ChannelDraft[] = [
  {
    type: 'ChannelAdopted',
    data: {
      channelId,
      fundingOutpoint,
      local: {},
      remote: {},
      htlcs: [],
      why: 'met',
      opener: 'remote',
      capacitySat: 1_000_000n,
      pushMsat: 0n,
      shortChannelId: ShortChannelId('500x1x0'),
    },
  },
  closedBy(closingTxid, { settledBalanceSat: 0n }),
];

function swept(sweepTxid: Txid, index: number, feeSat?: bigint): ChannelDraft {
  const told = feeSat === undefined ? {} : { feeSat, sweptSat: 5_000n - feeSat };
  const claim = { what: 'htlc-offered', stage: 'last', outcome: 'timed-out' } as const;
  const outpoint = outpointOf(closingTxid, index);
  return {
    type: 'OutputResolved',
    data: { outpoint, ...claim, amountSat: 5_000n, sweepTxid, ...told },
  };
}

function booked(creditMsat: bigint, txid?: Txid): ChannelDraft {
  const common = { kind: 'fee' as const, book: 'onchain_fees', tags: ['onchain_fee'] };
  const data = { ...common, creditMsat, debitMsat: 0n, ...(txid !== undefined && { txid }) };
  return { type: 'MovementBooked', data };
}

async function feesOf(seen: readonly ChannelDraft[], own: readonly ChannelDraft[]) {
  const told = [
    ...[...life, ...seen].map((fact, nth) => tell(chain, nth + 1, fact)),
    ...own.map((fact, nth) => tell(books, nth + 11, fact)),
  ];
  const { context } = await given(...told);
  const { entries, unknownAmounts } = accounting(context);
  const sweeps = entries.filter(({ type }) => type === 'sweep-fee');
  return {
    fees: sweeps.map(({ txid, debitMsat }) => [txid, debitMsat]).sort(),
    unknown: unknownAmounts
      .filter(({ what }) => what === 'sweep-fee')
      .map(({ what, txid }) => [what, txid]),
  };
}

const test = suite('of several sweeps');

test('each has its own cost, told by whoever knows it', async () => {
  const both = [booked(100_000n, first), booked(200_000n, second)];
  const expected = [
    [first, 100_000n],
    [second, 200_000n],
  ];
  const all = { fees: expected, unknown: [] };
  equal(await feesOf([], both), all);
  equal(await feesOf([swept(first, 0, 100n), swept(second, 1)], both), all);
  equal(await feesOf([swept(first, 0), swept(second, 1)], both), all);
  equal(await feesOf([swept(first, 0, 100n), swept(second, 1, 200n)], both), all);
});

test('one whose cost nobody told stays unknown beside the other', async () => {
  const unknown = [['sweep-fee', second]];
  const fees = [[first, 100_000n]];
  equal(await feesOf([swept(first, 0, 100n), swept(second, 1)], []), { fees, unknown });
  const own = [booked(100_000n, first)];
  equal(await feesOf([swept(first, 0), swept(second, 1)], own), { fees, unknown });
});

test('what the books have of no transaction may be that of any, and is not entered twice', async () => {
  const own = [booked(300_000n)];
  const fees = [[first, 100_000n]];
  equal(await feesOf([swept(first, 0, 100n)], own), { fees, unknown: [] });
  equal(await feesOf([swept(first, 0)], own), { fees: [[undefined, 300_000n]], unknown: [] });
});

test.run();
