/** What channels and nodes are called: short, and found again when it is typed into a command. */
import type { Channel, Peer } from './api/json.ts';
import { outsideText, shortId } from './format.ts';

export type Named = Pick<
  Channel,
  'nodeId' | 'channelId' | 'shortChannelId' | 'fundingOutpoint' | 'peerId' | 'peerAlias'
>;

/** A short channel id, or else the beginning of the channel point. */
export function channelName({ shortChannelId, fundingOutpoint, channelId }: Named): string {
  return shortChannelId ?? shortId(fundingOutpoint ?? channelId);
}

export function peerName({ peerId, peerAlias }: Pick<Named, 'peerId' | 'peerAlias'>): string {
  if (peerAlias) return outsideText(peerAlias);
  return peerId === undefined ? 'unknown peer' : shortId(peerId);
}

/** Aliases by node id, a recorded node's own among them: it is what its peers heard. */
export function aliasesOf(peers: readonly Peer[]): ReadonlyMap<string, string> {
  const aliases = new Map<string, string>();
  for (const { peerId, alias } of peers) if (alias) aliases.set(peerId, outsideText(alias));
  return aliases;
}

export function nodeName(nodeId: string, aliases: ReadonlyMap<string, string>): string {
  return aliases.get(nodeId) ?? shortId(nodeId);
}
