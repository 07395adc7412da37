/**
 * a·P + b·Q on secp256k1, for public values only: its time depends on them. Rebuilding a commitment needs
 * one such sum (BOLT 3, `revocationpubkey`), which costs the reference as much as a dozen signatures.
 * Both scalars are halved by the curve's endomorphism (Gallant, Lambert, Vanstone) and all four halves go
 * through one chain of doublings (Straus) in Jacobian coordinates.
 */

/** Affine coordinates. */
export interface AffinePoint {
  readonly x: bigint;
  readonly y: bigint;
}

/** The field's prime and the order of the group. */
const P = 2n ** 256n - 2n ** 32n - 977n;
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
/** A cube root of 1 in the field: (BETA·x, y) is LAMBDA·(x, y), LAMBDA a cube root of 1 modulo N. */
const BETA = 0x7ae96a2b657c07106e64479eac3434e99cf0497512f58995c1396c28719501een;
/** The short basis of {(a, b): a + b·LAMBDA ≡ 0 mod N}: (A1, -MINUS_B1) and (A2, A1). */
const A1 = 0x3086d221a7d46bcde86c90e49284eb15n;
const MINUS_B1 = 0xe4437ed6010e88286f547fa90abfe4c3n;
const A2 = 0x114ca50f7a8e2f3f657c1108d9d44cfd8n;

/** Odd multiples 1, 3, … 2^(WIDTH - 1) - 1 of each point are kept. */
const WIDTH = 5;

interface Jacobian {
  readonly x: bigint;
  readonly y: bigint;
  /** 0 for the point at infinity. */
  readonly z: bigint;
}
const INFINITY: Jacobian = { x: 1n, y: 1n, z: 0n };

export interface Term {
  readonly point: AffinePoint;
  /** Any number from 0 to the group's order. */
  readonly scalar: bigint;
}

/** Undefined where the sum is the point at infinity. The points must be on the curve. */
export function sumOfProducts(terms: readonly Term[]): AffinePoint | undefined {
  const tables = oddMultiples(terms.map(({ point }) => point));
  const halves = terms.flatMap(({ scalar }, nth) => {
    const table = tables[nth] ?? [];
    const [first, second] = split(scalar);
    const turned = table.map(({ x, y }) => ({ x: mod(x * BETA), y }));
    return [
      { digits: nonAdjacent(first), table },
      { digits: nonAdjacent(second), table: turned },
    ];
  });
  let sum = INFINITY;
  const length = Math.max(...halves.map(({ digits }) => digits.length));
  for (let bit = length - 1; bit >= 0; bit--) {
    sum = doubled(sum);
    for (const { digits, table } of halves) {
      const digit = digits[bit] ?? 0;
      if (digit === 0) continue;
      const multiple = table[Math.abs(digit) >> 1];
      if (multiple === undefined) continue;
      sum = withAffine(sum, digit > 0 ? multiple : { x: multiple.x, y: P - multiple.y });
    }
  }
  return affine([sum])[0];
}

/** k = first + second·LAMBDA modulo N, both of about 128 bits and of either sign. */
function split(scalar: bigint): readonly [bigint, bigint] {
  const k = scalar % N;
  const c1 = rounded(A1 * k);
  const c2 = rounded(MINUS_B1 * k);
  return [k - c1 * A1 - c2 * A2, c1 * MINUS_B1 - c2 * A1];
}

function rounded(value: bigint): bigint {
  return (value + N / 2n) / N;
}

/** Digits from the lowest: 0, or odd and below 2^(WIDTH - 1) in size, at most one of WIDTH in a row. */
function nonAdjacent(scalar: bigint): readonly number[] {
  const sign = scalar < 0n ? -1 : 1;
  const digits: number[] = [];
  let rest = scalar < 0n ? -scalar : scalar;
  while (rest > 0n) {
    const low = Number(rest & ((1n << BigInt(WIDTH)) - 1n));
    const digit = low % 2 === 0 ? 0 : low >= 1 << (WIDTH - 1) ? low - (1 << WIDTH) : low;
    digits.push(sign * digit);
    rest = (rest - BigInt(digit)) >> 1n;
  }
  return digits;
}

function oddMultiples(points: readonly AffinePoint[]): readonly (readonly AffinePoint[])[] {
  const count = 1 << (WIDTH - 2);
  const multiples = points.flatMap((point) => {
    const [twice] = affine([doubled({ ...point, z: 1n })]);
    const row: Jacobian[] = [{ ...point, z: 1n }];
    for (let nth = 1; nth < count; nth++) {
      const before = row[nth - 1] ?? INFINITY;
      row.push(twice === undefined ? before : withAffine(before, twice));
    }
    return row;
  });
  const all = affine(multiples).map((point) => point ?? { x: 0n, y: 0n });
  return points.map((_, nth) => all.slice(nth * count, (nth + 1) * count));
}

/** The points' affine forms with one inversion for all; undefined for infinity. */
function affine(points: readonly Jacobian[]): readonly (AffinePoint | undefined)[] {
  const products: bigint[] = [];
  let product = 1n;
  for (const { z } of points) {
    products.push(product);
    if (z !== 0n) product = mod(product * z);
  }
  let inverse = inverted(product);
  const found: (AffinePoint | undefined)[] = [];
  for (let nth = points.length - 1; nth >= 0; nth--) {
    const { x, y, z } = points[nth] ?? INFINITY;
    if (z === 0n) found.push(undefined);
    else {
      const inverseZ = mod(inverse * (products[nth] ?? 1n));
      inverse = mod(inverse * z);
      const square = mod(inverseZ * inverseZ);
      found.push({ x: mod(x * square), y: mod(mod(y * square) * inverseZ) });
    }
  }
  return found.reverse();
}

/** dbl-2009-l of the Explicit-Formulas Database, for curves with a = 0. */
function doubled({ x, y, z }: Jacobian): Jacobian {
  if (z === 0n) return INFINITY;
  const a = mod(x * x);
  const b = mod(y * y);
  const c = mod(b * b);
  const xb = x + b;
  const d = 2n * (mod(xb * xb) - a - c);
  const e = 3n * a;
  const x3 = mod(e * e - 2n * d);
  return { x: x3, y: mod(e * (d - x3) - 8n * c), z: mod(2n * y * z) };
}

/** madd-2007-bl of the same, with the cases in which it does not hold. */
function withAffine(one: Jacobian, other: AffinePoint): Jacobian {
  if (one.z === 0n) return { ...other, z: 1n };
  const zz = mod(one.z * one.z);
  const h = mod(other.x * zz - one.x);
  const r = mod(other.y * mod(zz * one.z) - one.y);
  if (h === 0n) return r === 0n ? doubled(one) : INFINITY;
  const hh = mod(h * h);
  const hhh = mod(h * hh);
  const v = mod(one.x * hh);
  const x = mod(r * r - hhh - 2n * v);
  return { x, y: mod(r * (v - x) - one.y * hhh), z: mod(one.z * h) };
}

function mod(value: bigint): bigint {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}

/** By Euclid's algorithm; of 1 where nothing was multiplied. */
function inverted(value: bigint): bigint {
  let [low, high] = [value, P];
  let [x, previous] = [1n, 0n];
  while (low > 1n) {
    const quotient = high / low;
    [high, low] = [low, high - quotient * low];
    [previous, x] = [x, previous - quotient * x];
  }
  return mod(x);
}
