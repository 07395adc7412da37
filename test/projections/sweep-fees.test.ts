import { test } from 'uvu';
import { equal } from 'uvu/assert';
import type { OutputRow } from '../../projections/channel-row.ts';
import { sweepFees } from '../../projections/sweep-fees.ts';
import { outpointOf, Txid } from '../../src/lightning/ids.ts';

const txid = Txid('c1'.repeat(32));
const output = (changes: Partial<OutputRow>): OutputRow => ({
  outpoint: outpointOf(txid, 0),
  what: 'to-local',
  valueSat: 75_418n,
  ...changes,
});
const claimed = { outcome: 'claimed', stage: 'last' } as const;

test('sweeps of which no fee is known cost an unknown sum, never 0', () => {
  equal(sweepFees([]), {});
  equal(sweepFees([output({})]), {});
  equal(sweepFees([output({}), output(claimed)]), { isSweepFeesAtLeast: true });
});

test('where one fee is known and another is not, the sum is at least that', () => {
  const priced = output({ ...claimed, feeSat: 167n });
  equal(sweepFees([priced, output({ outcome: 'timed-out' })]), {
    sweepFeesSat: 167n,
    isSweepFeesAtLeast: true,
  });
  equal(sweepFees([priced, output({ outcome: 'punished' })]), {
    sweepFeesSat: 167n,
    isSweepFeesAtLeast: true,
  });
});

test('what is not claimed yet, and what the peer claims at its own cost, leave the sum exact', () => {
  const outputs = [
    output({ ...claimed, feeSat: 167n }),
    output({ ...claimed, feeSat: 40n }),
    output({}),
    output({ what: 'htlc-offered', outcome: 'lost' }),
    output({ what: 'to-remote', ...claimed }),
    output({ what: 'anchor-remote', ...claimed }),
  ];
  equal(sweepFees(outputs), { sweepFeesSat: 207n });
});

test('an output that was ours without a sweep cost a fee of 0, which is known', () => {
  equal(sweepFees([output({ ...claimed, feeSat: 0n })]), { sweepFeesSat: 0n });
});

test.run();
