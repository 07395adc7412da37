/** BOLT 3, Keys: points, and the keys of one commitment derived from basepoints. */
import { Point } from '@noble/secp256k1';
import { bigintToBytes, bytesToBigint, bytesToHex, concatBytes, equalBytes } from './bytes.ts';
import { sha256 } from './hashes.ts';
import { sumOfProducts } from './point-sum.ts';

const ORDER = Point.CURVE().n;

/** The compressed point `secret`·G. */
export function pointOfSecret(secret: Uint8Array): Uint8Array {
  return bytesOf(Point.BASE.multiply(scalarOf(secret, 'secret')));
}

/** Whether a revealed secret is the one behind a point; false too where it is no secret at all. */
export function isSecretOfPoint(secret: Uint8Array, point: Uint8Array): boolean {
  const scalar = secret.length === 32 ? bytesToBigint(secret) : 0n;
  if (scalar === 0n || scalar >= ORDER) return false;
  return equalBytes(pointOfSecret(secret), point);
}

/**
 * BOLT 3, `localpubkey`, `local_htlcpubkey`, `local_delayedpubkey` and the remote ones:
 * basepoint + SHA256(per_commitment_point ‖ basepoint)·G.
 */
export function derivePublicKey(basepoint: Uint8Array, perCommitmentPoint: Uint8Array): Uint8Array {
  const tweak = scalarOf(sha256(concatBytes(perCommitmentPoint, basepoint)), 'tweak');
  return bytesOf(pointOf(basepoint, 'basepoint').add(Point.BASE.multiply(tweak)));
}

/** The private counterpart of {@link derivePublicKey}. */
export function derivePrivateKey(
  basepointSecret: Uint8Array,
  perCommitmentPoint: Uint8Array,
): Uint8Array {
  const basepoint = pointOfSecret(basepointSecret);
  const tweak = bytesToBigint(sha256(concatBytes(perCommitmentPoint, basepoint)));
  return keyBytes(scalarOf(basepointSecret, 'basepointSecret') + tweak);
}

/**
 * BOLT 3, `revocationpubkey`: revocation_basepoint·SHA256(revocation_basepoint ‖
 * per_commitment_point) + per_commitment_point·SHA256(per_commitment_point ‖ revocation_basepoint).
 */
export function deriveRevocationPublicKey(
  revocationBasepoint: Uint8Array,
  perCommitmentPoint: Uint8Array,
): Uint8Array {
  const { ofBasepoint, ofCommitment } = revocationTweaks(revocationBasepoint, perCommitmentPoint);
  const basepoint = pointOf(revocationBasepoint, 'revocationBasepoint').toAffine();
  const commitmentPoint = pointOf(perCommitmentPoint, 'perCommitmentPoint').toAffine();
  // All of it is public: several times faster than two multiplications that keep their scalars secret.
  const sum = sumOfProducts([
    { point: basepoint, scalar: ofBasepoint },
    { point: commitmentPoint, scalar: ofCommitment },
  ]);
  if (sum === undefined) throw new Error('"revocationpubkey" expected a point, got infinity');
  return concatBytes(Uint8Array.of(sum.y % 2n === 0n ? 2 : 3), bigintToBytes(sum.x, 32));
}

/** Its private counterpart, which only someone with both secrets can make. */
export function deriveRevocationPrivateKey(
  revocationBasepointSecret: Uint8Array,
  perCommitmentSecret: Uint8Array,
): Uint8Array {
  const { ofBasepoint, ofCommitment } = revocationTweaks(
    pointOfSecret(revocationBasepointSecret),
    pointOfSecret(perCommitmentSecret),
  );
  return keyBytes(
    scalarOf(revocationBasepointSecret, 'revocationBasepointSecret') * ofBasepoint +
      scalarOf(perCommitmentSecret, 'perCommitmentSecret') * ofCommitment,
  );
}

function revocationTweaks(revocationBasepoint: Uint8Array, perCommitmentPoint: Uint8Array) {
  const ofBasepoint = sha256(concatBytes(revocationBasepoint, perCommitmentPoint));
  const ofCommitment = sha256(concatBytes(perCommitmentPoint, revocationBasepoint));
  return {
    ofBasepoint: scalarOf(ofBasepoint, 'tweak'),
    ofCommitment: scalarOf(ofCommitment, 'tweak'),
  };
}

/** Errors name the value and never show it: it is a secret. */
function scalarOf(bytes: Uint8Array, name: string): bigint {
  const scalar = bytes.length === 32 ? bytesToBigint(bytes) : 0n;
  if (scalar === 0n || scalar >= ORDER) {
    throw new Error(`"${name}" expected 32 bytes between 1 and the curve's order, got others`);
  }
  return scalar;
}

/** The base points of the channels met last: each is needed for every commitment of its channel. */
const MAX_CACHED_POINTS = 2_000;
const cachedPoints = new Map<string, Point>();

function pointOf(bytes: Uint8Array, name: string): Point {
  const known = cachedPoints.get(bytesToHex(bytes));
  if (known !== undefined) return known;
  try {
    if (bytes.length === 33) {
      const point = Point.fromBytes(bytes);
      const [oldest] = cachedPoints.keys();
      if (cachedPoints.size >= MAX_CACHED_POINTS && oldest !== undefined) {
        cachedPoints.delete(oldest);
      }
      cachedPoints.set(bytesToHex(bytes), point);
      return point;
    }
  } catch {
    // Falls through to the one sentence for every kind of wrong point.
  }
  throw new Error(`"${name}" expected a compressed point of the curve, got ${bytes.length} bytes`);
}

/** A plain array: what the curve library returns need not be one. */
function bytesOf(point: Point): Uint8Array {
  return new Uint8Array(point.toBytes(true));
}

function keyBytes(scalar: bigint): Uint8Array {
  return bigintToBytes(scalar % ORDER, 32);
}
