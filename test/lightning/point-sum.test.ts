import { Point } from '@noble/secp256k1';
import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type AffinePoint, sumOfProducts } from '../../src/lightning/point-sum.ts';

const { n: ORDER } = Point.CURVE();
const LAMBDA = 0x5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72n;
const scalars = fc.oneof(
  fc.bigInt({ min: 1n, max: ORDER - 1n }),
  // Where splitting and windows have their edges.
  fc.constantFrom(1n, 2n, 15n, 16n, 17n, 31n, 32n, ORDER - 1n, ORDER - 2n, ORDER / 2n, LAMBDA),
  fc.nat({ max: 255 }).map((bits) => 1n << BigInt(bits)),
  fc.nat({ max: 250 }).map((bits) => (1n << BigInt(bits)) - 1n || 1n),
);

/** The reference's sum; a scalar of 0 is not one of its own. */
function reference(terms: readonly (readonly [bigint, bigint])[]): AffinePoint | undefined {
  let sum = Point.ZERO;
  for (const [secret, scalar] of terms) {
    if (scalar % ORDER !== 0n) {
      sum = sum.add(Point.BASE.multiply(secret).multiplyUnsafe(scalar % ORDER));
    }
  }
  return sum.equals(Point.ZERO) ? undefined : sum.toAffine();
}

function ours(terms: readonly (readonly [bigint, bigint])[]): AffinePoint | undefined {
  return sumOfProducts(
    terms.map(([secret, scalar]) => {
      return { point: Point.BASE.multiply(secret).toAffine(), scalar };
    }),
  );
}

test('is the sum that the reference gives, of random and of edge scalars', () => {
  fc.assert(
    fc.property(scalars, scalars, scalars, scalars, (p, a, q, b) => {
      const terms = [
        [p, a],
        [q, b],
      ] as const;
      assert.equal(ours(terms), reference(terms));
    }),
    { seed: 51, numRuns: 150 },
  );
});

test('is right where the points are equal, opposite, or cancel each other out', () => {
  const cases: readonly (readonly (readonly [bigint, bigint])[])[] = [
    [
      [7n, 3n],
      [7n, 3n],
    ],
    [
      [7n, 3n],
      [ORDER - 7n, 3n],
    ],
    [
      [7n, 3n],
      [ORDER - 7n, 4n],
    ],
    [
      [1n, 5n],
      [5n, ORDER - 1n],
    ],
    [
      [1n, LAMBDA],
      [LAMBDA, 1n],
    ],
    [
      [9n, 0n],
      [2n, 1n],
    ],
    [
      [9n, 0n],
      [2n, ORDER],
    ],
    [[3n, ORDER - 1n]],
  ];
  for (const terms of cases) assert.equal(ours(terms), reference(terms), String(terms));
});

test.run();
