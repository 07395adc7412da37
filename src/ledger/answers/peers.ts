/** Peers: what is recorded of each, and the sums of the channels with it. */

import type { NodeRow } from '../../../projections/node-row.ts';
import { type PeerRow, peerProjection } from '../../../projections/peer.ts';
import { timeNsOf } from '../../schema/time.ts';
import type { Query } from '../query.ts';
import type { ChannelView, PeerView } from '../view-types.ts';
import { allChannels, isOpen } from './channels.ts';
import { type Companions, companionsOf } from './companions.ts';
import type { AnswerContext } from './context.ts';
import { knownSum } from './known-sum.ts';
import { lifetimeSum } from './lifetime.ts';
import { bestTime, type TimeTold } from './merge-times.ts';
import { withoutChannelMoment } from './moments.ts';
import { asked } from './nodes.ts';
import { compareText, firstOf, greatest, groupedBy, present } from './tellers.ts';

const PPM = 1_000_000n;

/** Everyone a recording node has, or had, a channel or a connection with; by node, then peer. */
export function peers(context: AnswerContext, query: Query = {}): readonly PeerView[] {
  const ours = asked(context, withoutChannelMoment(query));
  const channels = allChannels(context, ours);
  const rows = context.rows.all(peerProjection, ours).map(({ row }) => row);
  const companions = companionsOf(context, ours);
  const lastMoment = lastMoments(channels, rows, companions);
  const channelsOf = groupedBy(channels, ({ nodeId, peerId = '' }) => `${nodeId}.${peerId}`);
  const keys = new Set(rows.map(({ nodeId, peerId }) => `${nodeId}.${peerId}`));
  for (const { nodeId, peerId } of channels) {
    if (peerId !== undefined) keys.add(`${nodeId}.${peerId}`);
  }
  return [...keys].sort(compareText).map((key) => {
    const [nodeId = '', peerId = ''] = key.split('.');
    return {
      nodeId,
      peerId,
      ...connectionOf(nodeId, peerId, companions, lastMoment.get(nodeId)),
      ...sumsOf(channelsOf.get(key) ?? []),
    };
  });
}

/**
 * When each node's record ends, as far as the question sees it: connections that stand are counted up
 * to there. Not to the clock, or the same record would be answered differently every second.
 */
function lastMoments(
  channels: readonly ChannelView[],
  rows: readonly PeerRow[],
  { nodeRows }: Companions,
): ReadonlyMap<string, string> {
  const last = new Map<string, string>();
  const see = (nodeId: string, at: string | undefined) => {
    if (at !== undefined && at > (last.get(nodeId) ?? '')) last.set(nodeId, at);
  };
  for (const { nodeId, lastEventAt } of [...channels, ...rows]) see(nodeId, lastEventAt);
  for (const nodeId of [...last.keys()]) {
    for (const { lastEventAt } of nodeRows(nodeId)) see(nodeId, lastEventAt);
  }
  return last;
}

type Connection = Pick<
  PeerView,
  | 'alias'
  | 'features'
  | 'isConnected'
  | 'wasConnected'
  | 'connectionKnownAt'
  | 'connectionKnownAtBounds'
  | 'lastSeenAt'
  | 'lastSeenAtBounds'
  | 'firstSeenAt'
  | 'connectedPpm'
  | 'connectionCount'
  | 'refusedOpenCount'
>;

function connectionOf(
  nodeId: string,
  peerId: string,
  companions: Companions,
  lastMoment: string | undefined,
): Connection {
  const told = companions.peerRows(nodeId, peerId);
  const newestFirst = [...told].sort((a, b) =>
    compareText(b.lastEventAt ?? '', a.lastEventAt ?? ''),
  );
  const [newest] = newestFirst;
  const known = newest && connectionKnown(newest, companions.nodeRows(nodeId));
  const seen = lastSeen(told, known);
  return {
    ...present({
      alias: companions.alias(nodeId, peerId),
      features: firstOf(newestFirst, (row) => row.features),
    }),
    ...known,
    ...present({
      lastSeenAt: seen?.at,
      lastSeenAtBounds: seen?.bounds,
      firstSeenAt: told.flatMap((row) => row.firstSeenAt ?? []).sort(compareText)[0],
      connectedPpm: connectedShare(told, companions.nodeRows(nodeId), lastMoment),
    }),
    connectionCount: Math.max(0, ...told.map((row) => row.connectionCount)),
    refusedOpenCount: Math.max(0, ...told.map((row) => row.refusedOpenCount)),
  };
}

/** The latest of what the tellers saw; of the same time, the one that is known best. */
function lastSeen(told: readonly PeerRow[], known: Partial<Connection> | undefined) {
  const { wasConnected, connectionKnownAt, connectionKnownAtBounds } = known ?? {};
  const stillThere = { at: connectionKnownAt, bounds: connectionKnownAtBounds };
  const seen: readonly TimeTold[] = [
    ...told.map((row) => ({ at: row.lastSeenAt, bounds: row.lastSeenAtBounds })),
    ...(wasConnected === true ? [stillThere] : []),
  ];
  const last = greatest(
    seen.flatMap(({ at }) => at ?? []),
    compareText,
  );
  return bestTime(seen.filter(({ at }) => at === last));
}

/** As the teller has it that heard of the peer last: now where it watches, else when it knew. */
function connectionKnown(
  { source, isConnected, connectionCount, lastEventAt, lastEventAtBounds }: PeerRow,
  nodes: readonly NodeRow[],
): Pick<
  Connection,
  'isConnected' | 'wasConnected' | 'connectionKnownAt' | 'connectionKnownAtBounds'
> {
  const node = nodes.find((row) => row.source === source && watches(row));
  if (node?.isRecording === true) return { isConnected };
  const stoppedAt = node?.recordings.at(-1)?.to;
  if (stoppedAt !== undefined) return { wasConnected: isConnected, connectionKnownAt: stoppedAt };
  // Of a peer that was only named nobody said whether it is there.
  if (connectionCount === 0 || lastEventAt === undefined) return {};
  return {
    wasConnected: isConnected,
    connectionKnownAt: lastEventAt,
    ...present({ connectionKnownAtBounds: lastEventAtBounds }),
  };
}

/** A recorder of what was written down knows no more of a connection than the times in it. */
function watches({ recordings }: NodeRow): boolean {
  return recordings.at(-1)?.tellsItsPast !== true;
}

/** By the teller who recorded longest. Unknown where no teller says when it was recording. */
function connectedShare(
  told: readonly PeerRow[],
  nodes: readonly NodeRow[],
  lastMoment: string | undefined,
): number | undefined {
  if (lastMoment === undefined) return undefined;
  const shares = told.flatMap((peer) => {
    const node = nodes.find((row) => row.source === peer.source && watches(row));
    const recordedNs = node === undefined ? 0n : recordedUntil(node, lastMoment);
    if (node === undefined || recordedNs <= 0n) return [];
    const connectedNs = connectedUntil(peer, node, lastMoment);
    return { recordedNs, ppm: Number((connectedNs * PPM) / recordedNs) };
  });
  const longest = greatest(shares, (a, b) => Number(a.recordedNs > b.recordedNs) * 2 - 1);
  // A connection that outlasted a pause of the recorder was recorded for less time than it stood.
  return longest && Math.min(longest.ppm, Number(PPM));
}

function recordedUntil({ recordedNs, recordings, isRecording }: NodeRow, end: string): bigint {
  const from = recordings.at(-1)?.from;
  return isRecording && from !== undefined ? recordedNs + lengthNs(from, end) : recordedNs;
}

function connectedUntil(
  { connectedNs, connectedSince }: PeerRow,
  { isRecording, recordings }: NodeRow,
  end: string,
): bigint {
  if (connectedSince === undefined) return connectedNs;
  // Nobody saw whether it still stood after the recorder stopped.
  const until = isRecording ? end : (recordings.at(-1)?.to ?? end);
  return connectedNs + lengthNs(connectedSince, until);
}

function lengthNs(from: string, to: string): bigint {
  return to > from ? timeNsOf(to) - timeNsOf(from) : 0n;
}

/** Capacity and balances of what is open; lifetime totals of all there ever was. */
function sumsOf(channels: readonly ChannelView[]) {
  const open = channels.filter(isOpen);
  const capacity = knownSum(open.map((channel) => channel.capacitySat));
  const local = knownSum(open.map((channel) => channel.localBalanceMsat));
  const remote = knownSum(open.map((channel) => channel.remoteBalanceMsat));
  return {
    openChannelCount: open.length,
    closedChannelCount: channels.length - open.length,
    ...present({
      capacitySat: capacity.sum,
      localBalanceMsat: local.sum,
      remoteBalanceMsat: remote.sum,
    }),
    isCapacityAtLeast: capacity.isAtLeast,
    isBalanceAtLeast: local.isAtLeast || remote.isAtLeast,
    ...lifetimeSum(channels.map(({ lifetime }) => lifetime)),
  };
}
