/**
 * What a source hands to the ledger: one thing it saw, when, and where it can be found again.
 * An observation is not yet a fact of the ledger; `decide` makes events of it or names the rule it breaks.
 */
import type { ChannelContext, ChannelFact } from '../channel/observations.ts';
import type { GossipDraft } from '../gossip/events.ts';
import type { ChannelId, NodeId, ShortChannelId } from '../lightning/ids.ts';
import type { NodeFact } from '../node/observations.ts';
import type { PeerDraft } from '../peer/events.ts';

export interface ObservationHeader {
  /** `regtest`, `bitcoin`, … */
  readonly chain: string;
  /** The recording node. */
  readonly nodeId: NodeId;
  /** The kind of record, such as `ldk` or `lnd-db`: never a file name. */
  readonly source: string;
  /** When the fact took effect, as best known; never after `recordedAtNs`. */
  readonly happenedAtNs: bigint;
  readonly timeBasis: 'source' | 'interpolated' | 'recorded';
  /** Tried again out of quarantine: it takes its place by the time it was first seen. */
  readonly isRetry?: boolean;
  readonly notBeforeNs?: bigint;
  readonly notAfterNs?: bigint;
  readonly blockHeight?: number;
  /** When the observation left its tap. */
  readonly recordedAtNs: bigint;
  /** Where the fact can be found again in the source. No secret. */
  readonly evidence: string;
  /** The source's own record key or sequence number, for facts without a natural key. No secret. */
  readonly key: string;
  readonly causationId?: string;
  readonly correlationId?: string;
}

export interface ChannelObservation extends ObservationHeader {
  readonly about: 'channel';
  readonly channelId: ChannelId;
  readonly context?: ChannelContext;
  readonly fact: ChannelFact;
}

export interface PeerObservation extends ObservationHeader {
  readonly about: 'peer';
  readonly peerId: NodeId;
  readonly fact: PeerDraft;
}

export interface NodeObservation extends ObservationHeader {
  readonly about: 'node';
  readonly fact: NodeFact;
  /** From which the ledger makes the payment's keyed link; never stored. */
  readonly paymentHash?: string;
}

export interface GossipObservation extends ObservationHeader {
  readonly about: 'gossip';
  readonly shortChannelId: ShortChannelId;
  /** Names the signature that is not its key's, where the source checked: the ledger refuses it. */
  readonly badSignature?: string;
  readonly fact: GossipDraft;
}

export type Observation =
  | ChannelObservation
  | PeerObservation
  | NodeObservation
  | GossipObservation;
