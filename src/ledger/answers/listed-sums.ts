/** What a node's lists of payments, invoices and forwards tell of each channel. */
import type { NodeRow } from '../../../projections/node-row.ts';
import type { ShortIds } from './short-ids.ts';

/** What the lists of one teller tell of one channel. */
export interface ListedSums {
  sentMsat: bigint;
  receivedMsat: bigint;
  /** Of the latest of it. */
  lastAt: string;
}

/** By `listedKey`. */
export type ListedByChannel = ReadonlyMap<string, ListedSums>;

export function listedKey(
  { nodeId, source }: { readonly nodeId: string; readonly source: string },
  channelId: string,
): string {
  return `${nodeId}.${source}.${channelId}`;
}

/** Forwards with payments: a channel may stand in a row under its id, and under each of its short ids. */
export function listedByChannel(nodes: readonly NodeRow[], names: ShortIds): ListedByChannel {
  const sums = new Map<string, ListedSums>();
  for (const node of nodes.filter(({ lists }) => lists.length > 0)) {
    const add = (called: NodeRow['payments'][number] | NodeRow['forwards'][number]) => {
      const named = names.channelOf(node.nodeId, called.shortChannelId);
      const channelId = called.channelId ?? named?.channelId;
      if (channelId === undefined) return;
      const key = listedKey(node, channelId);
      const known = sums.get(key) ?? { sentMsat: 0n, receivedMsat: 0n, lastAt: called.lastAt };
      known.sentMsat += 'outMsat' in called ? called.outMsat : called.sentMsat;
      known.receivedMsat += 'inMsat' in called ? called.inMsat : called.receivedMsat;
      if (called.lastAt > known.lastAt) known.lastAt = called.lastAt;
      sums.set(key, known);
    };
    for (const one of node.payments) add(one);
    for (const one of node.forwards) add(one);
  }
  return sums;
}
