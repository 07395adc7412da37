/** What is known of each peer, from several answers: who earns, who drains, what rebalancing cost. Pure. */
import type { ChannelCost } from '../api/fields.ts';
import type { Flow, Peer, Sum } from '../api/json.ts';
import { type Period, periodsOf } from '../forwards/periods.ts';

export interface PeerLine {
  readonly peer: Peer;
  /** Undefined where forwards tell nothing of this peer. */
  readonly forwards: Sum | undefined;
  /** Fees of payments to ourselves that moved balance out of channels with it; undefined until told. */
  readonly rebalanceFeesMsat: bigint | undefined;
  /** There may have been more, which no list has. */
  readonly isRebalanceFeesAtLeast: boolean;
  /**
   * By day or month: what came in from it less what went out to it. Above zero it fills our side. Undefined
   * where either is not told of a forward.
   */
  readonly netMsat: readonly { readonly name: string; readonly msat: bigint | undefined }[];
}

export interface PeerAnswers {
  readonly peers: readonly Peer[];
  readonly sums: readonly Sum[];
  readonly flows: readonly Flow[];
  /** Open and closed, with what rebalancing cost; undefined while that is on its way. */
  readonly channels: readonly ChannelCost[] | undefined;
}

export function peerLines({ peers, sums, flows, channels }: PeerAnswers): readonly PeerLine[] {
  const periods = periodsOf(flows);
  const sumOf = new Map(sums.map((sum) => [`${sum.nodeId}.${sum.by}`, sum]));
  const fees = channels && rebalanceFees(channels);
  const more = (channels ?? []).filter((channel) => channel.isRebalanceFeesAtLeast);
  const isMore = new Set(more.map(({ nodeId, peerId }) => `${nodeId}.${peerId}`));
  return peers.map((peer) => {
    const key = `${peer.nodeId}.${peer.peerId}`;
    return {
      peer,
      forwards: sumOf.get(key),
      rebalanceFeesMsat: fees && (fees.has(key) ? fees.get(key) : 0n),
      isRebalanceFeesAtLeast: isMore.has(key),
      netMsat: sumOf.has(key) ? periods.map((period) => netOf(period, peer)) : [],
    };
  });
}

function netOf({ name, flows }: Period, { nodeId, peerId }: Peer) {
  let msat = 0n;
  let isKnown = true;
  for (const flow of flows) {
    if (flow.nodeId !== nodeId) continue;
    if (flow.incoming === peerId) {
      msat += BigInt(flow.amountInMsat);
      isKnown &&= flow.isAmountInAtLeast !== true;
    }
    if (flow.outgoing === peerId) {
      msat -= BigInt(flow.amountOutMsat);
      isKnown &&= flow.isAmountOutAtLeast !== true;
    }
  }
  return { name, msat: isKnown ? msat : undefined };
}

/** Of all its time: undefined where one part of it is. */
export function netSum({ netMsat }: PeerLine): bigint | undefined {
  const known = netMsat.flatMap(({ msat }) => msat ?? []);
  return known.length < netMsat.length ? undefined : known.reduce((sum, msat) => sum + msat, 0n);
}

/** Undefined where it is not known of one of the peer's channels. */
function rebalanceFees(channels: readonly ChannelCost[]): ReadonlyMap<string, bigint | undefined> {
  const fees = new Map<string, bigint | undefined>();
  for (const { nodeId, peerId, rebalanceFeesMsat: msat } of channels) {
    const key = `${nodeId}.${peerId}`;
    const before = fees.has(key) ? fees.get(key) : 0n;
    const isKnown = before !== undefined && msat !== undefined;
    fees.set(key, isKnown ? before + BigInt(msat) : undefined);
  }
  return fees;
}

/** Who read a list saw a connection once, and does not watch it: that is no state of now. */
export function connectionOf({ isConnected, wasConnected }: Peer): string {
  if (isConnected !== undefined) return isConnected ? 'connected' : 'away';
  if (wasConnected === undefined) return 'unknown';
  return wasConnected ? 'was connected' : 'was away';
}
