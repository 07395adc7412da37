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
  equal(sweepFees({ outputs: [] }), {});
  equal(sweepFees({ outputs: [output({})] }), {});
  equal(sweepFees({ outputs: [output({}), output(claimed)] }), { isSweepFeesAtLeast: true });
});

test('where one fee is known and another is not, the sum is at least that', () => {
  const priced = output({ ...claimed, feeSat: 167n });
  equal(sweepFees({ outputs: [priced, output({ outcome: 'timed-out' })] }), {
    sweepFeesSat: 167n,
    isSweepFeesAtLeast: true,
  });
  equal(sweepFees({ outputs: [priced, output({ outcome: 'punished' })] }), {
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
  equal(sweepFees({ outputs }), { sweepFeesSat: 207n });
});

test('who is punished does not pay for it, and who punishes does', () => {
  const outputs = [
    output({ what: 'to-local', outcome: 'punished', feeSat: 144n }),
    output({ what: 'htlc-offered', outcome: 'punished' }),
    output({ what: 'htlc-received', outcome: 'lost', feeSat: 5_584n }),
    output({ ...claimed, feeSat: 7n }),
  ];
  const breach = { kind: 'breach', outputs } as const;
  equal(sweepFees({ ...breach, initiator: 'local' }), { sweepFeesSat: 7n });
  equal(sweepFees({ ...breach, initiator: 'remote' }), {
    sweepFeesSat: 151n,
    isSweepFeesAtLeast: true,
  });
});

test('an output that was ours without a sweep cost a fee of 0, which is known', () => {
  equal(sweepFees({ outputs: [output({ ...claimed, feeSat: 0n })] }), { sweepFeesSat: 0n });
});

test.run();
