/** What the ledger knows already, for sources that tell of nothing but what they are asked for. */
import type { ChannelEventData } from '../channel/events.ts';
import type { Side } from '../channel/fields.ts';
import type { ChannelContext } from '../channel/observations.ts';
import type { ChannelId, NodeId, Outpoint, ShortChannelId, Txid } from '../lightning/ids.ts';

export interface KnownNode {
  readonly nodeId: NodeId;
  /** Undefined where no record of it names its chain. */
  readonly chain: string | undefined;
}

/** An output that a close left, as the ledger's tellers know it together. */
export interface KnownOutput {
  readonly outpoint: Outpoint;
  readonly what: ChannelEventData<'OutputResolved'>['what'];
  readonly valueSat: bigint;
  readonly sweepTxid?: Txid;
  /** Of the claim: what it left to be claimed again, and where it is in the chain. */
  readonly stage?: 'first' | 'last';
  readonly sweptSat?: bigint;
  readonly height?: number;
  readonly atNs?: bigint;
}

/** One channel of one recording node, all tellers merged. */
export interface KnownChannel {
  readonly nodeId: NodeId;
  readonly channelId: ChannelId;
  readonly context: ChannelContext;
  /** Every outpoint it ever had, the one in force first. */
  readonly outpoints: readonly Outpoint[];
  /** Every short channel id and alias. */
  readonly shortChannelIds: readonly ShortChannelId[];
  /** The newest commitment of each side that was given up. */
  readonly revoked: { readonly local?: number; readonly remote?: number };
  readonly closingTxid?: Txid;
  /** Whose commitment the closing transaction is. */
  readonly closeOwner?: Side;
  /** All that the close left was told to be claimed. */
  readonly isResolved?: boolean;
  readonly outputs: readonly KnownOutput[];
}

/** A fact that a source told, as far as another telling of it can be known by it. */
export interface KnownFact {
  readonly type: string;
  /** Where it stands among the source's facts, which of a placed one is not when it was. */
  readonly happenedAtNs: bigint;
  readonly isPlaced: boolean;
  readonly evidence: string;
  readonly data: unknown;
}

/** A recording node, or a channel or a peer of it, as one source tells it. */
export type KnownSubject = {
  readonly nodeId: NodeId;
  readonly source: string;
} & (
  | { readonly about: 'channel' | 'peer'; readonly subjectId: ChannelId | NodeId }
  | { readonly about: 'node'; readonly chain: string }
);

export interface Known {
  /** The recording nodes that were asked for: one, or all. */
  readonly nodes: readonly KnownNode[];
  /** Of these nodes, open and closed; read anew at each call. With a source: as it alone told them. */
  channels(source?: string): Iterable<KnownChannel>;
  /** What it told of these types, in the order of recording: a record that names no time may be among it. */
  facts(subject: KnownSubject, types: readonly string[]): Iterable<KnownFact>;
}
