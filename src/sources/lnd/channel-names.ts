/** Own channels with their peers, which the log does not name, and with what lists say of them beside facts. */
import type { ChannelContext } from '../../channel/observations.ts';
import type { ChannelId, NodeId } from '../../lightning/ids.ts';

export interface NamedChannel {
  readonly channelId: ChannelId;
  readonly peerId: NodeId;
  readonly context?: ChannelContext;
}

/** No node has as many channels; a file that names more is none of a node. */
const MOST_NAMES = 1_000_000;

export class ChannelNames {
  readonly #peers = new Map<ChannelId, NodeId>();
  readonly #contexts = new Map<ChannelId, ChannelContext>();

  add({ channelId, peerId, context }: NamedChannel): void {
    if (this.#peers.size >= MOST_NAMES) return;
    this.#peers.set(channelId, peerId);
    if (context !== undefined) this.#contexts.set(channelId, context);
  }

  /** What a list says of the channel: its first fact may stand in one that says less. */
  contextOf(channelId: ChannelId): ChannelContext | undefined {
    return this.#contexts.get(channelId);
  }

  peerOf(channelId: ChannelId): NodeId | undefined {
    return this.#peers.get(channelId);
  }
}
