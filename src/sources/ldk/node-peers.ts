/** A node's PeerManager, with the taps of its messages and of its gossip between it and LDK. */
import type { ChannelManager, PeerManager } from 'lightningdevkit';
import type { CommonBase } from 'lightningdevkit/structs/CommonBase.mjs';
import { tapGossip } from './gossip-tap.ts';
import type { LdkBinding } from './load.ts';
import { MessageTap } from './message-tap.ts';
import type { NodeServices } from './node-services.ts';
import type { TapRecorder } from './recorder.ts';

export interface TappedPeers {
  readonly peerManager: PeerManager;
  /** Objects whose lists of references grow with use. */
  readonly longLived: readonly CommonBase[];
  /** Rust calls these; JavaScript must not collect them. */
  readonly kept: readonly object[];
}

export function connectTaps(
  binding: LdkBinding,
  services: NodeServices,
  manager: ChannelManager,
  recorder: TapRecorder,
  time: number,
): TappedPeers {
  const { ldk } = binding;
  const gossip = ldk.P2PGossipSync.constructor_new(
    services.graph,
    ldk.Option_UtxoLookupZ.constructor_some(services.utxoLookup),
    services.logger,
  );
  const innerRouting = gossip.as_RoutingMessageHandler();
  const routing = tapGossip(binding, innerRouting, gossip.as_MessageSendEventsProvider(), recorder);
  const messageTap = new MessageTap(
    binding,
    manager.as_ChannelMessageHandler(),
    manager.as_MessageSendEventsProvider(),
    recorder,
  );
  const ignoring = ldk.IgnoringMessageHandler.constructor_new();
  const peerManager = ldk.PeerManager.constructor_new(
    messageTap.handler,
    routing,
    ignoring.as_OnionMessageHandler(),
    ignoring.as_CustomMessageHandler(),
    time,
    services.entropy.get_secure_random_bytes(),
    services.logger,
    services.nodeSigner,
  );
  return {
    peerManager,
    longLived: [innerRouting],
    kept: [gossip, routing, messageTap, ignoring],
  };
}
