/**
 * LDK's `ChannelMessageHandler`, tapped: every BOLT 2 message in (before LDK acts on it) and out (when LDK
 * hands it to the connection, so after the persists that had to come first).
 */
import type {
  ChannelMessageHandler,
  ChannelMessageHandlerInterface,
  ErrorAction,
  MessageSendEvent,
  MessageSendEvent_UpdateHTLCs,
  MessageSendEventsProvider,
} from 'lightningdevkit';
import { decodeInitFeatures, decodeMessage } from './decode-message.ts';
import type { Writable } from './incoming-messages.ts';
import { incomingHandlers } from './incoming-messages.ts';
import type { LdkBinding } from './load.ts';
import { nodeId } from './plain.ts';
import type { TapRecorder } from './recorder.ts';

export class MessageTap {
  readonly handler: ChannelMessageHandler;
  readonly #binding: LdkBinding;
  readonly #recorder: TapRecorder;
  readonly #inner: ChannelMessageHandler;
  readonly #innerReferences: number;
  /** Handed to LDK, which clones them after the callback has returned; freed at the next one. */
  #handedOver: readonly MessageSendEvent[] = [];

  constructor(
    binding: LdkBinding,
    inner: ChannelMessageHandler,
    outgoing: MessageSendEventsProvider,
    recorder: TapRecorder,
  ) {
    this.#binding = binding;
    this.#recorder = recorder;
    this.#inner = inner;
    this.#innerReferences = binding.memory.referenceCount(inner);
    this.handler = binding.ldk.ChannelMessageHandler.new_impl(this.#implementation(), {
      get_and_clear_pending_msg_events: () => this.#drain(outgoing),
    });
  }

  #implementation(): ChannelMessageHandlerInterface {
    return {
      ...incomingHandlers(this.#inner, (name, handle) => this.#heard(name, handle)),
      ...this.#connectionHandlers(),
    };
  }

  #connectionHandlers() {
    const inner = this.#inner;
    return {
      peer_connected: (...[peer, init, isInbound]: Parameters<typeof inner.peer_connected>) => {
        this.#recorder.record({
          kind: 'peer-connected',
          peer: nodeId(peer),
          features: decodeInitFeatures(init.write()),
          isInbound: Boolean(isInbound),
        });
        return inner.peer_connected(peer, init, isInbound);
      },
      peer_disconnected: (peer: Uint8Array) => {
        this.#recorder.record({ kind: 'peer-disconnected', peer: nodeId(peer) });
        inner.peer_disconnected(peer);
      },
      provided_node_features: () => inner.provided_node_features(),
      provided_init_features: (peer: Uint8Array) => inner.provided_init_features(peer),
      get_chain_hashes: () => inner.get_chain_hashes(),
      message_received: () => inner.message_received(),
    };
  }

  #heard<Message extends Writable>(
    name: string,
    handle: (peer: Uint8Array, message: Message) => void,
  ): (peer: Uint8Array, message: Message) => void {
    return (peer, message) => {
      const body = message.write();
      this.#recorder.recordDecoded(`${name} in`, body, () => ({
        kind: 'message-in',
        peer: nodeId(peer),
        message: decodeMessage(name, body),
      }));
      handle(peer, message);
      this.#binding.memory.trimReferences(this.#inner, this.#innerReferences);
      this.#binding.memory.free(message);
    };
  }

  #drain(outgoing: MessageSendEventsProvider): MessageSendEvent[] {
    for (const event of this.#handedOver) this.#binding.memory.free(event);
    const events = outgoing.get_and_clear_pending_msg_events();
    for (const event of events) this.#recordOutgoing(event);
    this.#handedOver = events;
    return events;
  }

  #recordOutgoing(event: MessageSendEvent): void {
    const { ldk } = this.#binding;
    if (event instanceof ldk.MessageSendEvent_UpdateHTLCs) {
      this.#recordCommitmentUpdate(event);
    } else if (event instanceof ldk.MessageSendEvent_HandleError) {
      const [name, message] = spokenError(this.#binding, event.action);
      if (message !== undefined) this.#said(event.node_id, name, message);
    } else {
      for (const [kind, name] of this.#singleMessages()) {
        if (event instanceof kind) this.#said(event.node_id, name, event.msg);
      }
    }
  }

  /** In the order in which LDK's PeerManager sends them. */
  #recordCommitmentUpdate(event: MessageSendEvent_UpdateHTLCs): void {
    const { node_id: peer, updates } = event;
    for (const add of updates.get_update_add_htlcs()) this.#said(peer, 'update_add_htlc', add);
    for (const fulfill of updates.get_update_fulfill_htlcs()) {
      this.#said(peer, 'update_fulfill_htlc', fulfill);
    }
    for (const fail of updates.get_update_fail_htlcs()) this.#said(peer, 'update_fail_htlc', fail);
    for (const malformed of updates.get_update_fail_malformed_htlcs()) {
      this.#said(peer, 'update_fail_malformed_htlc', malformed);
    }
    const fee = updates.get_update_fee();
    if (!this.#binding.memory.isNull(fee)) this.#said(peer, 'update_fee', fee);
    this.#said(peer, 'commitment_signed', updates.get_commitment_signed());
  }

  /** Broadcast gossip is not here: the gossip tap hears it without a sender. */
  #singleMessages() {
    const { ldk } = this.#binding;
    return [
      [ldk.MessageSendEvent_SendOpenChannel, 'open_channel'],
      [ldk.MessageSendEvent_SendAcceptChannel, 'accept_channel'],
      [ldk.MessageSendEvent_SendFundingCreated, 'funding_created'],
      [ldk.MessageSendEvent_SendFundingSigned, 'funding_signed'],
      [ldk.MessageSendEvent_SendChannelReady, 'channel_ready'],
      [ldk.MessageSendEvent_SendAnnouncementSignatures, 'announcement_signatures'],
      [ldk.MessageSendEvent_SendRevokeAndACK, 'revoke_and_ack'],
      [ldk.MessageSendEvent_SendClosingSigned, 'closing_signed'],
      [ldk.MessageSendEvent_SendShutdown, 'shutdown'],
      [ldk.MessageSendEvent_SendChannelReestablish, 'channel_reestablish'],
      [ldk.MessageSendEvent_SendChannelUpdate, 'channel_update'],
      [ldk.MessageSendEvent_SendStfu, 'stfu'],
    ] as const;
  }

  #said(peer: Uint8Array, name: string, message: Writable): void {
    const body = message.write();
    this.#recorder.recordDecoded(`${name} out`, body, () => ({
      kind: 'message-out',
      peer: nodeId(peer),
      message: decodeMessage(name, body),
    }));
  }
}

function spokenError(
  { ldk, memory }: LdkBinding,
  action: ErrorAction,
): readonly ['error' | 'warning', Writable | undefined] {
  if (action instanceof ldk.ErrorAction_SendErrorMessage) return ['error', action.msg];
  if (action instanceof ldk.ErrorAction_SendWarningMessage) return ['warning', action.msg];
  if (action instanceof ldk.ErrorAction_DisconnectPeerWithWarning) return ['warning', action.msg];
  if (action instanceof ldk.ErrorAction_DisconnectPeer && !memory.isNull(action.msg)) {
    return ['error', action.msg];
  }
  return ['error', undefined];
}
