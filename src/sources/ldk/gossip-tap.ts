/** LDK's `RoutingMessageHandler`, tapped: every gossip message it is handed, with the answer it gave. */
import type {
  Result_boolLightningErrorZ,
  RoutingMessageHandler,
  RoutingMessageHandlerInterface,
} from 'lightningdevkit';
import { bytesToHex } from '../../lightning/bytes.ts';
import { CHANNEL_ANNOUNCEMENT, CHANNEL_UPDATE, NODE_ANNOUNCEMENT } from '../../lightning/gossip.ts';
import type { LdkBinding } from './load.ts';
import { maybeNodeId } from './plain.ts';
import type { TapRecorder } from './recorder.ts';
import type { TapRecord } from './taps.ts';

type GossipKind = Extract<TapRecord, { readonly kind: 'gossip' }>['message'];

const WIRE_TYPE: Readonly<Record<GossipKind, number>> = {
  channel_announcement: CHANNEL_ANNOUNCEMENT,
  node_announcement: NODE_ANNOUNCEMENT,
  channel_update: CHANNEL_UPDATE,
};

interface GossipBytes {
  write(): Uint8Array;
}

/** Wraps LDK's own gossip handling; LDK hands the node's own messages in without a sender. */
export function tapGossip(
  binding: LdkBinding,
  inner: RoutingMessageHandler,
  sendEvents: { get_and_clear_pending_msg_events: RoutingEvents },
  recorder: TapRecorder,
): RoutingMessageHandler {
  const { ldk } = binding;
  const heard = <Message extends GossipBytes>(
    message: GossipKind,
    handle: (sender: Uint8Array | null, message: Message) => Result_boolLightningErrorZ,
  ) => {
    return (sender: Uint8Array, received: Message): Result_boolLightningErrorZ => {
      const from = maybeNodeId(sender);
      const type = WIRE_TYPE[message].toString(16).padStart(4, '0');
      const raw = type + bytesToHex(received.write());
      const result = handle(from === null ? null : sender, received);
      const refusal =
        result instanceof ldk.Result_boolLightningErrorZ_Err ? result.err.get_err() : null;
      recorder.record({
        kind: 'gossip',
        from,
        message,
        raw,
        isAccepted: refusal === null,
        refusal,
      });
      return result;
    };
  };
  const implementation: RoutingMessageHandlerInterface = {
    handle_node_announcement: heard('node_announcement', (sender, message) =>
      inner.handle_node_announcement(sender, message),
    ),
    handle_channel_announcement: heard('channel_announcement', (sender, message) =>
      inner.handle_channel_announcement(sender, message),
    ),
    handle_channel_update: heard('channel_update', (sender, message) =>
      inner.handle_channel_update(sender, message),
    ),
    get_next_channel_announcement: (start) => inner.get_next_channel_announcement(start),
    get_next_node_announcement: (start) => inner.get_next_node_announcement(start),
    peer_connected: (peer, init, isInbound) => inner.peer_connected(peer, init, isInbound),
    handle_reply_channel_range: (peer, message) => inner.handle_reply_channel_range(peer, message),
    handle_reply_short_channel_ids_end: (peer, message) =>
      inner.handle_reply_short_channel_ids_end(peer, message),
    handle_query_channel_range: (peer, message) => inner.handle_query_channel_range(peer, message),
    handle_query_short_channel_ids: (peer, message) =>
      inner.handle_query_short_channel_ids(peer, message),
    processing_queue_high: () => inner.processing_queue_high(),
    provided_node_features: () => inner.provided_node_features(),
    provided_init_features: (peer) => inner.provided_init_features(peer),
  };
  return ldk.RoutingMessageHandler.new_impl(implementation, sendEvents);
}

type RoutingEvents = () => import('lightningdevkit').MessageSendEvent[];
