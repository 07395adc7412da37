/**
 * What a `ChannelMonitorUpdate` of LDK says: the canonical record of a channel's commitments, preimages
 * and revocation secrets. Bytes are lower-case hex; commitment numbers count up from 0 (LDK's go down).
 */
import type { ChannelId, NodeId, ShortChannelId, Txid } from '../../lightning/ids.ts';

/** Where an HTLC that this node offered came from. */
export type HtlcSource =
  | {
      readonly kind: 'own-payment';
      readonly paymentId: string | null;
      readonly firstHopMsat: bigint;
    }
  | {
      readonly kind: 'forwarded';
      readonly previousShortChannelId: ShortChannelId | null;
      readonly previousHtlcId: bigint | null;
    };

/** An HTLC in a commitment transaction. LDK keeps no BOLT 2 id here: see the order of messages. */
export interface MonitorHtlc {
  /** Offered by the owner of this commitment transaction, not by the recording node. */
  readonly isOfferedByOwner: boolean;
  readonly amountMsat: bigint;
  readonly cltvExpiry: number;
  readonly paymentHash: string;
  /** Null where it is trimmed: it has no output. */
  readonly outputIndex: number | null;
  /** Null for an HTLC that the recording node received. */
  readonly source: HtlcSource | null;
  readonly counterpartySignature: string | null;
}

/** A commitment transaction of the recording node, signed by its peer. */
export interface HolderCommitment {
  readonly number: number;
  readonly txid: Txid;
  readonly rawTransaction: string;
  readonly toBroadcasterSat: bigint;
  readonly toCountersignatorySat: bigint;
  readonly feeratePerKw: number;
  readonly perCommitmentPoint: string;
  readonly counterpartySignature: string;
  readonly counterpartyHtlcSignatures: readonly string[];
}

export type MonitorStep =
  | {
      readonly step: 'holder-commitment';
      readonly commitment: HolderCommitment;
      readonly htlcs: readonly MonitorHtlc[];
    }
  | {
      readonly step: 'counterparty-commitment';
      readonly number: number;
      readonly txid: Txid;
      readonly feeratePerKw: number | null;
      /** The counterparty is the broadcaster of its commitment. */
      readonly toBroadcasterSat: bigint | null;
      readonly toCountersignatorySat: bigint | null;
      readonly perCommitmentPoint: string;
      readonly htlcs: readonly MonitorHtlc[];
    }
  | { readonly step: 'preimage'; readonly preimage: string }
  /** The counterparty revoked its commitment of this number. */
  | { readonly step: 'commitment-secret'; readonly number: number; readonly secret: string }
  | { readonly step: 'force-closed'; readonly shouldBroadcast: boolean }
  | { readonly step: 'shutdown-script'; readonly script: string }
  /** Of a later LDK; the rest of the update is read all the same. */
  | { readonly step: 'unknown'; readonly variant: number };

export interface MonitorUpdate {
  /** 2^64 − 1 on updates that older releases wrote after a channel was closed. */
  readonly updateId: bigint;
  readonly steps: readonly MonitorStep[];
  readonly peer: NodeId | null;
  readonly channelId: ChannelId | null;
}
