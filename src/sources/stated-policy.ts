/** A channel_update's policy in the fields that events have for it. */
import type { ChannelUpdate } from '../lightning/gossip.ts';

/** Without its direction and signature: whose it is the caller knows. */
export function statedPolicy(update: ChannelUpdate) {
  const { feeBaseMsat, feeProportionalMillionths, cltvExpiryDelta, htlcMinimumMsat } = update;
  const { htlcMaximumMsat, isDisabled, timestamp } = update;
  return {
    feeBaseMsat,
    feeProportionalMillionths,
    cltvExpiryDeltaBlocks: cltvExpiryDelta,
    htlcMinimumMsat,
    ...(htlcMaximumMsat !== undefined && { htlcMaximumMsat }),
    isDisabled,
    timestamp,
  };
}
