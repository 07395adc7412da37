/** Where a wallet's facts stand in time that have none, or a miner's. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Clock } from '../../../src/sources/electrum/clock.ts';

const at = (second: number) => BigInt(second) * 1_000_000_000n;

test("a block's time stands as it is told, and bounds what comes after it", () => {
  const clock = new Clock(at(1_000));
  assert.equal(clock.stated(at(100)), { happenedAtNs: at(100), timeBasis: 'source' });
  assert.equal(clock.between(), {
    happenedAtNs: at(100) + 1n,
    timeBasis: 'interpolated',
    notBeforeNs: at(100),
  });
});

test('a miner whose clock is slow puts no block before the HTLC that led to it', () => {
  const clock = new Clock(at(1_000));
  clock.notBefore(at(100));
  assert.equal(clock.stated(at(50)), {
    happenedAtNs: at(100),
    timeBasis: 'interpolated',
    notBeforeNs: at(100),
  });
});

test('an offer is any moment of its second, and one that stands behind later facts is only before the next', () => {
  const clock = new Clock(at(1_000));
  const second = (seconds: number) => ({
    timeBasis: 'interpolated',
    notBeforeNs: at(seconds),
    notAfterNs: at(seconds + 1) - 1n,
  });
  assert.equal(clock.offered(at(100)), { happenedAtNs: at(100), ...second(100) });
  assert.equal(clock.offered(at(100)), { happenedAtNs: at(100) + 1n, ...second(100) });
  clock.notBefore(at(200));
  assert.equal(clock.offered(at(150), at(300)), {
    happenedAtNs: at(200),
    timeBasis: 'interpolated',
    notBeforeNs: at(200),
    notAfterNs: at(301) - 1n,
  });
});

test.run();
