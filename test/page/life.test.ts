/** What the chart of a channel's life draws. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { curvesOf } from '../../src/page/channel/life.ts';
import { scaledAxis, stepOf } from '../../src/page/channel/life-axis.ts';
import { endOfBalances } from '../../src/page/channel/over.ts';
import { timeText } from '../../src/schema/time.ts';

const SECOND = 1_000_000_000n;
const at = (seconds: number) => timeText(BigInt(seconds) * SECOND);
const axis = scaledAxis({ startNs: 100n * SECOND, endNs: 200n * SECOND });
const points = [
  {
    at: at(110),
    capacitySat: '1000000',
    localBalanceMsat: '600000000',
    remoteBalanceMsat: '400000000',
  },
  {
    at: at(120),
    capacitySat: '1000000',
    localBalanceMsat: '500000000',
    remoteBalanceMsat: '400000000',
  },
];

test('the last balance of an open channel holds until now', () => {
  assert.equal(curvesOf(points, axis), [
    [110, 120, 200],
    [600_000, 500_000, 500_000],
    [600_000, 600_000, 600_000],
    [1_000_000, 1_000_000, 1_000_000],
  ]);
});

test('that of a closed one, and what was in flight, ends with the close', () => {
  assert.equal(curvesOf(points, axis, at(150)), [
    [110, 120, 150],
    [600_000, 500_000, 500_000],
    [600_000, 600_000, 600_000],
    [1_000_000, 1_000_000, 1_000_000],
  ]);
  // A source may tell the close in the second of the last balance, or before it.
  assert.equal(curvesOf(points, axis, at(120))[0], [110, 120]);
  assert.equal(curvesOf(points, axis, at(115))[0], [110, 120]);
});

test('each balance is drawn in the capacity of its time: before a splice nothing was in flight', () => {
  const spliced = [
    {
      at: at(110),
      capacitySat: '1000000',
      localBalanceMsat: '600000000',
      remoteBalanceMsat: '400000000',
    },
    {
      at: at(120),
      capacitySat: '1500000',
      localBalanceMsat: '1100000000',
      remoteBalanceMsat: '400000000',
    },
  ];
  assert.equal(curvesOf(spliced, axis), [
    [110, 120, 200],
    [600_000, 1_100_000, 1_100_000],
    [600_000, 1_100_000, 1_100_000],
    [1_000_000, 1_500_000, 1_500_000],
  ]);
});

test('a capacity that nobody told is at least the greatest sum that was', () => {
  const untold = points.map(({ capacitySat: _, ...point }) => point);
  assert.equal(curvesOf(untold, axis), [
    [110, 120, 200],
    [600_000, 500_000, 500_000],
    [600_000, 600_000, 600_000],
    [1_000_000, 1_000_000, 1_000_000],
  ]);
});

test('balances end with a close that stands', () => {
  const close = { closedAt: at(150) };
  const statuses = ['open', 'closing', 'closed', 'resolved'] as const;
  assert.equal(
    statuses.map((status) => endOfBalances({ status, close })),
    [undefined, undefined, at(150), at(150)],
  );
});

test('the slider stands at the time that is shown', () => {
  assert.is(stepOf(axis, 2000, undefined), 2000);
  assert.is(stepOf(axis, 2000, at(150)), 1000);
});

test.run();
