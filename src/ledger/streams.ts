/** Stream names (DESIGN §4) and which aggregate's events a stream holds. */
import { type ChannelEvents, channelEvents } from '../channel/events.ts';
import { type GossipEvents, gossipEvents } from '../gossip/events.ts';
import { type NodeEvents, nodeEvents } from '../node/events.ts';
import type { Observation } from '../observation/observation.ts';
import { type PeerEvents, peerEvents } from '../peer/events.ts';

export const categories = ['channel', 'peer', 'node', 'gossip'] as const;
export type Category = (typeof categories)[number];

export const eventTables: {
  readonly channel: ChannelEvents;
  readonly peer: PeerEvents;
  readonly node: NodeEvents;
  readonly gossip: GossipEvents;
} = { channel: channelEvents, peer: peerEvents, node: nodeEvents, gossip: gossipEvents };

export interface StreamName {
  readonly category: Category;
  /** The recording node; empty for gossip. */
  readonly nodeId: string;
  /** Channel id, peer id, the node's id again, or the short channel id. */
  readonly subjectId: string;
  /** Empty for channel and peer streams, whose node says it. */
  readonly chain: string;
  /** The teller; empty for gossip, where the signer is. */
  readonly source: string;
}

/** The stream an observation belongs to. */
export function streamOf(observation: Observation): string {
  const { chain, nodeId, source } = observation;
  switch (observation.about) {
    case 'channel':
      return channelStream(nodeId, observation.channelId, source);
    case 'peer':
      return `peer-${nodeId}.${observation.peerId}.${source}`;
    case 'node':
      return nodeStream(chain, nodeId, source);
    case 'gossip':
      return `gossip-${chain}.${observation.shortChannelId}`;
  }
}

export function channelStream(nodeId: string, channelId: string, source: string): string {
  return `channel-${nodeId}.${channelId}.${source}`;
}

export function nodeStream(chain: string, nodeId: string, source: string): string {
  return `node-${chain}.${nodeId}.${source}`;
}

/** Undefined for a stream that is not ours. */
export function parseStream(stream: string): StreamName | undefined {
  const match = /^(channel|peer|node|gossip)-([^.]+)\.([^.]+)(?:\.([a-z0-9-]+))?$/.exec(stream);
  const [, category, first, second, source = ''] = match ?? [];
  if (first === undefined || second === undefined) return undefined;
  switch (category) {
    case 'channel':
    case 'peer':
      return { category, nodeId: first, subjectId: second, chain: '', source };
    case 'node':
      return { category, nodeId: second, subjectId: second, chain: first, source };
    case 'gossip':
      return { category, nodeId: '', subjectId: second, chain: first, source };
    default:
      return undefined;
  }
}
