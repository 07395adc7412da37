/** Closes as a summary may tell of them, whether it makes sense or not; seeded by fast-check. */
import fc from 'fast-check';
import { outpointOf, Txid } from '../../src/lightning/ids.ts';
import type { Subject } from '../../src/page/closed/flow.ts';

export const txid = Txid('a'.repeat(64));
export const second = Txid('b'.repeat(64));

export type Output = Subject['close']['outputs'][number];

const outputs = fc.array(
  fc.record(
    {
      outpoint: fc
        .constantFrom(txid, second)
        .chain((id) => fc.nat(9).map((n) => outpointOf(id, n))),
      what: fc.constantFrom<Output['what']>(
        ...(['to-local', 'to-remote', 'htlc-offered', 'htlc-received', 'anchor-local'] as const),
        ...(['cooperative-local', 'cooperative-remote', 'unknown'] as const),
      ),
      valueSat: fc.nat(1000).map(String),
      outcome: fc.constantFrom<NonNullable<Output['outcome']>>(
        ...(['claimed', 'timed-out', 'punished', 'lost', 'unclaimed', 'abandoned'] as const),
      ),
      stage: fc.constantFrom('first', 'last'),
      sweepTxid: fc.constant(second),
      sweptSat: fc.nat(1200).map(String),
      feeSat: fc.nat(300).map(String),
    },
    { requiredKeys: ['outpoint', 'what', 'valueSat'] },
  ),
  { maxLength: 6 },
);
export const subjects = fc.record(
  {
    capacitySat: fc.nat(4000).map(String),
    localBalanceMsat: fc.nat(4_000_000).map(String),
    close: fc.record(
      {
        outputs,
        closingTxid: fc.constant(txid),
        kind: fc.constantFrom('cooperative', 'local-force', 'breach'),
        initiator: fc.constantFrom('local', 'remote', 'both', 'unknown'),
        feeSat: fc.nat(300).map(String),
        settledBalanceSat: fc.nat(3000).map(String),
      },
      { requiredKeys: ['outputs'] },
    ),
  },
  { requiredKeys: ['close'] },
);
