/**
 * The facts of one channel as one source tells them. These are storage formats: a field is only ever
 * added, and a change of meaning raises `schema` with an upcaster (DESIGN §5, §6).
 */
import type { DraftOf, EventOf } from '../schema/event-definition.ts';
import { defineEvent } from '../schema/event-definition.ts';
import {
  ChannelIdField,
  Count,
  Fields,
  Flag,
  Hex,
  HexUpTo,
  ListOf,
  Maybe,
  Msat,
  MsatDelta,
  NodeIdField,
  OneOf,
  OutpointField,
  OutsideText,
  Sat,
  ShortChannelIdField,
  SignedCount,
  Time,
  TxidField,
} from '../schema/fields.ts';
import {
  ChannelTypeField,
  CloseKind,
  CommitmentInFull,
  CommitmentSignatures,
  DirectionField,
  ForwardOf,
  HtlcHash,
  HtlcInFull,
  Initiator,
  MAX_RAW_TRANSACTION,
  OutputKind,
  PrecisionField,
  SideField,
  StatedBalances,
  StatedTotals,
  Terms,
  TransactionPurpose,
} from './fields.ts';

export const channelEvents = {
  ChannelOpened: defineEvent({
    says: 'The funding is signed: both ends hold commitment 0.',
    key: 'opened',
    plain: Fields({
      channelId: ChannelIdField,
      fundingOutpoint: OutpointField,
      peerId: NodeIdField,
      opener: SideField,
      capacitySat: Sat,
      pushMsat: Msat,
      localBalanceMsat: Msat,
      remoteBalanceMsat: Msat,
      channelType: ChannelTypeField,
      isPrivate: Flag,
      local: Terms,
      remote: Terms,
      feeratePerKw: Count,
      fundingFeeSat: Maybe(Sat),
      ourFundingFeeSat: Maybe(Sat),
      leaseExpiryHeight: Maybe(Count),
    }),
    sealed: Fields({
      localDeliveryScript: Maybe(HexUpTo(64)),
      remoteDeliveryScript: Maybe(HexUpTo(64)),
    }),
  }),
  ChannelAdopted: defineEvent({
    says: 'The recorder met a channel that was there already: first known state, past unknown.',
    key: 'adopted',
    plain: Fields({
      channelId: ChannelIdField,
      fundingOutpoint: Maybe(OutpointField),
      peerId: Maybe(NodeIdField),
      opener: Maybe(SideField),
      capacitySat: Maybe(Sat),
      /** What the opener gave away at the opening, where the source still has it. */
      pushMsat: Maybe(Msat),
      channelType: Maybe(ChannelTypeField),
      isPrivate: Maybe(Flag),
      shortChannelId: Maybe(ShortChannelIdField),
      leaseExpiryHeight: Maybe(Count),
      local: Terms,
      remote: Terms,
      htlcs: ListOf(HtlcInFull),
      localCommitment: Maybe(CommitmentInFull),
      remoteCommitment: Maybe(CommitmentInFull),
      totals: Maybe(StatedTotals),
      why: OutsideText,
    }),
  }),
  FundingConfirmed: defineEvent({
    says: 'The funding transaction is in a block.',
    key: 'funding/{fundingOutpoint}/{blockHash}',
    plain: Fields({
      fundingOutpoint: OutpointField,
      height: Count,
      blockHash: Hex(32),
      shortChannelId: ShortChannelIdField,
      /** Of the funding transaction, where the source saw what it spends. */
      feeSat: Maybe(Sat),
    }),
  }),
  FundingUnconfirmed: defineEvent({
    says: 'A reorganisation took the funding transaction out of its block.',
    key: 'funding-undone/{fundingOutpoint}/{blockHash}',
    plain: Fields({ fundingOutpoint: OutpointField, height: Count, blockHash: Hex(32) }),
  }),
  FundingCandidateAdded: defineEvent({
    says: 'Another funding is negotiated: a replacement by fee or a splice.',
    key: 'candidate/{fundingOutpoint}',
    plain: Fields({
      fundingOutpoint: OutpointField,
      kind: OneOf('replacement-by-fee', 'splice'),
      capacitySat: Sat,
      localBalanceMsat: Msat,
      remoteBalanceMsat: Msat,
      fundingFeeSat: Maybe(Sat),
    }),
  }),
  FundingCandidateDropped: defineEvent({
    says: 'A negotiated funding will not confirm.',
    key: 'candidate-dropped/{fundingOutpoint}',
    plain: Fields({ fundingOutpoint: OutpointField, why: Maybe(OutsideText) }),
  }),
  FundingReplaced: defineEvent({
    says: 'A candidate became the funding of the channel.',
    key: 'replaced/{fundingOutpoint}',
    plain: Fields({
      fundingOutpoint: OutpointField,
      previousOutpoint: OutpointField,
      capacitySat: Sat,
      localBalanceMsat: Msat,
      remoteBalanceMsat: Msat,
    }),
  }),
  ChannelReady: defineEvent({
    says: 'Both ends said channel_ready: payments may flow.',
    key: 'ready/{fundingOutpoint}',
    plain: Fields({
      fundingOutpoint: OutpointField,
      localAlias: Maybe(ShortChannelIdField),
      remoteAlias: Maybe(ShortChannelIdField),
    }),
  }),
  ChannelAnnounced: defineEvent({
    says: 'The channel was announced to the network, with four signatures.',
    key: 'announced/{shortChannelId}',
    plain: Fields({ shortChannelId: ShortChannelIdField, raw: HexUpTo(65_535) }),
  }),
  HtlcAdded: defineEvent({
    says: 'A commitment first holds this HTLC.',
    key: 'htlc/{direction}/{id}',
    plain: Fields({
      id: Count,
      direction: DirectionField,
      amountMsat: Msat,
      cltvExpiry: Count,
      paymentLink: Maybe(Hex(16)),
      forwardOf: Maybe(ForwardOf),
    }),
    sealed: Fields({ paymentHash: Hex(32) }),
  }),
  HtlcSettled: defineEvent({
    says: 'A commitment first no longer holds this HTLC, or its claim is in a block: it was paid.',
    key: 'htlc/{direction}/{id}/settled',
    plain: Fields({
      id: Count,
      direction: DirectionField,
      amountMsat: Msat,
      isOnChain: Flag,
      /** Nobody said how it ended: it is the one end that explains the balances stated. */
      isDeduced: Maybe(Flag),
    }),
    sealed: Fields({ preimage: Hex(32) }),
  }),
  HtlcFailed: defineEvent({
    says: 'A commitment first no longer holds this HTLC, or its timeout is in a block: it was not paid.',
    key: 'htlc/{direction}/{id}/failed',
    plain: Fields({
      id: Count,
      direction: DirectionField,
      amountMsat: Msat,
      isOnChain: Flag,
      /** Nobody said how it ended: it is the one end that explains the balances stated. */
      isDeduced: Maybe(Flag),
      failureCode: Maybe(Count),
      failedAt: Maybe(OneOf('local', 'remote', 'downstream', 'unknown')),
      reason: Maybe(OutsideText),
    }),
  }),
  CommitmentUpdated: defineEvent({
    says: 'One end holds a new commitment transaction, signed by the other.',
    key: 'commitment/{side}/{number}/{fundingOutpoint}',
    plain: Fields({
      side: SideField,
      number: Count,
      fundingOutpoint: OutpointField,
      localBalanceMsat: Msat,
      remoteBalanceMsat: Msat,
      precision: PrecisionField,
      /** Nobody told who opened the channel: balances as stated, and the fee on neither of them. */
      unexplainedMsat: Maybe(Msat),
      feeratePerKw: Maybe(Count),
      offered: ListOf(Count),
      received: ListOf(Count),
      unknownHtlcs: Maybe(ListOf(HtlcInFull)),
      stated: Maybe(StatedBalances),
      txid: Maybe(TxidField),
      signatures: Maybe(CommitmentSignatures),
      perCommitmentPoint: Maybe(Hex(33)),
      /** Worked out from the secret that was revealed since: holding the two against each other proves nothing. */
      isPointDerived: Maybe(Flag),
      /** The transaction as the source keeps it; a witness may be there and is not needed. */
      rawTransaction: Maybe(HexUpTo(MAX_RAW_TRANSACTION)),
    }),
    /** Of `unknownHtlcs`, as far as they were told: the scripts of a commitment are made from them. */
    sealed: Fields({ paymentHashes: ListOf(HtlcHash) }),
  }),
  CommitmentRevoked: defineEvent({
    says: 'One end gave up an older commitment by revealing its secret.',
    key: 'revoked/{side}/{number}',
    plain: Fields({ side: SideField, number: Count }),
    sealed: Fields({ secret: Hex(32) }),
  }),
  FeePolicyChanged: defineEvent({
    says: 'One end states what it asks for forwarding over this channel (BOLT 7 channel_update).',
    key: 'policy/{side}/{timestamp}',
    plain: Fields({
      side: SideField,
      feeBaseMsat: Msat,
      feeProportionalMillionths: Count,
      cltvExpiryDeltaBlocks: Count,
      htlcMinimumMsat: Msat,
      htlcMaximumMsat: Maybe(Msat),
      isDisabled: Flag,
      inboundFeeBaseMsat: Maybe(MsatDelta),
      inboundFeeProportionalMillionths: Maybe(SignedCount),
      timestamp: Count,
      raw: Maybe(HexUpTo(65_535)),
      cause: Maybe(OutsideText),
    }),
  }),
  BalanceObserved: defineEvent({
    says: 'A snapshot of the balance by a source that shows no commitments.',
    key: 'balance/{observation}',
    plain: Fields({
      localBalanceMsat: Msat,
      remoteBalanceMsat: Msat,
      precision: PrecisionField,
      htlcs: ListOf(HtlcInFull),
      unexplainedMsat: MsatDelta,
      stated: Maybe(StatedBalances),
      totals: Maybe(StatedTotals),
      alias: Maybe(ShortChannelIdField),
    }),
  }),
  RecordingGap: defineEvent({
    says: 'Something between last known and first known was not recorded.',
    key: 'gap/{what}/{side}/{lastKnown}/{firstKnown|observation}',
    plain: Fields({
      what: OneOf('commitments', 'revocations', 'htlcs', 'close', 'resolutions', 'recorder-off'),
      side: Maybe(SideField),
      lastKnown: Maybe(Count),
      firstKnown: Maybe(Count),
      why: OutsideText,
    }),
  }),
  ShutdownStarted: defineEvent({
    says: 'One end asked for a cooperative close.',
    key: 'shutdown/{by}',
    plain: Fields({ by: SideField }),
    sealed: Fields({ script: HexUpTo(64) }),
  }),
  CloseStarted: defineEvent({
    says: 'The node gave the channel up, and why.',
    key: 'close-started/{by}/{reason}/{sourceReason}/{observation}',
    plain: Fields({
      by: Initiator,
      reason: OutsideText,
      sourceReason: Maybe(OutsideText),
      /** By the source's own clock, where each time that it says so is a fact: a line of a log. */
      saidAt: Maybe(Time),
    }),
  }),
  TransactionBroadcast: defineEvent({
    says: 'The node handed a transaction of this channel to the network.',
    key: 'broadcast/{txid}',
    plain: Fields({
      txid: TxidField,
      purpose: TransactionPurpose,
      by: Initiator,
      /** Of a close that both ends negotiated: the peer's, r ‖ s. */
      peerSignature: Maybe(Hex(64)),
    }),
    sealed: Fields({ rawTransaction: Maybe(HexUpTo(MAX_RAW_TRANSACTION)) }),
  }),
  TransactionKept: defineEvent({
    says: 'The source keeps this transaction of the channel, with what the peer signed of it.',
    key: 'transaction/{txid}',
    plain: Fields({
      txid: TxidField,
      purpose: TransactionPurpose,
      /** The funding it spends, or makes. */
      fundingOutpoint: Maybe(OutpointField),
      /** Whose commitment it is. */
      side: Maybe(SideField),
      commitmentNumber: Maybe(Count),
      /** The peer's, of the input that spends the funding (SIGHASH_ALL), as 64 bytes. */
      signatures: Maybe(CommitmentSignatures),
    }),
    /** In Bitcoin's wire format, with or without its witnesses. Its outputs' scripts are sealed elsewhere too. */
    sealed: Fields({ raw: HexUpTo(150_000) }),
  }),
  MovementBooked: defineEvent({
    says: "The node's own books have this movement in the channel's account.",
    key: 'movement/{observation}',
    plain: Fields({
      /** Inside of the channel, on chain, or what a transaction cost the channel. */
      kind: OneOf('channel', 'chain', 'fee'),
      /** The list or table that has it, by its source's name for it: several may have one movement. */
      book: Maybe(OutsideText),
      /** In the words of the books; what it mainly is comes first. */
      tags: ListOf(OutsideText),
      creditMsat: Msat,
      debitMsat: Msat,
      /** What a forward earned, or a payment cost, as far as it is booked here. */
      feesMsat: Maybe(Msat),
      currency: Maybe(OutsideText),
      paymentLink: Maybe(Hex(16)),
      partId: Maybe(OutsideText),
      groupId: Maybe(OutsideText),
      outpoint: Maybe(OutpointField),
      /** What spent the outpoint, or what the fee was paid for. */
      txid: Maybe(TxidField),
      outputMsat: Maybe(Msat),
      height: Maybe(Count),
      originAccount: Maybe(OutsideText),
      description: Maybe(OutsideText),
      isRebalance: Maybe(Flag),
    }),
    sealed: Fields({ paymentHash: Hex(32) }),
  }),
  ChannelClosed: defineEvent({
    says: "The funding output is spent in a block; the kind is the transaction's, not a label.",
    key: 'closed/{closingTxid|kind}/{blockHash}',
    plain: Fields({
      fundingOutpoint: Maybe(OutpointField),
      closingTxid: Maybe(TxidField),
      height: Maybe(Count),
      blockHash: Maybe(Hex(32)),
      kind: CloseKind,
      initiator: Initiator,
      commitmentNumber: Maybe(Count),
      outputs: ListOf(
        Fields({ index: Count, valueSat: Sat, what: OutputKind, htlcId: Maybe(Count) }),
      ),
      feeSat: Maybe(Sat),
      /** The source took the outputs off the capacity; nobody told it the fee. */
      isFeeDerived: Maybe(Flag),
      settledBalanceSat: Maybe(Sat),
      timeLockedBalanceSat: Maybe(Sat),
      /** Our balance in the last commitment as the source states it, whatever its HTLCs came to. */
      finalLocalBalanceMsat: Maybe(Msat),
      /** Where the closing transaction has no witness: the peer's signature of it, r ‖ s. */
      peerSignature: Maybe(Hex(64)),
    }),
    sealed: Fields({
      scripts: Maybe(ListOf(HexUpTo(64))),
      rawTransaction: Maybe(HexUpTo(MAX_RAW_TRANSACTION)),
    }),
  }),
  CloseUnconfirmed: defineEvent({
    says: 'A reorganisation took the closing transaction out of its block.',
    key: 'closed-undone/{closingTxid}/{blockHash}',
    plain: Fields({ closingTxid: TxidField, height: Count, blockHash: Hex(32) }),
  }),
  OutputResolved: defineEvent({
    says: 'An output that the close left behind was claimed.',
    key: 'resolved/{outpoint}/{sweepTxid}/{blockHash}',
    plain: Fields({
      outpoint: OutpointField,
      what: OutputKind,
      /** `first` is spent again by a second-stage claim; `last` has reached a wallet. */
      stage: OneOf('first', 'last'),
      outcome: OneOf('claimed', 'timed-out', 'punished', 'lost', 'unclaimed', 'abandoned'),
      amountSat: Sat,
      sweptSat: Maybe(Sat),
      feeSat: Maybe(Sat),
      /** The source took what was swept off the amount; nobody told it the fee. */
      isFeeDerived: Maybe(Flag),
      sweepTxid: Maybe(TxidField),
      height: Maybe(Count),
      blockHash: Maybe(Hex(32)),
      /** Of a first stage: the output it made, to be claimed again. */
      nextOutpoint: Maybe(OutpointField),
    }),
  }),
  OutputUnconfirmed: defineEvent({
    says: 'A reorganisation took the claim of an output out of its block.',
    key: 'resolved-undone/{outpoint}/{sweepTxid}/{blockHash}',
    plain: Fields({
      outpoint: OutpointField,
      sweepTxid: TxidField,
      height: Count,
      blockHash: Hex(32),
    }),
  }),
  ChannelFullyResolved: defineEvent({
    says: 'Nothing of the channel is left on chain to be claimed.',
    key: 'fully-resolved/{height}',
    plain: Fields({
      height: Maybe(Count),
      /** The source tells that it is so, and not since when: the event stands behind what came before. */
      isTimeUntold: Maybe(Flag),
    }),
  }),
  ChannelPurged: defineEvent({
    says: 'The key of the sealed fields was destroyed; numbers and summary stay.',
    key: 'purged',
    plain: Fields({ keyId: Maybe(OutsideText) }),
  }),
};

export type ChannelEvents = typeof channelEvents;
export type ChannelEvent = EventOf<ChannelEvents>;
export type ChannelDraft = DraftOf<ChannelEvents>;
export type ChannelEventType = ChannelEvent['type'];
export type ChannelEventData<K extends ChannelEventType> = Extract<
  ChannelEvent,
  { readonly type: K }
>['data'];
