import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { msatToSatFloor } from '../../src/lightning/amounts.ts';
import {
  ANCHOR_SAT,
  type CommitmentHtlc,
  type CommitmentInput,
  commitmentFeeSat,
  commitmentOutputsStatedSat,
  commitmentWeight,
  isHtlcTrimmed,
  type PricedChannelType,
  secondStageFeeSat,
} from '../../src/lightning/commitment.ts';
import { parseTransaction } from '../../src/lightning/transaction.ts';
import { fixtureText, hex } from './fixtures.ts';

interface AppendixC {
  readonly common: Readonly<Record<string, string>>;
  readonly vectors: readonly {
    readonly name: string;
    readonly to_local_msat: string;
    readonly to_remote_msat: string;
    readonly local_feerate_per_kw: string;
    readonly base_fee?: string;
    readonly actual_fee?: string;
    readonly num_htlcs: string;
    readonly commit_tx: string;
  }[];
}
interface JsonVector {
  readonly Name: string;
  readonly LocalBalance: number;
  readonly RemoteBalance: number;
  readonly DustLimitSatoshis?: number;
  readonly FeePerKw: number;
  readonly UseTestHtlcs: boolean;
  readonly HtlcDescs: readonly unknown[];
  readonly ExpectedCommitmentTxHex: string;
}
const appendixC: AppendixC = JSON.parse(fixtureText('bolts/bolt3-appendix-C.json'));
const appendixF: { vectors: readonly JsonVector[] } = JSON.parse(
  fixtureText('bolts/bolt3-appendix-F-anchors.json'),
);
const lndLegacy: readonly JsonVector[] = JSON.parse(fixtureText('lnd/test_vectors_legacy.json'));
const lndAnchors: readonly JsonVector[] = JSON.parse(fixtureText('lnd/test_vectors_anchors.json'));

const CAPACITY_MSAT = 10_000_000_000n;

/** The HTLCs that all these vectors share: 0 to 4 or, in the last ones, 1, 5 and 6; or none. */
function htlcsOf(localMsat: bigint, remoteMsat: bigint): readonly CommitmentHtlc[] {
  const restMsat = CAPACITY_MSAT - localMsat - remoteMsat;
  if (restMsat === 0n) return [];
  const numbers = restMsat === 12_000_000n ? [0, 1, 2, 3, 4] : [1, 5, 6];
  const htlcs = numbers.map((number) => ({
    isOfferedByOwner: appendixC.common[`htlc ${number} direction`] === 'local->remote',
    amountMsat: BigInt(appendixC.common[`htlc ${number} amount_msat`] ?? ''),
  }));
  assert.is(
    htlcs.reduce((sum, { amountMsat }) => sum + amountMsat, 0n),
    restMsat,
  );
  return htlcs;
}

function inputOf(
  localMsat: bigint,
  remoteMsat: bigint,
  feeratePerKw: number,
  channelType: PricedChannelType,
  dustLimitSat = 546n,
): CommitmentInput<CommitmentHtlc> {
  return {
    ownerGrossMsat: localMsat,
    otherGrossMsat: remoteMsat,
    htlcs: htlcsOf(localMsat, remoteMsat),
    feeratePerKw,
    opener: 'owner',
    dustLimitSat,
    channelType,
  };
}

/** The values of all outputs that the input leads to, sorted. */
function outputValues(input: CommitmentInput<CommitmentHtlc>): readonly bigint[] {
  const { toOwnerSat, toOtherSat, untrimmed, anchorsSat } = commitmentOutputsStatedSat(input);
  const hasAnchor = (ownSat: bigint) => anchorsSat > 0n && (ownSat > 0n || untrimmed.length > 0);
  return [
    ...[toOwnerSat, toOtherSat].filter((sat) => sat > 0n),
    ...[toOwnerSat, toOtherSat].filter(hasAnchor).map(() => ANCHOR_SAT),
    ...untrimmed.map(({ amountMsat }) => msatToSatFloor(amountMsat)),
  ].sort(ascending);
}

function valuesIn(rawHex: string): readonly bigint[] {
  return parseTransaction(hex(rawHex))
    .outputs.map(({ valueSat }) => valueSat)
    .sort(ascending);
}

const ascending = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);

test('BOLT 3 appendix C: every commitment’s outputs, fee and count of HTLCs', () => {
  assert.is(appendixC.vectors.length, 16);
  for (const vector of appendixC.vectors) {
    const input = inputOf(
      BigInt(vector.to_local_msat),
      BigInt(vector.to_remote_msat),
      Number(vector.local_feerate_per_kw),
      'legacy',
    );
    const values = valuesIn(vector.commit_tx);
    assert.equal(outputValues(input), values, vector.name);
    const { feeSat, untrimmed } = commitmentOutputsStatedSat(input);
    assert.is(untrimmed.length, Number(vector.num_htlcs));
    // The last vector states neither fee.
    if (vector.base_fee === undefined) continue;
    const isUnaffordable = vector.name === 'commitment tx with fee greater than funder amount';
    assert.is(feeSat, isUnaffordable ? 6_988_000n : BigInt(vector.base_fee));
    assert.is(
      commitmentFeeSat(input.feeratePerKw, untrimmed.length, 'legacy'),
      BigInt(vector.base_fee),
    );
    const outputsSat = values.reduce((sum, sat) => sum + sat, 0n);
    assert.is(10_000_000n - outputsSat, BigInt(vector.actual_fee ?? ''));
  }
});

test('BOLT 3 appendix F: every commitment’s outputs, anchors and zero-fee HTLCs', () => {
  assert.is(appendixF.vectors.length, 9);
  for (const vector of appendixF.vectors) {
    const input = inputOf(
      BigInt(vector.LocalBalance),
      BigInt(vector.RemoteBalance),
      vector.FeePerKw,
      'anchors_zero_fee_htlc_tx',
      BigInt(vector.DustLimitSatoshis ?? 0),
    );
    assert.equal(outputValues(input), valuesIn(vector.ExpectedCommitmentTxHex), vector.Name);
  }
});

for (const [channelType, vectors] of [
  ['static_remotekey', lndLegacy],
  ['anchors', lndAnchors],
] as const) {
  test(`lnd's vectors, ${channelType}: every commitment's outputs and HTLCs`, () => {
    assert.is(vectors.length, 14);
    for (const vector of vectors) {
      const input = inputOf(
        BigInt(vector.LocalBalance),
        BigInt(vector.RemoteBalance),
        vector.FeePerKw,
        channelType,
      );
      assert.equal(outputValues(input), valuesIn(vector.ExpectedCommitmentTxHex), vector.Name);
      const { untrimmed } = commitmentOutputsStatedSat(input);
      assert.is(untrimmed.length, vector.HtlcDescs.length, vector.Name);
    }
  });
}

test('weights are those of BOLT 3', () => {
  assert.is(commitmentWeight(0, 'legacy'), 724n);
  assert.is(commitmentWeight(2, 'static_remotekey'), 1068n);
  assert.is(commitmentWeight(0, 'anchors'), 1124n);
  assert.is(commitmentWeight(483, 'anchors_zero_fee_htlc_tx'), 84_200n);
});

test('a second stage pays by who offered the HTLC, or nothing where it is zero-fee', () => {
  const [offered, received] = [{ isOfferedByOwner: true }, { isOfferedByOwner: false }];
  assert.is(secondStageFeeSat(offered, 5000, 'legacy'), 3315n);
  assert.is(secondStageFeeSat(received, 5000, 'static_remotekey'), 3515n);
  assert.is(secondStageFeeSat(offered, 1000, 'anchors'), 666n);
  assert.is(secondStageFeeSat(received, 1000, 'anchors'), 706n);
  assert.is(secondStageFeeSat(received, 1000, 'anchors_zero_fee_htlc_tx'), 0n);
});

test('BOLT 3’s example of trimming: 546 sat dust limit at 5000 sat per kw', () => {
  const terms = { channelType: 'legacy', dustLimitSat: 546n, feeratePerKw: 5000 } as const;
  const isTrimmed = (isOfferedByOwner: boolean, sat: bigint) =>
    isHtlcTrimmed({ isOfferedByOwner, amountMsat: sat * 1000n }, terms);
  assert.equal([isTrimmed(true, 3860n), isTrimmed(true, 3861n)], [true, false]);
  assert.equal([isTrimmed(false, 4060n), isTrimmed(false, 4061n)], [true, false]);
});

test('BOLT 3’s example of fees: two HTLCs left of four cost 5340 sat', () => {
  const htlcs = [
    { isOfferedByOwner: true, amountMsat: 5_000_000n },
    { isOfferedByOwner: true, amountMsat: 1_000_000n },
    { isOfferedByOwner: false, amountMsat: 7_000_000n },
    { isOfferedByOwner: false, amountMsat: 800_000n },
  ];
  const outputs = commitmentOutputsStatedSat({
    ownerGrossMsat: 986_200_000n,
    otherGrossMsat: 0n,
    htlcs,
    feeratePerKw: 5000,
    opener: 'owner',
    dustLimitSat: 546n,
    channelType: 'legacy',
  });
  assert.equal(outputs, {
    toOwnerSat: 980_860n,
    toOtherSat: 0n,
    feeSat: 5340n,
    anchorsSat: 0n,
    untrimmed: [htlcs[0], htlcs[2]],
  });
});

test('an opener who cannot pay has no output, and the other side is not touched', () => {
  const input = {
    ownerGrossMsat: 9_000_000n,
    otherGrossMsat: 1_000_000_999n,
    htlcs: [],
    feeratePerKw: 10_000,
    opener: 'owner',
    dustLimitSat: 354n,
    channelType: 'anchors_zero_fee_htlc_tx',
  } as const;
  assert.equal(commitmentOutputsStatedSat(input), {
    toOwnerSat: 0n,
    toOtherSat: 1_000_000n,
    feeSat: 8340n,
    anchorsSat: 660n,
    untrimmed: [],
  });
  assert.is(commitmentOutputsStatedSat({ ...input, ownerGrossMsat: 0n }).feeSat, 0n);
});

test('whoever opened pays: the two openers’ outputs mirror each other', () => {
  fc.assert(
    fc.property(anyInput(), (input) => {
      const mirrored = commitmentOutputsStatedSat({
        ...input,
        ownerGrossMsat: input.otherGrossMsat,
        otherGrossMsat: input.ownerGrossMsat,
        opener: input.opener === 'owner' ? 'other' : 'owner',
      });
      const outputs = commitmentOutputsStatedSat(input);
      assert.is(outputs.toOwnerSat, mirrored.toOtherSat);
      assert.is(outputs.toOtherSat, mirrored.toOwnerSat);
      assert.is(outputs.feeSat, mirrored.feeSat);
    }),
    { seed: 22, numRuns: 500 },
  );
});

test('of the gross balances only dust, rounding, anchors and fee are missing in outputs', () => {
  fc.assert(
    fc.property(anyInput(), (input) => {
      const outputs = commitmentOutputsStatedSat(input);
      const { toOwnerSat, toOtherSat, feeSat, anchorsSat } = outputs;
      const grossSat = msatToSatFloor(input.ownerGrossMsat) + msatToSatFloor(input.otherGrossMsat);
      const paidSat = toOwnerSat + toOtherSat + feeSat;
      const dustSat = (toOwnerSat === 0n ? 1n : 0n) + (toOtherSat === 0n ? 1n : 0n);
      assert.ok(paidSat <= grossSat);
      assert.ok(grossSat - paidSat <= anchorsSat + dustSat * input.dustLimitSat);
      for (const sat of [toOwnerSat, toOtherSat])
        assert.ok(sat === 0n || sat >= input.dustLimitSat);
    }),
    { seed: 23, numRuns: 500 },
  );
});

function anyInput(): fc.Arbitrary<CommitmentInput<CommitmentHtlc>> {
  const msat = fc.oneof(
    fc.bigInt({ min: 0n, max: 2_000_000n }),
    fc.bigInt({ min: 0n, max: CAPACITY_MSAT }),
  );
  return fc.record(
    {
      ownerGrossMsat: msat,
      otherGrossMsat: msat,
      htlcs: fc.array(fc.record({ isOfferedByOwner: fc.boolean(), amountMsat: msat })),
      feeratePerKw: fc.oneof(fc.nat({ max: 5000 }), fc.nat({ max: 10_000_000 })),
      opener: fc.constantFrom('owner', 'other'),
      dustLimitSat: fc.bigInt({ min: 294n, max: 1000n }),
      channelType: fc.constantFrom(
        'legacy',
        'static_remotekey',
        'anchors',
        'anchors_zero_fee_htlc_tx',
      ),
    },
    { noNullPrototype: true },
  );
}

test.run();
