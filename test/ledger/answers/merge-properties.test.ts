import fc from 'fast-check';
import { test } from 'uvu';
import { equal } from 'uvu/assert';
import type { ChannelRow } from '../../../projections/channel-row.ts';
import { mergeChannel } from '../../../src/ledger/answers/merge.ts';
import { Outpoint, ShortChannelId } from '../../../src/lightning/ids.ts';
import { at, channelRow, commitment, fundingOutpoint, observed, policy, showing } from './rows.ts';

const anyCommitment = fc
  .record({
    number: fc.integer({ min: 0, max: 3 }),
    localBalanceMsat: fc.bigInt(0n, 3n).map((n) => n * 500n),
    precision: fc.constantFrom<'msat' | 'sat'>('msat', 'sat'),
    offered: fc.subarray([0, 1, 2]),
    at: fc.integer({ min: 0, max: 3 }).map(at),
  })
  .map((changes) => commitment(changes.number, changes));

const anyHtlcs = fc
  .subarray([0, 1, 2])
  .map((ids) =>
    ids.map((id) => ({ id, direction: 'offered' as const, amountMsat: 1n, cltvExpiry: 9 })),
  );

const anyRow = fc
  .record({
    shown: fc.oneof(
      anyCommitment.map(showing),
      fc
        .tuple(fc.bigInt(0n, 3n), fc.constantFrom<'msat' | 'sat'>('msat', 'sat'), fc.nat(3))
        .map(([sat, precision, minute]) => observed(sat * 500n, 0n, precision, at(minute))),
      fc.constant({}),
    ),
    remote: fc.option(anyCommitment, { nil: undefined }),
    htlcs: anyHtlcs,
    status: fc.constantFrom<ChannelRow['status']>('pending', 'open', 'closed'),
    isAdopted: fc.boolean(),
    capacitySat: fc.bigInt(1n, 3n),
    outpoint: fc.constantFrom(fundingOutpoint, Outpoint(`${'22'.repeat(32)}:1`)),
    shortChannelIds: fc.subarray(['1x1x1', '2x2x2'].map((id) => ShortChannelId(id))),
    minute: fc.nat(3),
    localPolicy: fc.nat(3).map((timestamp) => policy(timestamp)),
    sentMsat: fc.bigInt(0n, 2n),
  })
  .map(({ shown, remote, outpoint, minute, sentMsat, ...rest }): ChannelRow => {
    const base = channelRow();
    return {
      ...base,
      ...shown,
      ...rest,
      ...(remote && { remote }),
      fundingOutpoint: outpoint,
      outpoints: [outpoint],
      lastEventAt: at(minute),
      totals: { ...base.totals, sentMsat },
    };
  });

const SOURCES = ['lnd-rpc', 'ldk', 'lnd-db', 'mine', 'chain'];

test('whatever the tellers say, the order in which they are asked does not matter', () => {
  fc.assert(
    fc.property(
      fc
        .array(anyRow, { minLength: 2, maxLength: 5 })
        .map((rows) => rows.map((row, n): ChannelRow => ({ ...row, source: SOURCES[n] ?? 'x' })))
        .chain((rows) => {
          const shuffled = fc.shuffledSubarray(rows, { minLength: rows.length });
          return fc.tuple(fc.constant(rows), shuffled);
        }),
      ([rows, shuffled]) => equal(mergeChannel({ rows: shuffled }), mergeChannel({ rows })),
    ),
    { seed: 3, numRuns: 500 },
  );
});

test('saying the same under another name adds nothing but the name', () => {
  fc.assert(
    fc.property(anyRow, (row) => {
      const { sources: _1, eventCount: _2, ...one } = mergeChannel({ rows: [row] });
      const {
        sources: _3,
        eventCount: _4,
        ...two
      } = mergeChannel({ rows: [row, { ...row, source: 'mine' }] });
      equal(two, one);
    }),
    { seed: 4, numRuns: 300 },
  );
});

test.run();
