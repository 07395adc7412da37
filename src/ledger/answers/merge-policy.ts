/** Both ends' fee policies: what the tellers recorded beside what the network was told. */
import type { ChannelRow, PolicyRow } from '../../../projections/channel-row.ts';
import type { Side } from '../../channel/fields.ts';
import { greatest } from './tellers.ts';

/** A public channel's policies by direction: BOLT 7, direction 0 is signed by the lesser node id. */
export interface PublicPolicies {
  readonly nodeId1?: string | undefined;
  readonly nodeId2?: string | undefined;
  readonly policies: readonly [PolicyRow | undefined, PolicyRow | undefined];
}

/** The policy with the newest timestamp; of equal ones the fullest, and the tellers before gossip. */
export function mergePolicy(
  rows: readonly ChannelRow[],
  side: Side,
  gossip: PublicPolicies | undefined,
): PolicyRow | undefined {
  const told = rows.flatMap((row) => (side === 'local' ? row.localPolicy : row.remotePolicy) ?? []);
  const [first] = rows;
  const published =
    first && gossip?.policies.find((_, place) => sideOf(first.nodeId, place, gossip) === side);
  return greatest(
    published === undefined ? told : [...told, published],
    (a, b) => a.timestamp - b.timestamp || fullness(a) - fullness(b),
  );
}

/** Which side signs a direction; only asked once `isBetween` holds. */
export function sideOf(nodeId: string, direction: number, { nodeId1 }: PublicPolicies): Side {
  return (nodeId1 === nodeId) === (direction === 0) ? 'local' : 'remote';
}

/** Whether gossip speaks of a channel between these two: a short id alone may be an alias. */
export function isBetween(
  gossip: PublicPolicies,
  nodeId: string,
  peerId: string | undefined,
): boolean {
  const ends = [gossip.nodeId1, gossip.nodeId2];
  return ends.includes(nodeId) && (peerId === undefined || ends.includes(peerId));
}

/** How many fields it has: inbound fees are known to few. */
export function fullness(policy: PolicyRow): number {
  const { atBounds: _atBounds, ...told } = policy;
  return Object.values(told).filter((value) => value !== undefined).length;
}
