/** BOLT 3, the witness scripts of a commitment's outputs and of second stages, from their keys. */
import { ripemd160 } from '@noble/hashes/legacy.js';
import { concatBytes } from './bytes.ts';
import { hash160 } from './hashes.ts';

const OP = {
  IF: 0x63,
  NOTIF: 0x64,
  ELSE: 0x67,
  ENDIF: 0x68,
  DROP: 0x75,
  DUP: 0x76,
  SWAP: 0x7c,
  SIZE: 0x82,
  EQUAL: 0x87,
  EQUALVERIFY: 0x88,
  HASH160: 0xa9,
  CHECKSIG: 0xac,
  CHECKMULTISIG: 0xae,
  CLTV: 0xb1,
  CSV: 0xb2,
  ONE: 0x51,
  TWO: 0x52,
} as const;

/** The keys of the two HTLC scripts, seen from the commitment's owner. */
export interface HtlcScriptKeys {
  readonly revocationKey: Uint8Array;
  readonly ownerHtlcKey: Uint8Array;
  readonly otherHtlcKey: Uint8Array;
  /** Anchors made both scripts wait one block, but for the revocation. */
  readonly hasAnchors: boolean;
}

/** `to_local`, and the output of HTLC-timeout and HTLC-success transactions. */
export function toLocalScript(
  revocationKey: Uint8Array,
  delayBlocks: number,
  delayedKey: Uint8Array,
): Uint8Array {
  return script(
    OP.IF,
    revocationKey,
    OP.ELSE,
    scriptNumberPush(delayBlocks),
    [OP.CSV, OP.DROP],
    delayedKey,
    [OP.ENDIF, OP.CHECKSIG],
  );
}

/** Offered by the owner of the commitment. */
export function offeredHtlcScript(keys: HtlcScriptKeys, paymentHash: Uint8Array): Uint8Array {
  return script(
    ...head(keys),
    [OP.NOTIF, OP.DROP, OP.TWO, OP.SWAP],
    keys.ownerHtlcKey,
    [OP.TWO, OP.CHECKMULTISIG, OP.ELSE, OP.HASH160],
    ripemd160(paymentHash),
    [OP.EQUALVERIFY, OP.CHECKSIG, OP.ENDIF],
    tail(keys),
  );
}

/** Received by the owner of the commitment. */
export function receivedHtlcScript(
  keys: HtlcScriptKeys,
  paymentHash: Uint8Array,
  cltvExpiry: number,
): Uint8Array {
  return script(
    ...head(keys),
    [OP.IF, OP.HASH160],
    ripemd160(paymentHash),
    [OP.EQUALVERIFY, OP.TWO, OP.SWAP],
    keys.ownerHtlcKey,
    [OP.TWO, OP.CHECKMULTISIG, OP.ELSE, OP.DROP],
    scriptNumberPush(cltvExpiry),
    [OP.CLTV, OP.DROP, OP.CHECKSIG, OP.ENDIF],
    tail(keys),
  );
}

function head({ revocationKey, otherHtlcKey }: HtlcScriptKeys): readonly Part[] {
  return [
    [OP.DUP, OP.HASH160],
    hash160(revocationKey),
    [OP.EQUAL, OP.IF, OP.CHECKSIG, OP.ELSE],
    otherHtlcKey,
    [OP.SWAP, OP.SIZE, 1, 32, OP.EQUAL],
  ];
}

function tail({ hasAnchors }: HtlcScriptKeys): readonly number[] {
  return hasAnchors ? [OP.ONE, OP.CSV, OP.DROP, OP.ENDIF] : [OP.ENDIF];
}

/** An opcode, several, or bytes to push. */
type Part = number | readonly number[] | Uint8Array;

function script(...parts: readonly Part[]): Uint8Array {
  return concatBytes(
    ...parts.map((part) => {
      if (typeof part === 'number') return Uint8Array.of(part);
      if (part instanceof Uint8Array) return concatBytes(Uint8Array.of(part.length), part);
      return Uint8Array.from(part);
    }),
  );
}

/** A number as scripts push it: an opcode up to 16, else the fewest bytes, the lowest first. */
function scriptNumberPush(value: number): readonly number[] {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new Error(`"number" expected a block count or height, got ${value}`);
  }
  if (value === 0) return [0];
  if (value <= 16) return [0x50 + value];
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.push(rest % 256);
  // The top bit is the sign.
  if ((bytes.at(-1) ?? 0) >= 0x80) bytes.push(0);
  return [bytes.length, ...bytes];
}
