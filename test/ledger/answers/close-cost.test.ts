/** What a close cost us: what was ours before it, less what its transaction paid us. */
import { suite } from 'uvu';
import { equal, is, match } from 'uvu/assert';
import type { ChannelRow, CloseRow, OutputRow } from '../../../projections/channel-row.ts';
import { closeCost } from '../../../src/ledger/answers/close-cost.ts';
import { sumUses } from '../../../src/ledger/answers/stated-sums.ts';
import { outpointOf, Txid } from '../../../src/lightning/ids.ts';
import { channelRow, commitment } from './rows.ts';

const closingTxid = Txid('cc'.repeat(32));

/** Of a channel of 1,000,000 sat, its last balance known to the msat. */
function closed(
  localBalanceMsat: bigint,
  close: Partial<CloseRow>,
  changes: Partial<ChannelRow> = {},
): ChannelRow {
  return channelRow({
    opener: 'local',
    status: 'resolved',
    localBalanceMsat,
    remoteBalanceMsat: 1_000_000_000n - localBalanceMsat,
    precision: 'msat',
    local: commitment(7, { localBalanceMsat }),
    close: { kind: 'cooperative', closingTxid, outputs: [], ...close },
    ...changes,
  });
}

/** What is booked of it: the fee and the anchors; or why nobody can say, or that nobody can have paid it. */
function booked(row: ChannelRow) {
  const cost = closeCost(row);
  if (cost === undefined || 'whyNot' in cost) return cost?.whyNot;
  return cost.isExplained ? [cost.feeMsat, cost.anchorsMsat] : 'unexplained';
}

const agreed = suite('a close that both ends agreed on');

agreed('costs the opener its fee, and the other end what makes no satoshi', () => {
  // 183 sat and one of both ends' parts: 1,000,000 − 599,817 − 399,999.
  const opener = closed(600_000_400n, { feeSat: 184n, settledBalanceSat: 599_817n });
  equal(booked(opener), [183_400n, 0n]);
  const other = closed(399_999_600n, { feeSat: 184n, settledBalanceSat: 399_999n });
  equal(booked({ ...other, opener: 'remote' }), [600n, 0n]);
});

agreed('costs an end all that it had where that makes no output, whoever pays the fee', () => {
  // Both channels of a Core Lightning node that were closed so: msatoshi_local, and last_tx's one output.
  const theirs = closed(999_980_000n, { feeSat: 2_075n, settledBalanceSat: 997_925n });
  equal(booked(theirs), [2_055_000n, 0n]);
  const ours = closed(20_002n, { feeSat: 2_076n, settledBalanceSat: 0n }, { opener: 'remote' });
  equal(booked(ours), [20_002n, 0n]);
});

agreed('may be paid for by the end that proposed it', () => {
  const paid = { feeSat: 183n, settledBalanceSat: 399_817n };
  equal(booked(closed(400_000_000n, paid, { opener: 'remote' })), [183_000n, 0n]);
  const free = { feeSat: 183n, settledBalanceSat: 400_000n };
  equal(booked(closed(400_000_000n, free)), [0n, 0n]);
});

agreed('costs no end a part of the fee, more than it, or less than nothing', () => {
  const costing = (costSat: bigint) =>
    booked(closed(600_000_000n, { feeSat: 5_000n, settledBalanceSat: 600_000n - costSat }));
  equal([0n, 5_000n].map(costing), [
    [0n, 0n],
    [5_000_000n, 0n],
  ]);
  for (const costSat of [-1n, 1n, 4_999n, 5_001n]) is(costing(costSat), 'unexplained');
});

agreed('of a balance in whole satoshi costs what the one who pays it pays', () => {
  const about = (localBalanceMsat: bigint) => {
    const row = closed(localBalanceMsat, { feeSat: 183n, settledBalanceSat: 599_817n });
    return booked({ ...row, precision: 'sat' });
  };
  equal(about(600_000_000n), [183_000n, 0n]);
  equal(about(600_001_000n), [183_000n, 0n]);
  equal(about(599_999_000n), [183_000n, 0n]);
  is(about(600_002_000n), 'unexplained');
  for (const localBalanceMsat of [399_999_000n, 400_000_000n, 400_001_000n]) {
    const other = closed(localBalanceMsat, { feeSat: 183n, settledBalanceSat: 400_000n });
    equal(booked({ ...other, opener: 'remote', precision: 'sat' }), [0n, 0n]);
  }
  // What the source says was ours at the end counts more than the balance that was known before.
  const final = { finalLocalBalanceMsat: 600_000_400n };
  const row = closed(1n, { feeSat: 184n, settledBalanceSat: 599_817n, ...final });
  equal(booked({ ...row, precision: 'sat' }), [183_400n, 0n]);
});

agreed('is not reckoned where something of it was not told, or was in flight', () => {
  const told = { feeSat: 183n, settledBalanceSat: 599_817n };
  const row = closed(600_000_000n, told);
  const { localBalanceMsat: _, ...unbalanced } = row;
  match(String(booked(unbalanced)), /before the close was not told/);
  const { feeSat, ...unpriced } = told;
  match(String(booked(closed(600_000_000n, unpriced))), /fee of the closing transaction/);
  match(String(booked(closed(600_000_000n, { feeSat }))), /paid us was not told/);
  const holding = { local: commitment(7, { offered: [3] }) };
  match(String(booked(closed(600_000_000n, told, holding))), /in flight/);
  match(String(booked({ ...row, remote: commitment(7, { received: [3] }) })), /in flight/);
  for (const kind of ['breach', 'abandoned', 'funding-cancelled', 'unknown'] as const) {
    is(closeCost(closed(600_000_000n, { ...told, kind })), undefined);
  }
});

agreed.run();

const forced = suite('a commitment that was published');

/** To us 600,000 less the fee and two anchors, to them 400,000. */
const paid: readonly (readonly [OutputRow['what'], bigint])[] = [
  ['anchor-local', 330n],
  ['anchor-remote', 330n],
  ['to-remote', 400_000n],
  ['to-local', 598_340n],
];
const outputsOf = (outputs: typeof paid): OutputRow[] =>
  outputs.map(([what, valueSat], n) => {
    return { outpoint: outpointOf(closingTxid, n), what, valueSat };
  });
const published = (outputs: typeof paid, changes: Partial<CloseRow> = {}): Partial<CloseRow> => ({
  kind: 'local-force',
  feeSat: 1_000n,
  outputs: outputsOf(outputs),
  ...changes,
});

forced('costs its opener the fee and the anchors, and nobody else', () => {
  equal(booked(closed(600_000_000n, published(paid))), [1_000_000n, 660_000n]);
  const other = closed(598_340_700n, published(paid, { kind: 'remote-force' }));
  equal(booked({ ...other, opener: 'remote' }), [700n, 0n]);
  is(booked(closed(598_340_000n, published(paid))), 'unexplained');
  is(booked({ ...closed(600_000_000n, published(paid)), opener: 'remote' }), 'unexplained');
});

forced('is reckoned by its own outputs alone, and only where each of them is known', () => {
  const stages = outputsOf([['to-local', 10n]]).map((output) => {
    return { ...output, outpoint: outpointOf(Txid('dd'.repeat(32)), 0) };
  });
  const close = published(paid);
  const staged = { ...close, outputs: [...(close.outputs ?? []), ...stages] };
  equal(booked(closed(600_000_000n, staged)), [1_000_000n, 660_000n]);
  const unsaid = paid.with(3, ['unknown', 598_340n]);
  const htlc = paid.with(2, ['htlc-offered', 400_000n]);
  for (const outputs of [paid.slice(1), unsaid, htlc]) {
    match(String(booked(closed(600_000_000n, published(outputs)))), /paid us was not told/);
  }
});

forced.run();

const checked = suite('the sum of a close');

const useOf = (row: ChannelRow) => {
  const uses = sumUses([row], [], new Map());
  const [use] = uses.filter(({ rule }) => rule === 'close-explains-balance');
  if (use === undefined || 'whyNot' in use) return use?.whyNot;
  return [use.isKept, use.isKept ? '' : use.detail];
};

checked('holds the last balance to what came of it and what it cost', () => {
  const told = { feeSat: 183n, settledBalanceSat: 599_817n };
  equal(useOf(closed(600_000_000n, told)), [true, '']);
  equal(useOf(closed(600_500_000n, told)), [
    false,
    'ldk: last balance 600500000 − paid to us 599817000 = 683000 msat, which is no share of the 183000 msat that both ends lost by the close',
  ]);
  is(useOf(channelRow()), undefined);
});

checked('says so where the balance may have moved since it was known', () => {
  const told = { feeSat: 183n, settledBalanceSat: 599_817n };
  const moved = 'its balance may have moved before the close';
  const { local: _, ...stated } = closed(600_500_000n, told);
  is(useOf(stated), moved);
  const gap = { what: 'htlcs', why: 'nobody looked', at: '' };
  is(useOf(closed(600_500_000n, told, { gaps: [gap] })), moved);
  const final = { ...told, finalLocalBalanceMsat: 600_500_000n };
  match(String(useOf(closed(1n, final, { gaps: [gap] }))), /^false/);
  // Kept all the same, it is checked.
  equal(useOf(closed(600_000_000n, told, { gaps: [gap] })), [true, '']);
});

checked.run();
