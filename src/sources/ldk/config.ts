/** How the simulated nodes are configured, as LDK's `UserConfig`. */
import type { UserConfig } from 'lightningdevkit';
import type { Ldk } from './load.ts';

export interface NodeConfig {
  /** Refuse inbound channels below this. */
  readonly minFundingSat: bigint;
  readonly anchors: boolean;
}

/** `isAnnounced` is for the channels this node opens. */
export function userConfig(ldk: Ldk, config: NodeConfig, isAnnounced: boolean): UserConfig {
  const user = ldk.UserConfig.constructor_default();
  const handshake = user.get_channel_handshake_config();
  handshake.set_announce_for_forwarding(isAnnounced);
  handshake.set_minimum_depth(1);
  handshake.set_negotiate_anchors_zero_fee_htlc_tx(config.anchors);
  // Let payments run in parallel up to the protocol's own limit.
  handshake.set_max_inbound_htlc_value_in_flight_percent_of_channel(100);
  handshake.set_our_max_accepted_htlcs(483);
  user.set_channel_handshake_config(handshake);
  const limits = user.get_channel_handshake_limits();
  limits.set_force_announced_channel_preference(false);
  limits.set_min_funding_satoshis(config.minFundingSat);
  user.set_channel_handshake_limits(limits);
  // LDK takes anchor channels only where the node says yes to each: it must hold coins to bump fees.
  user.set_manually_accept_inbound_channels(config.anchors);
  return user;
}
