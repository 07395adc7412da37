/** What channels, peers and nodes are called in tables: short, but found again when copied. */
import type { Query } from '../ledger/query.ts';
import type { ChannelView, PeerView } from '../ledger/view-types.ts';
import { shortNodeId } from './format.ts';
import type { Ledger } from './ledger-port.ts';
import type { Style } from './style.ts';
import { clip } from './terminal-text.ts';

type Named = Pick<
  ChannelView,
  'nodeId' | 'channelId' | 'shortChannelId' | 'fundingOutpoint' | 'peerId' | 'peerAlias'
>;

export interface Names {
  /** A short channel id, or else as much of the channel point as no other channel has. */
  readonly channel: (channelId: string | undefined) => string;
  /** As much of the channel point as no other channel has; empty where there is none. */
  readonly channelPoint: (channelId: string) => string;
  /** The alias, or the beginning of the id. */
  readonly node: (nodeId: string | undefined, alias?: string) => string;
  /** Whether the ledger tells of more than one recording node, so that tables must say whose. */
  readonly hasSeveralNodes: boolean;
}

/**
 * Names of everything in the ledger, whatever is asked about: a name is no state, and a node's own
 * alias is what its peers heard.
 */
export function namesIn(ledger: Ledger, query: Query, style: Style): Names {
  const channels = [...ledger.channels(), ...ledger.closed()];
  const names = namesOf(channels, ledger.peers(), style);
  return query.nodeId === undefined ? names : { ...names, hasSeveralNodes: false };
}

const SHORTEST_PREFIX = 10;
/** BOLT 7 allows 32 bytes, and what is made visible of them may be far longer. */
const LONGEST_ALIAS = 32;

export function namesOf(
  channels: readonly Named[],
  peers: readonly Pick<PeerView, 'peerId' | 'alias' | 'nodeId'>[],
  style: Style,
): Names {
  const byId = new Map<string, Named>();
  for (const channel of channels) {
    const known = byId.get(channel.channelId);
    if (known?.shortChannelId === undefined) byId.set(channel.channelId, channel);
  }
  const aliases = new Map<string, string>();
  for (const { peerId, peerAlias } of channels) {
    if (peerId !== undefined && peerAlias) aliases.set(peerId, peerAlias);
  }
  for (const { peerId, alias } of peers) if (alias) aliases.set(peerId, alias);
  const points = shortestPrefixes([...byId.values()].flatMap((one) => one.fundingOutpoint ?? []));
  const ids = shortestPrefixes([...byId.keys()]);
  const channelPoint = (channelId: string) => {
    const outpoint = byId.get(channelId)?.fundingOutpoint;
    return outpoint === undefined ? '' : (points.get(outpoint) ?? outpoint);
  };
  return {
    channelPoint,
    channel(channelId) {
      if (channelId === undefined) return '';
      const shortChannelId = byId.get(channelId)?.shortChannelId;
      return shortChannelId ?? (channelPoint(channelId) || (ids.get(channelId) ?? channelId));
    },
    node(nodeId, alias) {
      const name = alias || (nodeId === undefined ? undefined : aliases.get(nodeId));
      if (!name) return shortNodeId(nodeId ?? '');
      return clip(style.text(name), LONGEST_ALIAS, style.glyphs.ellipsis);
    },
    hasSeveralNodes: new Set([...channels, ...peers].map(({ nodeId }) => nodeId)).size > 1,
  };
}

/** For each text the shortest beginning that none of the others has. */
function shortestPrefixes(texts: readonly string[]): ReadonlyMap<string, string> {
  const sorted = [...new Set(texts)].sort();
  const prefixes = new Map<string, string>();
  sorted.forEach((text, index) => {
    const shared = Math.max(
      sharedLength(text, sorted[index - 1] ?? ''),
      sharedLength(text, sorted[index + 1] ?? ''),
    );
    prefixes.set(text, text.slice(0, Math.max(SHORTEST_PREFIX, shared + 1)));
  });
  return prefixes;
}

function sharedLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}
