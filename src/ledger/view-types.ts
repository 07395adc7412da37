/** The answers to the ledger's questions: tellers merged, amounts in msat or sat as named. */
import type { ChannelRow, CloseRow, PolicyRow } from '../../projections/channel-row.ts';
import type { Metadata } from '../schema/metadata.ts';
import type { TimeBounds } from '../schema/time-bounds.ts';

/** What went through a channel in its life, as it is shown (answers/lifetime.ts). */
export interface Lifetime {
  /** Settled HTLCs we offered, forwards among them. */
  readonly sentMsat: bigint;
  readonly isSentAtLeast: boolean;
  readonly receivedMsat: bigint;
  readonly isReceivedAtLeast: boolean;
  /** Of those sent: forwarded for another, and what that earned; by the HTLCs or by the node's forwards. */
  readonly forwardedMsat: bigint;
  readonly forwardedCount: number;
  readonly feesEarnedMsat: bigint;
  /** Of all three. */
  readonly isForwardedAtLeast: boolean;
}

/** One channel of one recording node, all tellers and gossip merged (merge.ts). */
export interface ChannelView extends Omit<ChannelRow, 'source' | 'repeatCount' | 'htlcs'> {
  /** Those in flight, or after the close those it had. Absent where nobody told of HTLCs. */
  readonly htlcs?: ChannelRow['htlcs'];
  /** The tellers merged in, in name order. */
  readonly sources: readonly string[];
  /** `self` signed by us, `peer` by the other end; merged from the teller's and the public gossip. */
  readonly localPolicy?: PolicyRow;
  readonly remotePolicy?: PolicyRow;
  /** What is shown of the totals: counted, or as a source states them. */
  readonly lifetime: Lifetime;
  /**
   * Sum of the HTLCs pending in each direction: those our own commitment holds, which with its balances
   * make up the capacity; after the close those that have not ended on chain. Absent where nobody told
   * a commitment, a balance or an HTLC.
   */
  readonly pendingOfferedMsat?: bigint;
  readonly pendingReceivedMsat?: bigint;
  readonly pendingHtlcCount?: number;
  /** Alias of the peer where one was announced. Attacker-controlled text. */
  readonly peerAlias?: string;
  /** What came in over this channel to be forwarded over another, by the node's forward events. */
  readonly forwardedInMsat: bigint;
  readonly forwardedInCount: number;
  /**
   * As of a time of which nothing tells the channel: what was recorded later says that it was open then, or
   * (status `unknown`) may have been. No balance, and nothing that went through it, is told of that time.
   */
  readonly isUntoldThen?: true;
  /**
   * As of a time: the state may be that of a later one, since the last fact was only placed between others, and
   * could lie after that time (only-placed.ts).
   */
  readonly isOnlyPlaced?: true;
  /** Of one of them the amount is not told: absent where of none. */
  readonly isForwardedInAtLeast?: boolean;
}

/** A closed (or closing) channel: the same, with its close. */
export interface ClosedView extends ChannelView {
  readonly close: CloseRow;
}

/** The lifetime sums are those of all channels with the peer. */
export interface PeerView extends Lifetime {
  readonly nodeId: string;
  readonly peerId: string;
  readonly alias?: string;
  readonly features?: string;
  /** Now: only where somebody watches. Whoever read a list, or stopped recording, says when instead. */
  readonly isConnected?: boolean;
  readonly wasConnected?: boolean;
  /** When that was so: what came after nobody saw. */
  readonly connectionKnownAt?: string;
  readonly connectionKnownAtBounds?: TimeBounds;
  readonly lastSeenAt?: string;
  readonly lastSeenAtBounds?: TimeBounds;
  readonly firstSeenAt?: string;
  /** Share of the recorded time the peer was connected, in parts per million; to the record's end. */
  readonly connectedPpm?: number;
  readonly connectionCount: number;
  readonly openChannelCount: number;
  readonly closedChannelCount: number;
  /** Sums over the open channels, each absent where there are some and of none of them it is known. */
  readonly capacitySat?: bigint;
  readonly localBalanceMsat?: bigint;
  readonly remoteBalanceMsat?: bigint;
  /** Of an open channel it is not known: the sum is a lower bound. */
  readonly isCapacityAtLeast: boolean;
  /** Of both balances. */
  readonly isBalanceAtLeast: boolean;
  readonly refusedOpenCount: number;
}

/** One forward or failed forward, as the node's event tells it. */
export interface ForwardView {
  readonly nodeId: string;
  readonly at: string;
  /** Of a time that was placed between others. */
  readonly atBounds?: TimeBounds;
  readonly outcome: 'forwarded' | 'failed';
  readonly incomingChannelId?: string;
  /** What the source calls it by, where no channel of the ledger goes by that. */
  readonly incomingShortChannelId?: string;
  /** Names the forward, where the source knows it. */
  readonly incomingHtlcId?: number;
  readonly outgoingChannelId?: string;
  readonly outgoingShortChannelId?: string;
  readonly outgoingHtlcId?: number;
  readonly incomingPeerId?: string;
  readonly outgoingPeerId?: string;
  readonly amountInMsat?: bigint;
  readonly amountOutMsat?: bigint;
  readonly feeMsat?: bigint;
  readonly reason?: string;
  readonly eventId: string;
}

/** Sums of what forwards tell. Where one does not tell it, that sum is a lower bound: absent where all do. */
export interface ForwardAmounts {
  readonly amountInMsat: bigint;
  readonly isAmountInAtLeast?: boolean;
  readonly amountOutMsat: bigint;
  readonly isAmountOutAtLeast?: boolean;
  readonly feeMsat: bigint;
  readonly isFeeAtLeast?: boolean;
}

export interface ForwardSum extends ForwardAmounts {
  /** The day, channel id or peer id. */
  readonly by: string;
  /** By channel or peer: those that went out there; by day: all. */
  readonly forwardedCount: number;
  /** By channel or peer: those that came in there; by day: all. */
  readonly forwardedInCount?: number;
  readonly failedCount: number;
}

export interface FeeChangeView {
  readonly nodeId: string;
  readonly channelId: string;
  readonly side: 'local' | 'remote';
  readonly at: string;
  readonly atBounds?: TimeBounds;
  readonly from?: PolicyRow;
  readonly to: PolicyRow;
  /** As the teller names it: in words, or as the id of the event that led to it. Outside text. */
  readonly cause?: string;
  readonly eventId: string;
}

export interface HistoryEntry {
  readonly at: string;
  /** How well that is known: told, placed between others, or when it was recorded. */
  readonly timeBasis: Metadata['timeBasis'];
  readonly atBounds?: TimeBounds;
  readonly recordedAt: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: number;
  readonly eventId: string;
  readonly type: string;
  /** The event's plain fields (bigint amounts). */
  readonly data: Readonly<Record<string, unknown>>;
  /** Opened sealed fields, or why they cannot be opened; absent where the event has none. */
  readonly sealed?:
    | { readonly state: 'open'; readonly fields: Readonly<Record<string, unknown>> }
    | { readonly state: 'no-key' | 'purged' | 'damaged' };
  /** What the row showed before and after, for the fields that changed. */
  readonly changes: readonly {
    readonly field: string;
    readonly from?: unknown;
    readonly to?: unknown;
  }[];
}

/** One line per cause. */
export interface ProblemView {
  readonly kind:
    | 'quarantine'
    | 'gap'
    | 'unexplained'
    | 'tellers-differ'
    | 'ends-differ'
    | 'bad-secret'
    | 'not-checked';
  readonly rule: string;
  readonly subject: string;
  readonly channelId?: string;
  readonly nodeId?: string;
  readonly count: number;
  readonly firstAt: string;
  readonly firstAtBounds?: TimeBounds;
  readonly lastAt: string;
  readonly lastAtBounds?: TimeBounds;
  readonly detail: string;
  /** Both sides of a contradiction. */
  readonly sides?: readonly { readonly who: string; readonly says: string }[];
  readonly whatToDo: string;
}

/** A transaction or a block that is named in the ledger, and that no teller has seen. */
export type WantedView = {
  readonly nodeId: string;
  readonly channelId: string;
  /** What it would tell more of. */
  readonly why: 'funding' | 'close' | 'claim';
} & (
  | {
      readonly what: 'transaction';
      readonly txid: string;
      /** Of its block, where that is known. */
      readonly height?: number;
    }
  | { readonly what: 'block'; readonly height: number }
);

/** One point of a balance chart. */
export interface BalancePoint {
  readonly at: string;
  readonly localBalanceMsat: bigint;
  readonly remoteBalanceMsat: bigint;
}
