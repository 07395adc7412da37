/** BOLT 3 appendix C as tests of several folders need it: both ends' keys, its HTLCs, its commitments. */
import { bytesToHex } from '../../src/lightning/bytes.ts';
import type { Basepoints } from '../../src/lightning/commitment-keys.ts';
import { sha256 } from '../../src/lightning/hashes.ts';
import { pointOfSecret } from '../../src/lightning/keys.ts';
import { fixtureText, hex } from './fixtures.ts';

export interface AppendixC {
  readonly common: Readonly<Record<string, string>>;
  readonly internal: Readonly<Record<string, string>>;
  readonly vectors: readonly {
    readonly name: string;
    readonly to_local_msat: string;
    readonly to_remote_msat: string;
    readonly local_feerate_per_kw: string;
    readonly commit_tx: string;
    readonly remote_signature: string;
    readonly htlc: readonly { readonly remote_htlc_signature: string; readonly tx: string }[];
  }[];
}

export const appendixC: AppendixC = JSON.parse(fixtureText('bolts/bolt3-appendix-C.json'));
const { common } = appendixC;
export const given = (name: string) => hex(common[name] ?? '');
/** The secrets are written with the mark of a compressed key behind them. */
const secret = (name: string) => hex(appendixC.internal[name] ?? '').subarray(0, 32);

/** Of the local commitment 42. */
export const point = pointOfSecret(secret('x_local_per_commitment_secret'));

export const local: Basepoints = {
  funding: given('local_funding_pubkey'),
  payment: given('local_payment_basepoint'),
  htlc: given('local_htlc_basepoint'),
  delayedPayment: pointOfSecret(secret('local_delayed_payment_basepoint_secret')),
  // Of no use in the local commitment.
  revocation: given('local_payment_basepoint'),
};

export const remote: Basepoints = {
  funding: given('remote_funding_pubkey'),
  payment: given('remote_payment_basepoint'),
  htlc: given('remote_htlc_basepoint'),
  delayedPayment: given('remote_payment_basepoint'),
  revocation: pointOfSecret(secret('remote_revocation_basepoint_secret')),
};

export interface VectorHtlc {
  readonly isOfferedByOwner: boolean;
  readonly amountMsat: bigint;
  readonly paymentHash: Uint8Array;
  readonly cltvExpiry: number;
}

/** By its number in the specification, 0 to 6. */
export function vectorHtlc(number: number): VectorHtlc {
  return {
    isOfferedByOwner: common[`htlc ${number} direction`] === 'local->remote',
    amountMsat: BigInt(common[`htlc ${number} amount_msat`] ?? ''),
    paymentHash: sha256(given(`htlc ${number} payment_preimage`)),
    cltvExpiry: Number(common[`htlc ${number} expiry`]),
  };
}

export const hexPoints = (points: Basepoints) => ({
  fundingPubkey: bytesToHex(points.funding),
  revocationBasepoint: bytesToHex(points.revocation),
  paymentBasepoint: bytesToHex(points.payment),
  delayedPaymentBasepoint: bytesToHex(points.delayedPayment),
  htlcBasepoint: bytesToHex(points.htlc),
});
