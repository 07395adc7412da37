/**
 * ECDSA over secp256k1 as Lightning's messages use it: a compact signature (r ‖ s, 64 bytes) of the
 * double SHA-256 of a message. Anything malformed is not valid, and nothing throws. A high s is
 * accepted in gossip, where BOLT 7 asks only for a valid signature; in a transaction's signature BOLT 2 wants it
 * refused.
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import * as secp256k1 from '@noble/secp256k1';
import { bytesToHex, concatBytes, hexToBytes } from './bytes.ts';
import { doubleSha256, sha256 } from './hashes.ts';

const COMPACT_LENGTH = 64;
const KEY_LENGTH = 33;
const DIGEST_LENGTH = 32;
/** SubjectPublicKeyInfo of a compressed secp256k1 point, up to the point (RFC 5480). */
const SPKI_PREFIX = hexToBytes('3036301006072a8648ce3d020106052b8104000a032200');
/** About the nodes and funding keys that one pass over a gossip store meets again and again. */
const MAX_CACHED_KEYS = 20_000;

const cachedKeys = new Map<string, KeyObject>();

/**
 * Whether `publicKey` signed the double SHA-256 of `message`; several times faster than the
 * reference.
 */
export function isSignedBy(
  signature: Uint8Array,
  message: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  if (signature.length !== COMPACT_LENGTH) return false;
  const key = keyObjectOf(publicKey);
  if (key === undefined) return false;
  // It hashes what it is given once more.
  return verify('sha256', sha256(message), key, derOfCompact(signature));
}

/** The same answer, worked out on one of the threads that Node keeps for such work: many at a time. */
export function isSignedByAside(
  signature: Uint8Array,
  message: Uint8Array,
  publicKey: Uint8Array,
): Promise<boolean> {
  const key = signature.length === COMPACT_LENGTH ? keyObjectOf(publicKey) : undefined;
  if (key === undefined) return Promise.resolve(false);
  const der = derOfCompact(signature);
  return new Promise((resolve) => {
    verify('sha256', sha256(message), key, der, (error, isValid) => {
      resolve(error === null && isValid);
    });
  });
}

/** One ECDSA check: whether `publicKey` made `signature` (r ‖ s) of the double SHA-256 of `message`. */
export interface SignatureToCheck {
  readonly signature: Uint8Array;
  readonly message: Uint8Array;
  readonly publicKey: Uint8Array;
  /**
   * True for a transaction's: one that is "non-compliant with LOW-S-standard rule" makes the receiver fail the
   * channel (BOLT 2, funding_created, commitment_signed, closing_signed).
   */
  readonly isOfTransaction?: boolean;
}

export function isValid({
  signature,
  message,
  publicKey,
  isOfTransaction = false,
}: SignatureToCheck): boolean {
  if (isOfTransaction && !isLowS(signature)) return false;
  return isSignedBy(signature, message, publicKey);
}

/** Half the order of the curve: of s and −s, which are both valid, the one up to here is the standard one (BIP 62). */
const HIGHEST_S = hexToBytes('7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0');

function isLowS(signature: Uint8Array): boolean {
  return Buffer.compare(signature.subarray(COMPACT_LENGTH / 2), HIGHEST_S) <= 0;
}

/** The same answer from an independent implementation; a test holds both together. */
export function isSignedByReference(
  signature: Uint8Array,
  message: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  return isDigestSignedBy(signature, doubleSha256(message), publicKey);
}

/** Whether `publicKey` signed this hash, where what was hashed is not at hand. */
export function isDigestSignedBy(
  signature: Uint8Array,
  digest: Uint8Array,
  publicKey: Uint8Array,
): boolean {
  if (signature.length !== COMPACT_LENGTH || digest.length !== DIGEST_LENGTH) return false;
  if (publicKey.length !== KEY_LENGTH) return false;
  return secp256k1.verify(signature, digest, publicKey, { prehash: false, lowS: false });
}

/** The DER form of r ‖ s (as Bitcoin's scripts carry it, without the sighash byte). */
export function derOfCompact(signature: Uint8Array): Uint8Array {
  if (signature.length !== COMPACT_LENGTH) {
    throw new Error(`"signature" expected ${COMPACT_LENGTH} bytes, got ${signature.length}`);
  }
  const body = concatBytes(
    derInteger(signature.subarray(0, 32)),
    derInteger(signature.subarray(32)),
  );
  return concatBytes(Uint8Array.of(0x30, body.length), body);
}

/** r ‖ s from strict DER (BIP 66, without the sighash byte), as some databases keep signatures. */
export function compactOfDer(der: Uint8Array): Uint8Array {
  const [sequence, length, integer, rLength] = der;
  const refused = new Error('"signature" expected a strict DER pair of integers, got other bytes');
  if (sequence !== 0x30 || length !== der.length - 2 || integer !== 2 || rLength === undefined) {
    throw refused;
  }
  const sStart = 4 + rLength + 2;
  const r = der.subarray(4, 4 + rLength);
  const s = der.subarray(sStart);
  const compact = new Uint8Array(COMPACT_LENGTH);
  const rBytes = r[0] === 0 ? r.subarray(1) : r;
  const sBytes = s[0] === 0 ? s.subarray(1) : s;
  if (rBytes.length > 32 || sBytes.length > 32) throw refused;
  compact.set(rBytes, 32 - rBytes.length);
  compact.set(sBytes, COMPACT_LENGTH - sBytes.length);
  // There is one strict form: what does not come back the same was not it.
  if (Buffer.compare(derOfCompact(compact), der) !== 0) throw refused;
  return compact;
}

/** The shortest two's complement form: no leading zeros, but one where the top bit is set. */
function derInteger(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const digits = bytes.subarray(start);
  const isTopBitSet = ((digits[0] ?? 0) & 0x80) !== 0;
  const padding = isTopBitSet ? 1 : 0;
  const integer = new Uint8Array(2 + padding + digits.length);
  integer[0] = 2;
  integer[1] = padding + digits.length;
  integer.set(digits, 2 + padding);
  return integer;
}

function keyObjectOf(publicKey: Uint8Array): KeyObject | undefined {
  const [parity] = publicKey;
  if (publicKey.length !== KEY_LENGTH || (parity !== 2 && parity !== 3)) return undefined;
  const name = bytesToHex(publicKey);
  const cached = cachedKeys.get(name);
  if (cached !== undefined) return cached;
  const key = importedKey(publicKey);
  if (key === undefined) return undefined;
  if (cachedKeys.size >= MAX_CACHED_KEYS) {
    const [oldest] = cachedKeys.keys();
    if (oldest !== undefined) cachedKeys.delete(oldest);
  }
  cachedKeys.set(name, key);
  return key;
}

function importedKey(publicKey: Uint8Array): KeyObject | undefined {
  const spki = Buffer.from(concatBytes(SPKI_PREFIX, publicKey));
  try {
    return createPublicKey({ key: spki, format: 'der', type: 'spki' });
  } catch {
    // Not a point of the curve.
    return undefined;
  }
}
