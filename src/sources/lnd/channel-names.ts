/** Own channels with their peers: the log names channels alone. */
import type { ChannelId, NodeId } from '../../lightning/ids.ts';

export interface NamedChannel {
  readonly channelId: ChannelId;
  readonly peerId: NodeId;
}

/** No node has as many channels; a file that names more is none of a node. */
const MOST_NAMES = 1_000_000;

export class ChannelNames {
  readonly #peers = new Map<ChannelId, NodeId>();

  add({ channelId, peerId }: NamedChannel): void {
    if (this.#peers.size < MOST_NAMES) this.#peers.set(channelId, peerId);
  }

  peerOf(channelId: ChannelId): NodeId | undefined {
    return this.#peers.get(channelId);
  }
}
