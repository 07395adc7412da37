/** LDK's handlers of incoming channel messages, each told to a listener before LDK acts on it. */
import type { ChannelMessageHandler, ChannelMessageHandlerInterface } from 'lightningdevkit';
import type { CommonBase } from 'lightningdevkit/structs/CommonBase.mjs';

/** A message object of the binding, whatever its kind. */
export type Writable = CommonBase & { write(): Uint8Array };

/** Wraps the handler of the message of this BOLT name. */
export type Wrap = <Message extends Writable>(
  name: string,
  handle: (peer: Uint8Array, message: Message) => void,
) => (peer: Uint8Array, message: Message) => void;

type MessageHandlers = Pick<
  ChannelMessageHandlerInterface,
  Extract<keyof ChannelMessageHandlerInterface, `handle_${string}`>
>;

/** Every `handle_…` of LDK's interface, wrapped. */
export function incomingHandlers(inner: ChannelMessageHandler, wrap: Wrap): MessageHandlers {
  return {
    ...openingHandlers(inner, wrap),
    ...updateHandlers(inner, wrap),
    ...closingHandlers(inner, wrap),
    ...interactiveHandlers(inner, wrap),
  };
}

function openingHandlers(inner: ChannelMessageHandler, wrap: Wrap) {
  return {
    handle_open_channel: wrap('open_channel', bound(inner, inner.handle_open_channel)),
    handle_open_channel_v2: wrap('open_channel2', bound(inner, inner.handle_open_channel_v2)),
    handle_accept_channel: wrap('accept_channel', bound(inner, inner.handle_accept_channel)),
    handle_accept_channel_v2: wrap('accept_channel2', bound(inner, inner.handle_accept_channel_v2)),
    handle_funding_created: wrap('funding_created', bound(inner, inner.handle_funding_created)),
    handle_funding_signed: wrap('funding_signed', bound(inner, inner.handle_funding_signed)),
    handle_channel_ready: wrap('channel_ready', bound(inner, inner.handle_channel_ready)),
    handle_announcement_signatures: wrap(
      'announcement_signatures',
      bound(inner, inner.handle_announcement_signatures),
    ),
    handle_channel_update: wrap('channel_update', bound(inner, inner.handle_channel_update)),
    handle_channel_reestablish: wrap(
      'channel_reestablish',
      bound(inner, inner.handle_channel_reestablish),
    ),
  };
}

function updateHandlers(inner: ChannelMessageHandler, wrap: Wrap) {
  return {
    handle_update_add_htlc: wrap('update_add_htlc', bound(inner, inner.handle_update_add_htlc)),
    handle_update_fulfill_htlc: wrap(
      'update_fulfill_htlc',
      bound(inner, inner.handle_update_fulfill_htlc),
    ),
    handle_update_fail_htlc: wrap('update_fail_htlc', bound(inner, inner.handle_update_fail_htlc)),
    handle_update_fail_malformed_htlc: wrap(
      'update_fail_malformed_htlc',
      bound(inner, inner.handle_update_fail_malformed_htlc),
    ),
    handle_update_fee: wrap('update_fee', bound(inner, inner.handle_update_fee)),
    handle_commitment_signed: wrap(
      'commitment_signed',
      bound(inner, inner.handle_commitment_signed),
    ),
    handle_revoke_and_ack: wrap('revoke_and_ack', bound(inner, inner.handle_revoke_and_ack)),
  };
}

function closingHandlers(inner: ChannelMessageHandler, wrap: Wrap) {
  return {
    handle_shutdown: wrap('shutdown', bound(inner, inner.handle_shutdown)),
    handle_closing_signed: wrap('closing_signed', bound(inner, inner.handle_closing_signed)),
    handle_error: wrap('error', bound(inner, inner.handle_error)),
  };
}

/** Quiescence and the interactive building of transactions: LDK 0.1 answers, this network does not ask. */
function interactiveHandlers(inner: ChannelMessageHandler, wrap: Wrap) {
  return {
    handle_stfu: wrap('stfu', bound(inner, inner.handle_stfu)),
    handle_tx_add_input: wrap('tx_add_input', bound(inner, inner.handle_tx_add_input)),
    handle_tx_add_output: wrap('tx_add_output', bound(inner, inner.handle_tx_add_output)),
    handle_tx_remove_input: wrap('tx_remove_input', bound(inner, inner.handle_tx_remove_input)),
    handle_tx_remove_output: wrap('tx_remove_output', bound(inner, inner.handle_tx_remove_output)),
    handle_tx_complete: wrap('tx_complete', bound(inner, inner.handle_tx_complete)),
    handle_tx_signatures: wrap('tx_signatures', bound(inner, inner.handle_tx_signatures)),
    handle_tx_init_rbf: wrap('tx_init_rbf', bound(inner, inner.handle_tx_init_rbf)),
    handle_tx_ack_rbf: wrap('tx_ack_rbf', bound(inner, inner.handle_tx_ack_rbf)),
    handle_tx_abort: wrap('tx_abort', bound(inner, inner.handle_tx_abort)),
  };
}

/** Methods of the binding's classes need their object. */
function bound<Message>(
  inner: ChannelMessageHandler,
  handle: (this: ChannelMessageHandler, peer: Uint8Array, message: Message) => void,
): (peer: Uint8Array, message: Message) => void {
  return (peer, message) => handle.call(inner, peer, message);
}
