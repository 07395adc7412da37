/** Own channels by the short ids that lists of payments and forwards call them by. */
import type { ChannelId, NodeId, ShortChannelId } from '../../lightning/ids.ts';

export interface NamedChannel {
  readonly channelId: ChannelId;
  readonly peerId: NodeId;
}

/** No node has as many channels; a file that names more is none of a node. */
const MOST_NAMES = 1_000_000;

export class ChannelNames {
  readonly #byShortId = new Map<ShortChannelId, NamedChannel>();
  readonly #peers = new Map<ChannelId, NodeId>();

  add(shortChannelId: ShortChannelId, channel: NamedChannel): void {
    if (this.#byShortId.size < MOST_NAMES) {
      this.#byShortId.set(shortChannelId, channel);
    }
    this.addPeer(channel);
  }

  /** Of a channel that is in no block yet. */
  addPeer({ channelId, peerId }: NamedChannel): void {
    if (this.#peers.size < MOST_NAMES) this.#peers.set(channelId, peerId);
  }

  get(shortChannelId: ShortChannelId): NamedChannel | undefined {
    return this.#byShortId.get(shortChannelId);
  }

  peerOf(channelId: ChannelId): NodeId | undefined {
    return this.#peers.get(channelId);
  }
}
