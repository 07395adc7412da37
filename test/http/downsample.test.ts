import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sampled } from '../../src/http/downsample.ts';
import { RateLimit } from '../../src/http/rate.ts';
import type { BalancePoint } from '../../src/ledger/view-types.ts';
import { timeText } from '../../src/schema/time.ts';
import { randomNumbers, seedOfRun } from '../store/sample-events.ts';

const point = (second: number, localBalanceMsat: bigint): BalancePoint => ({
  at: timeText(BigInt(second) * 1_000_000_000n),
  localBalanceMsat,
  remoteBalanceMsat: 1000n - localBalanceMsat,
});

test('of each slice the first, lowest, highest and last point stay', () => {
  const balances = [5n, 9n, 1n, 5n, 5n, 6n, 7n, 4n, 7n, 7n, 2n, 3n, 3n, 3n];
  const points = balances.map((msat, second) => point(second, msat));
  const kept = [0, 1, 2, 6, 7, 8, 10, 13].map((index) => points[index]);
  assert.equal(sampled(points, 12), kept);
});

test('few points are left as they are', () => {
  const points = [point(0, 1n), point(1, 2n)];
  assert.is(sampled(points, 4), points);
  assert.equal(sampled([], 4), []);
});

test('a received HTLC takes from the other balance alone, and is seen all the same', () => {
  const points = Array.from({ length: 30 }, (_, second) => ({
    ...point(second, 400n),
    remoteBalanceMsat: second === 17 ? 100n : 600n,
  }));
  const shown = sampled(points, 6);
  assert.ok(shown.length <= 6);
  assert.ok(shown.some(({ remoteBalanceMsat }) => remoteBalanceMsat === 100n));
});

test('a splice moves what is drawn of the peer where its balance stays, and is seen all the same', () => {
  const points = Array.from({ length: 30 }, (_, second) => ({
    ...point(second, 400n),
    capacitySat: second === 17 ? 5n : 1n,
  }));
  const shown = sampled(points, 6);
  assert.ok(shown.length <= 6);
  assert.ok(shown.some(({ capacitySat }) => capacitySat === 5n));
});

test('whatever the points, ends and extremes stay, in order, and no more than asked for', () => {
  const random = randomNumbers(seedOfRun());
  for (let nth = 0; nth < 200; nth += 1) {
    let second = 0;
    const points = Array.from({ length: 1 + random(400) }, () => {
      second += random(50);
      return point(second, BigInt(random(1000)));
    });
    const most = 6 + random(100);
    const shown = sampled(points, most);
    assert.ok(shown.length <= most);
    assert.is(shown[0], points[0]);
    assert.is(shown.at(-1), points.at(-1));
    assert.equal(
      shown,
      points.filter((one) => shown.includes(one)),
    );
    const extremes = (of: readonly BalancePoint[]) => {
      const sorted = of
        .map(({ localBalanceMsat }) => Number(localBalanceMsat))
        .sort((a, b) => a - b);
      return [sorted[0], sorted.at(-1)];
    };
    assert.equal(extremes(shown), extremes(points));
  }
});

test('a bucket is empty after its burst, and fills with time', () => {
  let nowMs = 0;
  const limit = new RateLimit({ perSecond: 2, burst: 3 }, () => nowMs);
  assert.equal(
    [1, 2, 3, 4].map(() => limit.take('here')),
    [true, true, true, false],
  );
  assert.is(limit.take('elsewhere'), true);
  nowMs = 500;
  assert.is(limit.take('here'), true);
  assert.is(limit.has('here'), false);
});

test.run();
