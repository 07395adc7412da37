/**
 * Answers without a time that the ledger has already: told together with getinfo they have their moment, and
 * alone they would be placed at a bound far before it, as if they were others.
 */
import type { ChannelId, NodeId } from '../../../lightning/ids.ts';
import type { Known } from '../../known.ts';

export interface ToldAnswers {
  /** Whether this answer about a channel was told, by its evidence. */
  has(channelId: ChannelId, evidence: string): boolean;
  /** Whether the peer was called so. */
  isNamed(peerId: NodeId, alias: string): boolean;
}

const SOURCE = 'lnd-rpc';
const NOTHING: ToldAnswers = { has: () => false, isNamed: () => false };

/** Of answers with a time their own moment tells which they are. */
export function toldAnswers(
  nodeId: NodeId,
  { known, isDated }: { readonly known: Known | undefined; readonly isDated: boolean },
): ToldAnswers {
  if (known === undefined || isDated) return NOTHING;
  const facts = (about: 'channel' | 'peer', subjectId: ChannelId | NodeId, type: string) =>
    Iterator.from(known.facts({ about, subjectId, nodeId, source: SOURCE }, [type]));
  return {
    has: (channelId, evidence) =>
      facts('channel', channelId, 'BalanceObserved').some((fact) => fact.evidence === evidence),
    isNamed: (peerId, alias) =>
      facts('peer', peerId, 'PeerRenamed').some(({ data }) => aliasIn(data) === alias),
  };
}

function aliasIn(data: unknown): unknown {
  return typeof data === 'object' && data !== null && 'alias' in data ? data.alias : undefined;
}
