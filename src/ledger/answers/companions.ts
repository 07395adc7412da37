/** What stands beside a channel's own rows: its gossip, its peer's name, its node's forwards. */

import type { PolicyRow } from '../../../projections/channel-row.ts';
import {
  type GossipPolicyRow,
  type GossipRow,
  gossipProjection,
} from '../../../projections/gossip.ts';
import { nodeProjection } from '../../../projections/node.ts';
import type { NodeRow } from '../../../projections/node-row.ts';
import { type PeerRow, peerProjection } from '../../../projections/peer.ts';
import type { BlockTimes } from '../../lightning/block-times.ts';
import { knownChains } from '../../lightning/chain-hash.ts';
import { whenAsked } from '../../schema/when-asked.ts';
import { MomentCuts } from '../as-of.ts';
import type { Query } from '../query.ts';
import type { RowAt } from '../rows.ts';
import { parseStream } from '../streams.ts';
import type { AnswerContext } from './context.ts';
import { knownBlocks } from './known-blocks.ts';
import type { ForwardedOver } from './lifetime.ts';
import type { MergeInput } from './merge.ts';
import type { PublicPolicies } from './merge-policy.ts';
import { type ShortIds, shortIdsOf } from './short-ids.ts';
import { compareText, greatest, groupedBy, inSourceOrder } from './tellers.ts';

export interface PublicChannel extends PublicPolicies {
  readonly stream: string;
}

export interface Companions {
  /** The question as it is put to what stands beside a node's channels. */
  queryOf(nodeId: string): Query;
  /** What the network was told of a channel of the node; nothing where one teller's account is asked. */
  gossip(nodeId: string, shortChannelId: string | undefined): PublicChannel | undefined;
  /** The newest name of a node's peer: as announced, or as the ledger records that node itself. */
  alias(nodeId: string, peerId: string): string | undefined;
  forwarded(nodeId: string, channelId: string): MergeInput['forwarded'];
  /** When blocks were found, as the node's tellers say. */
  blocks(nodeId: string): BlockTimes;
  nodeRows(nodeId: string): readonly NodeRow[];
  peerRows(nodeId: string, peerId: string): readonly PeerRow[];
}

/** Looked up as they are asked for, each once: an answer about one channel reads little. */
export function companionsOf(context: AnswerContext, query: Query): Companions {
  const { rows, store } = context;
  const isMerge = query.source === undefined;
  const queryOf = memoized((nodeId) => queryOfNode(context, query, nodeId));
  const nodes = whenAsked(() => {
    const names = store.streamNames('node-').flatMap((stream) => {
      const name = parseStream(stream);
      return name === undefined ? [] : [{ ...name, stream }];
    });
    return { names, byId: groupedBy(names, ({ nodeId }) => nodeId) };
  });
  const chainsOf = memoized((nodeId) => {
    const told = (nodes().byId.get(nodeId) ?? nodes().names).map(({ chain }) => chain);
    // A database tells of channels and not always of its node: whose ends fit is looked at later.
    return told.length === 0 ? knownChains : [...new Set(told)].sort(compareText);
  });
  const nodeRows = memoized((nodeId): readonly NodeRow[] => {
    const told = (nodes().byId.get(nodeId) ?? []).flatMap(({ stream }) => {
      return rows.one(nodeProjection, stream, queryOf(nodeId))?.row ?? [];
    });
    return inSourceOrder(told);
  });
  const peerRowsOf = memoized((prefix): readonly PeerRow[] => {
    const nodeId = parseStream(`${prefix}x`)?.nodeId ?? '';
    const told = store
      .streamNames(prefix)
      .flatMap((stream) => rows.one(peerProjection, stream, queryOf(nodeId))?.row ?? []);
    return inSourceOrder(told);
  });
  const peerRows = (nodeId: string, peerId: string) => peerRowsOf(`peer-${nodeId}.${peerId}.`);
  const names = shortIdsOf(context);
  const forwardsOf = memoized((nodeId) => forwardsByChannel(nodeRows(nodeId), names));
  return {
    queryOf,
    blocks: memoized((nodeId) => knownBlocks(context, nodeId, query)),
    nodeRows,
    peerRows,
    gossip(nodeId, shortChannelId) {
      if (!isMerge || shortChannelId === undefined) return undefined;
      for (const chain of chainsOf(nodeId)) {
        const stream = `gossip-${chain}.${shortChannelId}`;
        const found = rows.one(gossipProjection, stream, queryOf(nodeId));
        // Another chain may have a channel of the same short id, of others.
        const isOfNode = found?.row.nodeId1 === nodeId || found?.row.nodeId2 === nodeId;
        if (found !== undefined && isOfNode) return publicChannel(found);
      }
      return undefined;
    },
    alias(nodeId, peerId) {
      return aliasOf(peerRows(nodeId, peerId)) ?? newest(nodeRows(peerId))?.alias;
    },
    forwarded: (nodeId, channelId) => forwardsOf(nodeId).get(channelId),
  };
}

/** The newest name that a peer announced. */
export function aliasOf(peerRows: readonly PeerRow[]): string | undefined {
  return newest(peerRows.filter(({ alias }) => alias !== undefined))?.alias;
}

/** Each teller counts what it knows of: the greatest sum misses the least. */
export function forwardsByChannel(
  told: readonly NodeRow[],
  names: ShortIds,
): ReadonlyMap<string, ForwardedOver> {
  const most = new Map<string, ForwardedOver>();
  for (const row of told) {
    for (const [channelId, one] of forwardsOfTeller(row, names)) {
      const known = most.get(channelId) ?? one;
      most.set(channelId, {
        ...inOf(one.inCount > known.inCount ? one : known),
        ...outOf(one.outCount > known.outCount ? one : known),
      });
    }
  }
  return most;
}

/** Of one teller: it may call a channel by several names. */
function forwardsOfTeller({ nodeId, forwards }: NodeRow, names: ShortIds) {
  const sums = new Map<string, ForwardedOver>();
  for (const { inMsat, inCount, outMsat, outCount, feeMsat, ...called } of forwards) {
    const { inUntoldCount, outUntoldCount, feeUntoldCount } = called;
    const channelId = called.channelId ?? names.channelOf(nodeId, called.shortChannelId)?.channelId;
    if (channelId === undefined) continue;
    const known = sums.get(channelId);
    sums.set(channelId, {
      inMsat: inMsat + (known?.inMsat ?? 0n),
      inCount: inCount + (known?.inCount ?? 0),
      outMsat: outMsat + (known?.outMsat ?? 0n),
      outCount: outCount + (known?.outCount ?? 0),
      feeMsat: feeMsat + (known?.feeMsat ?? 0n),
      isInAtLeast: inUntoldCount !== undefined || known?.isInAtLeast === true,
      isOutAtLeast:
        (outUntoldCount ?? feeUntoldCount) !== undefined || known?.isOutAtLeast === true,
    });
  }
  return sums;
}

function inOf({ inMsat, inCount, isInAtLeast }: ForwardedOver) {
  return { inMsat, inCount, isInAtLeast };
}

function outOf({ outMsat, outCount, feeMsat, isOutAtLeast }: ForwardedOver) {
  return { outMsat, outCount, feeMsat, isOutAtLeast };
}

function memoized<V>(make: (key: string) => V): (key: string) => V {
  const made = new Map<string, V>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined || made.has(key)) return known as V;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}

/** A height is a time of the node's: looked up once, not for each stream beside its channels. */
function queryOfNode({ store }: AnswerContext, query: Query, nodeId: string): Query {
  const { nodeId: _asked, at, ...rest } = query;
  if (at?.kind !== 'height') return at === undefined ? rest : { ...rest, at };
  const timeNs = new MomentCuts(store, { at }).endOfHeight(nodeId);
  return { ...rest, at: timeNs === undefined ? at : { kind: 'time', timeNs } };
}

export function publicChannel({
  stream,
  row,
}: Pick<RowAt<GossipRow>, 'stream' | 'row'>): PublicChannel {
  const { nodeId1, nodeId2, policies } = row;
  return { stream, nodeId1, nodeId2, policies: [signedBy(policies, 0), signedBy(policies, 1)] };
}

function signedBy(policies: readonly GossipPolicyRow[], wanted: number): PolicyRow | undefined {
  const found = policies.find(({ direction }) => direction === wanted);
  if (found === undefined) return undefined;
  const { direction: _, ...policy } = found;
  return policy;
}

function newest<R extends { readonly lastEventAt?: string }>(rows: readonly R[]): R | undefined {
  return greatest(rows, (a, b) => compareText(a.lastEventAt ?? '', b.lastEventAt ?? ''));
}
