/** How a funding output was spent, told by the spending transaction alone (BOLT 3, BOLT 5). */
import { bytesToBigint, bytesToHex, concatBytes } from './bytes.ts';
import { hash160, sha256 } from './hashes.ts';
import type { Transaction } from './transaction.ts';

/** BOLT 3, Commitment Transaction: the upper byte of the input's sequence and of the locktime. */
const SEQUENCE_MARK = 0x80;
const LOCKTIME_MARK = 0x20;
const LOWER_24_BITS = 0xffffff;

/**
 * Whether it bears a commitment's marks: one input, both upper bytes. A cooperative close bears
 * neither. Anyone can write these bytes, so ask it only of what spends a funding output.
 */
export function looksLikeCommitment(transaction: Transaction): boolean {
  const [input] = transaction.inputs;
  return (
    input !== undefined &&
    transaction.inputs.length === 1 &&
    input.sequence >>> 24 === SEQUENCE_MARK &&
    transaction.locktime >>> 24 === LOCKTIME_MARK
  );
}

/** The 48 bits that hide the commitment number, or undefined where the marks are missing. */
export function obscuredCommitmentNumber(transaction: Transaction): bigint | undefined {
  const [input] = transaction.inputs;
  if (input === undefined || !looksLikeCommitment(transaction)) return undefined;
  const upper = BigInt(input.sequence & LOWER_24_BITS);
  return (upper << 24n) | BigInt(transaction.locktime & LOWER_24_BITS);
}

/**
 * The commitment's number: XORed with the lower 48 bits of SHA256(payment_basepoint from
 * open_channel ‖ payment_basepoint from accept_channel). Undefined where the marks are missing.
 */
export function commitmentNumberOf(
  transaction: Transaction,
  openPaymentBasepoint: Uint8Array,
  acceptPaymentBasepoint: Uint8Array,
): bigint | undefined {
  const obscured = obscuredCommitmentNumber(transaction);
  if (obscured === undefined) return undefined;
  const hash = sha256(concatBytes(openPaymentBasepoint, acceptPaymentBasepoint));
  return obscured ^ bytesToBigint(hash.subarray(26));
}

/** BOLT 3, Funding Transaction Output: the 2-of-2 script, its keys in the order of their bytes. */
export function fundingScript(oneKey: Uint8Array, otherKey: Uint8Array): Uint8Array {
  const [first, second] =
    bytesToHex(oneKey) <= bytesToHex(otherKey) ? [oneKey, otherKey] : [otherKey, oneKey];
  return concatBytes(
    Uint8Array.of(0x52, first.length),
    first,
    Uint8Array.of(second.length),
    second,
    Uint8Array.of(0x52, 0xae),
  );
}

/** BOLT 3, `to_local_anchor` and `to_remote_anchor`: `<funding key> CHECKSIG IFDUP NOTIF 16 CSV ENDIF`. */
export function anchorScript(fundingKey: Uint8Array): Uint8Array {
  const ending = Uint8Array.of(0xac, 0x73, 0x64, 0x60, 0xb2, 0x68);
  return concatBytes(Uint8Array.of(fundingKey.length), fundingKey, ending);
}

/** BOLT 3, `to_remote` in a channel with anchors: `<key> CHECKSIGVERIFY 1 CSV`. */
export function toRemoteAnchoredScript(key: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(key.length), key, Uint8Array.of(0xad, 0x51, 0xb2));
}

/** BIP 141, P2WPKH: the output script that pays to the hash of a key. */
export function publicKeyHashOutput(key: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(0, 20), hash160(key));
}

/** BIP 141, P2WSH: the output script that pays to the hash of a script. */
export function witnessScriptOutput(script: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(0, 32), sha256(script));
}
