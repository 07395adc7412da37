/** As many facts of a channel as a test needs, in order: changes of a fee policy. */
import type { ChannelFact } from '../../src/channel/observations.ts';

export function policy(nth: number): ChannelFact {
  return {
    type: 'FeePolicyChanged',
    data: {
      side: 'local',
      isDisabled: false,
      cltvExpiryDeltaBlocks: 40,
      htlcMinimumMsat: 1n,
      htlcMaximumMsat: 900_000_000n,
      feeBaseMsat: BigInt(nth),
      feeProportionalMillionths: 10,
      timestamp: 1_767_225_700 + nth,
    },
  };
}

export function policies(from: number, count: number): readonly ChannelFact[] {
  return Array.from({ length: count }, (_, nth) => policy(from + nth));
}
