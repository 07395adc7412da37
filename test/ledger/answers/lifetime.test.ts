/** What a channel's lifetime is shown as: one rule for every answer. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { lifetimeOf, lifetimeSum } from '../../../src/ledger/answers/lifetime.ts';
import { at, channelRow } from './rows.ts';

const { totals: none } = channelRow({});
const counted = { ...none, sentMsat: 5_000n, receivedMsat: 7_000n, feesEarnedMsat: 3n };
const short = { ...counted, isAtLeast: true };
const statedTotals = { sentMsat: 9_000n, receivedMsat: 6_000n };

function shown(given: Parameters<typeof lifetimeOf>[0]) {
  const { sentMsat, isSentAtLeast, receivedMsat, isReceivedAtLeast } = lifetimeOf(given);
  return [sentMsat, isSentAtLeast, receivedMsat, isReceivedAtLeast];
}

test('what was counted whole is shown, whatever a source states', () => {
  assert.equal(shown({ totals: counted, statedTotals, statedTotalsAt: at(1) }), [
    5_000n,
    false,
    7_000n,
    false,
  ]);
});

test('what was counted in part gives way to what a source states, where that is more', () => {
  const given = { totals: short, statedTotals, statedTotalsAt: at(1), balanceAt: at(1) };
  // Of what was received more is recorded than the source states: a lower bound still.
  assert.equal(shown(given), [9_000n, false, 7_000n, true]);
});

test('what a source stated before the balance moved on is a lower bound', () => {
  const given = { totals: short, statedTotals, statedTotalsAt: at(1), balanceAt: at(2) };
  assert.equal(shown(given), [9_000n, true, 7_000n, true]);
});

test('forwards and what they earned are counted alone, and marked', () => {
  const { feesEarnedMsat, isForwardedAtLeast } = lifetimeOf({ totals: short, statedTotals });
  assert.equal([feesEarnedMsat, isForwardedAtLeast], [3n, true]);
});

test('forwards that the node tells and the HTLCs do not show are counted, and marked', () => {
  const forwarded = {
    ...{ inMsat: 0n, inCount: 0, outMsat: 4_000n, outCount: 2, feeMsat: 8n },
    ...{ isInAtLeast: false, isOutAtLeast: false },
  };
  const told = (nodes: typeof forwarded, own: typeof counted) => {
    const { forwardedMsat, forwardedCount, feesEarnedMsat, isForwardedAtLeast } = lifetimeOf(
      { totals: own },
      nodes,
    );
    return [forwardedMsat, forwardedCount, feesEarnedMsat, isForwardedAtLeast];
  };
  assert.equal(told(forwarded, short), [4_000n, 2, 8n, true]);
  // The HTLCs show more of them: a list may be cut short as well.
  const shown = { ...counted, forwardedMsat: 6_000n, forwardedCount: 3, feesEarnedMsat: 9n };
  assert.equal(told(forwarded, shown), [6_000n, 3, 9n, false]);
  // As many, and what came in for one of the HTLCs is not known.
  assert.equal(told({ ...forwarded, outMsat: 6_000n, outCount: 3, feeMsat: 12n }, shown), [
    6_000n,
    3,
    12n,
    false,
  ]);
});

test('what a forward earned is a lower bound where of one it is not told, by whoever tells all', () => {
  const own = { ...counted, forwardedMsat: 6_000n, forwardedCount: 2, feesEarnedMsat: 9n };
  const nodes = {
    ...{ inMsat: 0n, inCount: 0, outMsat: 6_000n, outCount: 2, feeMsat: 8n },
    ...{ isInAtLeast: false, isOutAtLeast: true },
  };
  const earned = (...told: Parameters<typeof lifetimeOf>) => {
    const { feesEarnedMsat, isForwardedAtLeast } = lifetimeOf(...told);
    return [feesEarnedMsat, isForwardedAtLeast];
  };
  // The HTLCs show what the node does not tell.
  assert.equal(earned({ totals: own }, nodes), [9n, false]);
  const untold = { ...own, feesEarnedMsat: 8n, isFeesEarnedAtLeast: true };
  assert.equal(earned({ totals: untold }), [8n, true]);
  assert.equal(earned({ totals: untold }, nodes), [8n, true]);
  assert.equal(earned({ totals: untold }, { ...nodes, isOutAtLeast: false }), [8n, false]);
  assert.equal(earned({ totals: own }, { ...nodes, outCount: 3 }), [8n, true]);
});

test('of several channels one that may be short makes the sum so, kind by kind', () => {
  const told = { totals: short, statedTotals, statedTotalsAt: at(1), balanceAt: at(1) };
  assert.equal(lifetimeSum([lifetimeOf({ totals: counted }), lifetimeOf(told)]), {
    sentMsat: 14_000n,
    isSentAtLeast: false,
    receivedMsat: 14_000n,
    isReceivedAtLeast: true,
    forwardedMsat: 0n,
    forwardedCount: 0,
    feesEarnedMsat: 6n,
    isForwardedAtLeast: true,
  });
  assert.is(lifetimeSum([]).isSentAtLeast, false);
});

test.run();
