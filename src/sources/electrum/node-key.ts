/**
 * The wallet's node key: `m/6/0/0` (electrum/lnutil.py, LnKeyFamily.NODE_KEY) under the extended key
 * `lightning_xprv` (BIP 32; base58 with a checksum, the version naming Bitcoin or a test chain).
 */
import { createHmac } from 'node:crypto';
import {
  bigintToBytes,
  bytesToBigint,
  bytesToHex,
  concatBytes,
  equalBytes,
} from '../../lightning/bytes.ts';
import { doubleSha256 } from '../../lightning/hashes.ts';
import { NodeId } from '../../lightning/ids.ts';
import { pointOfSecret } from '../../lightning/keys.ts';

const NODE_KEY_PATH = [6, 0, 0];
const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
/** SEC 2, secp256k1: the order of the group. */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const XPRV_BYTES = 78;

/** Undefined for what is no extended private key. */
export function nodeIdOfXprv(xprv: unknown): NodeId | undefined {
  const bytes = typeof xprv === 'string' ? base58Checked(xprv) : undefined;
  if (bytes?.length !== XPRV_BYTES || bytes[45] !== 0) return undefined;
  let node = { chainCode: bytes.subarray(13, 45), secret: bytes.subarray(46) };
  try {
    for (const index of NODE_KEY_PATH) node = childOf(node, index);
    return NodeId(bytesToHex(pointOfSecret(node.secret)));
  } catch {
    // A secret of 0 or beyond the order: no such key.
    return undefined;
  }
}

interface ExtendedKey {
  readonly chainCode: Uint8Array;
  readonly secret: Uint8Array;
}

/** BIP 32, Private parent key → private child key, not hardened. */
export function childOf({ chainCode, secret }: ExtendedKey, index: number): ExtendedKey {
  const data = concatBytes(pointOfSecret(secret), bigintToBytes(BigInt(index), 4));
  const digest = createHmac('sha512', chainCode).update(data).digest();
  const sum = bytesToBigint(digest.subarray(0, 32)) + bytesToBigint(secret);
  return {
    secret: bigintToBytes(sum % ORDER, 32),
    chainCode: new Uint8Array(digest.subarray(32)),
  };
}

function base58Checked(text: string): Uint8Array | undefined {
  if (!/^[1-9A-HJ-NP-Za-km-z]{1,128}$/.test(text)) return undefined;
  let value = 0n;
  for (const letter of text) value = value * 58n + BigInt(ALPHABET.indexOf(letter));
  const length = XPRV_BYTES + 4;
  if (value >= 1n << BigInt(8 * length)) return undefined;
  const bytes = bigintToBytes(value, length);
  const content = bytes.subarray(0, XPRV_BYTES);
  const checksum = doubleSha256(content).subarray(0, 4);
  return equalBytes(checksum, bytes.subarray(XPRV_BYTES)) ? content : undefined;
}
