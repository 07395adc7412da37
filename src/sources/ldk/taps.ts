/**
 * What the taps of one LDK node say, as plain data: bytes as lower-case hex, money as `bigint`, null where
 * LDK says there is nothing. All of it comes through LDK's own interfaces, none from whoever drives the node.
 *
 * Order within a node is LDK's own. In particular a `persist-update` with the counterparty's new commitment
 * comes before the `message-out` that has the BOLT 2 ids of the HTLCs this node offered in it.
 */
import type { ChannelId, NodeId, Outpoint, Txid } from '../../lightning/ids.ts';
import type { LdkEvent } from './ldk-events.ts';
import type { MonitorUpdate } from './monitor-update.ts';
import type { WireMessage } from './wire-messages.ts';

export interface TapHeader {
  /** The node that was tapped. */
  readonly node: NodeId;
  /** Counts the node's records from 0 over its whole life, restarts included. */
  readonly seq: number;
  /** Nanoseconds since 1970, stamped at the tap; rises with every record. */
  readonly at: bigint;
}

/** The counterparty's commitment 0, which no later update repeats. */
export interface InitialCounterpartyCommitment {
  readonly number: number;
  readonly txid: Txid;
  readonly perCommitmentPoint: string;
  readonly toBroadcasterSat: bigint;
  readonly toCountersignatorySat: bigint;
  readonly feeratePerKw: number;
}

/** What the funding, HTLC claims and sweeps would bring if the channel closed now, as the monitor sees it. */
export interface ClaimableBalance {
  /** LDK's own name, such as `ClaimableAwaitingConfirmations`. */
  readonly kind: string;
  readonly amountSat: bigint;
}

export type TapBody =
  /** The node was started, or started again from its persisted bytes. */
  | {
      readonly kind: 'node-started';
      readonly alias: string;
      readonly isRestart: boolean;
      readonly blockHeight: number;
    }
  | {
      readonly kind: 'persist-new';
      readonly fundingOutpoint: Outpoint;
      readonly channelId: ChannelId;
      readonly updateId: bigint;
      readonly peer: NodeId | null;
      readonly counterpartyCommitment: InitialCounterpartyCommitment | null;
      readonly claimable: readonly ClaimableBalance[];
    }
  | {
      readonly kind: 'persist-update';
      readonly fundingOutpoint: Outpoint;
      readonly channelId: ChannelId;
      readonly update: MonitorUpdate;
    }
  /** A persist without an update: the monitor took in a block or was loaded at a restart. */
  | {
      readonly kind: 'persist-chain-sync';
      readonly fundingOutpoint: Outpoint;
      readonly channelId: ChannelId;
      readonly updateId: bigint;
      readonly claimable: readonly ClaimableBalance[];
    }
  | { readonly kind: 'archived'; readonly fundingOutpoint: Outpoint }
  | { readonly kind: 'ldk-event'; readonly event: LdkEvent }
  | {
      readonly kind: 'gossip';
      /** Who sent it; null for the node's own. */
      readonly from: NodeId | null;
      readonly message: 'channel_announcement' | 'node_announcement' | 'channel_update';
      /** With the two-byte type, as `parseGossipMessage` takes it. */
      readonly raw: string;
      readonly isAccepted: boolean;
      readonly refusal: string | null;
    }
  | { readonly kind: 'message-in'; readonly peer: NodeId; readonly message: WireMessage }
  | { readonly kind: 'message-out'; readonly peer: NodeId; readonly message: WireMessage }
  | {
      readonly kind: 'peer-connected';
      readonly peer: NodeId;
      readonly features: string;
      readonly isInbound: boolean;
    }
  | { readonly kind: 'peer-disconnected'; readonly peer: NodeId }
  /** A block handed to LDK's `Confirm`, with the transactions it was given: none of an empty block. */
  | {
      readonly kind: 'block';
      readonly height: number;
      /** In display order. */
      readonly hash: string;
      /** The header's, in seconds since 1970. */
      readonly time: number;
      readonly transactions: readonly string[];
    }
  /** A reorganisation took the block out again. */
  | { readonly kind: 'block-disconnected'; readonly height: number; readonly hash: string }
  /** Bytes that this release cannot read: of a later LDK, or damaged. */
  | {
      readonly kind: 'undecoded';
      /** Where it is known from elsewhere than the bytes. */
      readonly channelId: ChannelId | null;
      readonly what: string;
      readonly why: string;
      readonly raw: string;
    }
  | { readonly kind: 'broadcast'; readonly transaction: string }
  /** The estimate for a purpose, when first asked for and whenever it changes. */
  | { readonly kind: 'feerate'; readonly target: string; readonly feeratePerKw: number };

export type TapRecord = TapHeader & TapBody;
export type TapKind = TapRecord['kind'];
export type TapSink = (record: TapRecord) => void;

/** One line of JSON; bigints as decimal strings. The same records give the same text. */
export function tapRecordToJson(record: TapRecord): string {
  return JSON.stringify(record, (_key, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  );
}
