/**
 * The BOLT 1 and BOLT 2 messages as the LDK source tells them: what they say of money, terms and time.
 * Onions and other payload that no ledger needs are left out. All bytes are lower-case hex.
 */
import type { ChannelType } from '../../lightning/commitment.ts';
import type { ChannelId, ShortChannelId, Txid } from '../../lightning/ids.ts';

/** What both open_channel and accept_channel say of their sender's terms. */
export interface MessageTerms {
  /** The temporary channel_id, until the funding outpoint is known. */
  readonly temporaryChannelId: ChannelId;
  readonly dustLimitSat: bigint;
  readonly channelReserveSat: bigint;
  readonly maxInFlightMsat: bigint;
  readonly htlcMinimumMsat: bigint;
  readonly maxAcceptedHtlcs: number;
  /** `to_self_delay`: what the sender demands of the other end. */
  readonly csvDelayBlocks: number;
  readonly fundingPubkey: string;
  readonly revocationBasepoint: string;
  readonly paymentBasepoint: string;
  readonly delayedPaymentBasepoint: string;
  readonly htlcBasepoint: string;
  readonly firstPerCommitmentPoint: string;
  /** Empty where the sender may choose later, null where it did not say. */
  readonly shutdownScript: string | null;
  readonly channelType: ChannelType | null;
}

export type WireMessage =
  | ({
      readonly type: 'open_channel';
      readonly fundingSat: bigint;
      readonly pushMsat: bigint;
      readonly feeratePerKw: number;
      readonly isAnnounced: boolean;
    } & MessageTerms)
  | ({ readonly type: 'accept_channel'; readonly minimumDepth: number } & MessageTerms)
  | {
      readonly type: 'funding_created';
      readonly temporaryChannelId: ChannelId;
      readonly fundingTxid: Txid;
      readonly fundingOutputIndex: number;
      readonly signature: string;
    }
  | { readonly type: 'funding_signed'; readonly channelId: ChannelId; readonly signature: string }
  | {
      readonly type: 'channel_ready';
      readonly channelId: ChannelId;
      readonly nextPerCommitmentPoint: string;
      readonly alias: ShortChannelId | null;
    }
  | {
      readonly type: 'update_add_htlc';
      readonly channelId: ChannelId;
      readonly htlcId: bigint;
      readonly amountMsat: bigint;
      readonly paymentHash: string;
      readonly cltvExpiry: number;
    }
  | {
      readonly type: 'update_fulfill_htlc';
      readonly channelId: ChannelId;
      readonly htlcId: bigint;
      readonly preimage: string;
    }
  | { readonly type: 'update_fail_htlc'; readonly channelId: ChannelId; readonly htlcId: bigint }
  | {
      readonly type: 'update_fail_malformed_htlc';
      readonly channelId: ChannelId;
      readonly htlcId: bigint;
      readonly failureCode: number;
    }
  | { readonly type: 'update_fee'; readonly channelId: ChannelId; readonly feeratePerKw: number }
  | {
      readonly type: 'commitment_signed';
      readonly channelId: ChannelId;
      readonly signature: string;
      readonly htlcSignatures: readonly string[];
    }
  | {
      readonly type: 'revoke_and_ack';
      readonly channelId: ChannelId;
      readonly perCommitmentSecret: string;
      readonly nextPerCommitmentPoint: string;
    }
  | {
      readonly type: 'channel_reestablish';
      readonly channelId: ChannelId;
      readonly nextCommitmentNumber: bigint;
      readonly nextRevocationNumber: bigint;
    }
  | { readonly type: 'shutdown'; readonly channelId: ChannelId; readonly script: string }
  | {
      readonly type: 'closing_signed';
      readonly channelId: ChannelId;
      readonly feeSat: bigint;
      readonly signature: string;
    }
  /** Text from outside, unescaped. A channel id of zeros means all channels with the peer. */
  | {
      readonly type: 'error' | 'warning';
      readonly channelId: ChannelId;
      readonly text: string;
    }
  | {
      readonly type: 'announcement_signatures';
      readonly channelId: ChannelId;
      readonly shortChannelId: ShortChannelId;
      readonly nodeSignature: string;
      readonly bitcoinSignature: string;
    }
  /** Signed, so kept whole, with its two-byte type, as `parseChannelUpdate` takes it. */
  | { readonly type: 'channel_update'; readonly raw: string }
  /** A message that this release does not decode. */
  | { readonly type: 'other'; readonly name: string };

export type WireMessageType = WireMessage['type'];
