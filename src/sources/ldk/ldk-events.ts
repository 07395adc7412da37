/** LDK's events as plain data. LDK delivers them at least once; a restart may repeat some. */
import type { ChannelType } from '../../lightning/commitment.ts';
import type { ChannelId, NodeId, Outpoint, ShortChannelId } from '../../lightning/ids.ts';

/** Why LDK says a channel is gone; `text` is the peer's or LDK's own words, unescaped. */
export interface ClosureReason {
  /** LDK's own name, such as `CounterpartyForceClosed`. */
  readonly name: string;
  readonly text: string | null;
  readonly didBroadcastLatestCommitment: boolean | null;
}

/** One channel on a payment's path. */
export interface PathHop {
  readonly nodeId: NodeId;
  readonly shortChannelId: ShortChannelId;
  /** The fee this hop takes; at the last hop the amount delivered. */
  readonly feeMsat: bigint;
  readonly cltvExpiryDelta: number;
}

/** An output that only the node's own keys can spend from now on. */
export interface SpendableOutput {
  readonly kind: 'static' | 'delayed-payment' | 'static-payment';
  readonly outpoint: Outpoint;
  readonly amountSat: bigint;
  readonly script: string;
}

export type LdkEvent =
  | {
      readonly type: 'FundingGenerationReady';
      readonly temporaryChannelId: ChannelId;
      readonly peer: NodeId;
      readonly capacitySat: bigint;
      readonly outputScript: string;
    }
  | {
      readonly type: 'ChannelPending';
      readonly channelId: ChannelId;
      readonly temporaryChannelId: ChannelId | null;
      readonly peer: NodeId;
      readonly fundingOutpoint: Outpoint;
      readonly channelType: ChannelType | null;
    }
  | {
      readonly type: 'ChannelReady';
      readonly channelId: ChannelId;
      readonly peer: NodeId;
      readonly channelType: ChannelType | null;
    }
  | {
      readonly type: 'ChannelClosed';
      readonly channelId: ChannelId;
      readonly reason: ClosureReason;
      readonly peer: NodeId | null;
      readonly capacitySat: bigint | null;
      readonly fundingOutpoint: Outpoint | null;
      readonly lastLocalBalanceMsat: bigint | null;
    }
  | { readonly type: 'DiscardFunding'; readonly channelId: ChannelId }
  | {
      readonly type: 'OpenChannelRequest';
      readonly temporaryChannelId: ChannelId;
      readonly peer: NodeId;
      readonly fundingSat: bigint;
      readonly isAnnounced: boolean;
    }
  | { readonly type: 'PendingHTLCsForwardable' }
  | {
      readonly type: 'PaymentClaimable';
      readonly paymentHash: string;
      readonly amountMsat: bigint;
      readonly channelId: ChannelId | null;
      readonly claimDeadlineHeight: number | null;
    }
  | {
      readonly type: 'PaymentClaimed';
      readonly paymentHash: string;
      readonly amountMsat: bigint;
      readonly htlcs: readonly ClaimedHtlc[];
    }
  | {
      readonly type: 'PaymentSent';
      readonly paymentId: string | null;
      readonly paymentHash: string;
      readonly preimage: string;
      readonly feePaidMsat: bigint | null;
    }
  | {
      readonly type: 'PaymentFailed';
      readonly paymentId: string;
      readonly paymentHash: string | null;
      /** LDK's own name, such as `RecipientRejected`. */
      readonly reason: string | null;
    }
  | {
      readonly type: 'PaymentPathSuccessful';
      readonly paymentId: string;
      readonly paymentHash: string | null;
      readonly path: readonly PathHop[];
    }
  | {
      readonly type: 'PaymentPathFailed';
      readonly paymentId: string | null;
      readonly paymentHash: string;
      readonly isPermanent: boolean;
      readonly failedShortChannelId: ShortChannelId | null;
      readonly failedOn: 'initial-send' | 'path';
      readonly path: readonly PathHop[];
    }
  | {
      readonly type: 'PaymentForwarded';
      readonly previousChannelId: ChannelId | null;
      readonly nextChannelId: ChannelId | null;
      readonly previousPeer: NodeId | null;
      readonly nextPeer: NodeId | null;
      readonly feeEarnedMsat: bigint | null;
      readonly amountOutMsat: bigint | null;
      readonly isClaimedOnChain: boolean;
    }
  | {
      readonly type: 'HTLCHandlingFailed';
      readonly previousChannelId: ChannelId;
      /** LDK's own name of the destination, such as `NextHopChannel`. */
      readonly destination: string;
      readonly nextChannelId: ChannelId | null;
      readonly requestedShortChannelId: ShortChannelId | null;
      readonly paymentHash: string | null;
    }
  | {
      readonly type: 'SpendableOutputs';
      readonly channelId: ChannelId | null;
      readonly outputs: readonly SpendableOutput[];
    }
  | { readonly type: 'BumpTransaction'; readonly what: string }
  /** An event that this release does not decode. */
  | { readonly type: 'Other'; readonly name: string };

export interface ClaimedHtlc {
  readonly channelId: ChannelId;
  readonly amountMsat: bigint;
  readonly cltvExpiry: number;
}
