/**
 * BOLT 3's output scripts, recognised by the witness that spends them (BOLT 5): which output it was
 * and by which of its ways it was taken.
 */
import { bytesToHex } from './bytes.ts';

export type WitnessKind =
  /** The 2-of-2 funding output. */
  | 'funding'
  /** By its owner after the delay; a second stage's output has the same script. */
  | 'to_local delayed'
  | 'to_local revocation'
  /** The other side's own output in a channel with anchors. */
  | 'to_remote'
  | 'anchor'
  /** With the preimage. */
  | 'htlc success'
  /** After its expiry. */
  | 'htlc timeout'
  | 'htlc revocation'
  /** One signature and one key: to_remote without anchors, or any ordinary wallet's. */
  | 'p2wpkh'
  | 'unknown';

export interface WitnessClaim {
  readonly kind: WitnessKind;
  /** HTLCs only: seen from the side whose commitment held it. */
  readonly htlc?: {
    readonly isOfferedByOwner: boolean;
    /** By the owner's presigned HTLC transaction; otherwise the other side took it directly. */
    readonly isSecondStage: boolean;
    /** Hex of RIPEMD160(payment_hash), all that the script says of it. */
    readonly paymentHash160: string;
    readonly preimage?: Uint8Array;
    /** Only a received HTLC's script holds it; an offered one's is its transaction's locktime. */
    readonly cltvExpiry?: number;
  };
  /** `to_self_delay`, of a to_local output. */
  readonly delayBlocks?: number;
}

const KEY = '21(0[23][0-9a-f]{64})';
const HASH = '14([0-9a-f]{40})';
/** A number as scripts push it: OP_1 to OP_16, or 1 to 5 bytes. */
const NUMBER =
  '(5[1-9a-f]|60|01[0-9a-f]{2}|02[0-9a-f]{4}|03[0-9a-f]{6}|04[0-9a-f]{8}|05[0-9a-f]{10})';
/** Anchors added `1 OP_CHECKSEQUENCEVERIFY OP_DROP` to both HTLC scripts. */
const ONE_BLOCK = '(?:51b275)?';

/** OP_IF <revocation> OP_ELSE <delay> CSV DROP <delayed> OP_ENDIF CHECKSIG */
const TO_LOCAL = new RegExp(`^63${KEY}67${NUMBER}b275${KEY}68ac$`);
/** <key> CHECKSIGVERIFY 1 CSV */
const TO_REMOTE = new RegExp(`^${KEY}ad51b2$`);
/** <key> CHECKSIG IFDUP NOTIF 16 CSV ENDIF */
const ANCHOR = new RegExp(`^${KEY}ac736460b268$`);
const FUNDING = new RegExp(`^52${KEY}${KEY}52ae$`);
/** DUP HASH160 <revocation hash> EQUAL IF CHECKSIG ELSE <remote key> SWAP SIZE 32 EQUAL … */
const HTLC_HEAD = `^76a9${HASH}8763ac67${KEY}7c82012087`;
/** NOTIF DROP 2 SWAP <local key> 2 CHECKMULTISIG ELSE HASH160 <hash> EQUALVERIFY CHECKSIG ENDIF */
const OFFERED = new RegExp(`${HTLC_HEAD}6475527c${KEY}52ae67a9${HASH}88ac68${ONE_BLOCK}68$`);
/** IF HASH160 <hash> EQUALVERIFY 2 SWAP <local key> 2 CHECKMULTISIG ELSE DROP <expiry> CLTV … */
const RECEIVED = new RegExp(
  `${HTLC_HEAD}63a9${HASH}88527c${KEY}52ae6775${NUMBER}b175ac68${ONE_BLOCK}68$`,
);

const UNKNOWN: WitnessClaim = { kind: 'unknown' };
/** The longest script here has 143 bytes; anything much longer is not looked at. */
const MAX_SCRIPT_LENGTH = 200;

/** By the witness of the input that spends it; `unknown` for all that BOLT 3 does not define. */
export function classifyWitness(witness: readonly Uint8Array[]): WitnessClaim {
  const items = witness.slice(0, -1);
  const last = witness.at(-1);
  if (last === undefined || last.length > MAX_SCRIPT_LENGTH) return UNKNOWN;
  const script = bytesToHex(last);
  if (/^0[23][0-9a-f]{64}$/.test(script)) {
    return items.length === 1 ? { kind: 'p2wpkh' } : UNKNOWN;
  }
  const [first] = items;
  if (FUNDING.test(script) && items.length === 3) return { kind: 'funding' };
  if (TO_REMOTE.test(script) && items.length === 1) return { kind: 'to_remote' };
  if (ANCHOR.test(script) && items.length === 1 && first !== undefined) return { kind: 'anchor' };
  return (
    toLocalClaim(TO_LOCAL.exec(script), items) ??
    offeredClaim(OFFERED.exec(script), items) ??
    receivedClaim(RECEIVED.exec(script), items) ??
    UNKNOWN
  );
}

function toLocalClaim(
  match: RegExpExecArray | null,
  items: readonly Uint8Array[],
): WitnessClaim | undefined {
  const [, branch] = items;
  if (match === null || branch === undefined || items.length !== 2) return undefined;
  const delayBlocks = scriptNumber(match[2] ?? '');
  return { kind: isFalse(branch) ? 'to_local delayed' : 'to_local revocation', delayBlocks };
}

function offeredClaim(
  match: RegExpExecArray | null,
  items: readonly Uint8Array[],
): WitnessClaim | undefined {
  if (match === null) return undefined;
  const htlc = { isOfferedByOwner: true, paymentHash160: match[4] ?? '' };
  const [, second] = items;
  const fourth = items[3];
  if (items.length === 4 && fourth?.length === 0) {
    return { kind: 'htlc timeout', htlc: { ...htlc, isSecondStage: true } };
  }
  if (items.length !== 2 || second === undefined) return undefined;
  if (second.length === 32) {
    return { kind: 'htlc success', htlc: { ...htlc, isSecondStage: false, preimage: second } };
  }
  return revocation(second, htlc);
}

function receivedClaim(
  match: RegExpExecArray | null,
  items: readonly Uint8Array[],
): WitnessClaim | undefined {
  if (match === null) return undefined;
  const cltvExpiry = scriptNumber(match[5] ?? '');
  const htlc = { isOfferedByOwner: false, paymentHash160: match[3] ?? '', cltvExpiry };
  const [, second] = items;
  const preimage = items[3];
  if (items.length === 4 && preimage?.length === 32) {
    return { kind: 'htlc success', htlc: { ...htlc, isSecondStage: true, preimage } };
  }
  if (items.length !== 2 || second === undefined) return undefined;
  if (second.length === 0) {
    return { kind: 'htlc timeout', htlc: { ...htlc, isSecondStage: false } };
  }
  return revocation(second, htlc);
}

/** The revocation key itself stands where the others have a preimage or nothing. */
function revocation(
  key: Uint8Array,
  htlc: Omit<NonNullable<WitnessClaim['htlc']>, 'isSecondStage'>,
): WitnessClaim | undefined {
  if (key.length !== 33) return undefined;
  return { kind: 'htlc revocation', htlc: { ...htlc, isSecondStage: false } };
}

function isFalse(item: Uint8Array): boolean {
  return item.every((byte) => byte === 0);
}

/** A pushed number: OP_1 to OP_16 by its opcode, otherwise little-endian bytes. */
function scriptNumber(push: string): number {
  if (push.length === 2) return Number.parseInt(push, 16) - 0x50;
  const bytes = Buffer.from(push.slice(2), 'hex').reverse();
  return Number.parseInt(bytes.toString('hex'), 16);
}
