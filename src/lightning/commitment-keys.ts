/** BOLT 3, Key Derivation: the keys of one commitment from both ends' base points and its own point. */
import type { PricedChannelType } from './commitment.ts';
import { derivePublicKey, deriveRevocationPublicKey } from './keys.ts';

/** What one end gave of keys when the channel was opened (BOLT 2), compressed points. */
export interface Basepoints {
  readonly funding: Uint8Array;
  readonly revocation: Uint8Array;
  readonly payment: Uint8Array;
  readonly delayedPayment: Uint8Array;
  readonly htlc: Uint8Array;
}

/** Seen from the owner of the commitment. */
export interface CommitmentKeys {
  readonly ownerFundingKey: Uint8Array;
  readonly otherFundingKey: Uint8Array;
  readonly revocationKey: Uint8Array;
  readonly delayedKey: Uint8Array;
  readonly ownerHtlcKey: Uint8Array;
  readonly otherHtlcKey: Uint8Array;
  /** `remotepubkey`, of the other end's own output. */
  readonly otherPaymentKey: Uint8Array;
}

/** Throws where one of the points is none. */
export function commitmentKeys(
  owner: Basepoints,
  other: Basepoints,
  perCommitmentPoint: Uint8Array,
  channelType: PricedChannelType,
): CommitmentKeys {
  const derived = (basepoint: Uint8Array) => derivePublicKey(basepoint, perCommitmentPoint);
  return {
    ownerFundingKey: owner.funding,
    otherFundingKey: other.funding,
    revocationKey: deriveRevocationPublicKey(other.revocation, perCommitmentPoint),
    delayedKey: derived(owner.delayedPayment),
    ownerHtlcKey: derived(owner.htlc),
    otherHtlcKey: derived(other.htlc),
    // All types but the first pay to the base point as it is (option_static_remotekey).
    otherPaymentKey: channelType === 'legacy' ? derived(other.payment) : other.payment,
  };
}
