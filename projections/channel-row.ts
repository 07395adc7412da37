/** The row of one channel as one source tells it: open view, lifetime totals and close summary. */
import type { Static } from 'typebox';
import {
  ChannelTypeField,
  CloseKind,
  DirectionField,
  ForwardOf,
  Initiator,
  OutputKind,
  PrecisionField,
  SideField,
  StatedTotals,
  Terms,
} from '../src/channel/fields.ts';
import { codecOf } from '../src/schema/codec.ts';
import {
  ChannelIdField,
  Count,
  Flag,
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
} from '../src/schema/fields.ts';
import { TimeBounds } from '../src/schema/time-bounds.ts';
import { copied, RowFields } from './row-fields.ts';

/** Of the time named so: only where it was placed between others. */
const Bounds = Maybe(copied(TimeBounds));

export const HtlcRow = RowFields({
  id: Count,
  direction: DirectionField,
  amountMsat: Msat,
  cltvExpiry: Count,
  forwardOf: Maybe(copied(ForwardOf)),
  addedAt: Maybe(Time),
  /** Set when one commitment dropped it and the other still holds it. */
  outcome: Maybe(OneOf('settled', 'failed')),
});

export const CommitmentRow = RowFields({
  number: Count,
  localBalanceMsat: Msat,
  remoteBalanceMsat: Msat,
  precision: PrecisionField,
  feeratePerKw: Maybe(Count),
  /** Ids of the HTLCs it holds. */
  offered: ListOf(Count),
  received: ListOf(Count),
  at: Time,
});

export const PolicyRow = RowFields({
  feeBaseMsat: Msat,
  feeProportionalMillionths: Count,
  cltvExpiryDeltaBlocks: Count,
  htlcMinimumMsat: Msat,
  htlcMaximumMsat: Maybe(Msat),
  isDisabled: Flag,
  inboundFeeBaseMsat: Maybe(MsatDelta),
  inboundFeeProportionalMillionths: Maybe(SignedCount),
  timestamp: Count,
  at: Time,
  atBounds: Bounds,
});

export const TotalsRow = RowFields({
  /** Settled HTLCs we offered, forwards among them. */
  sentMsat: Msat,
  sentCount: Count,
  /** Settled HTLCs we received. */
  receivedMsat: Msat,
  receivedCount: Count,
  /** Of those sent: forwarded for another, and what that earned (a loss where fees are negative). */
  forwardedMsat: Msat,
  forwardedCount: Count,
  feesEarnedMsat: MsatDelta,
  /** Of one of them it is not known what came in for it, and so not what it earned. */
  isFeesEarnedAtLeast: Maybe(Flag),
  failedCount: Count,
  /** A gap hides some: the sums are a lower bound. */
  isAtLeast: Flag,
});

export const OutputRow = RowFields({
  outpoint: OutpointField,
  what: OutputKind,
  valueSat: Sat,
  htlcId: Maybe(Count),
  /** Absent until it is claimed. */
  outcome: Maybe(OneOf('claimed', 'timed-out', 'punished', 'lost', 'unclaimed', 'abandoned')),
  stage: Maybe(OneOf('first', 'last')),
  sweepTxid: Maybe(TxidField),
  sweptSat: Maybe(Sat),
  feeSat: Maybe(Sat),
  height: Maybe(Count),
  at: Maybe(Time),
  atBounds: Bounds,
});

export const CloseReasonRow = RowFields({
  reason: OutsideText,
  sourceReason: Maybe(OutsideText),
  at: Time,
});

export const CloseRow = RowFields({
  startedBy: Maybe(Initiator),
  /** The source's words for what decided the end; not for a wish that something else overtook. */
  reason: Maybe(OutsideText),
  sourceReason: Maybe(OutsideText),
  reasonAt: Maybe(Time),
  /**
   * True where an agreed close was asked for, one end gave up without it, and no source says why: the reason is
   * that of the wish.
   */
  isReasonOvertaken: Maybe(Flag),
  /** What else was told, in the order of time. */
  otherReasons: Maybe(ListOf(CloseReasonRow)),
  startedAt: Maybe(Time),
  startedAtBounds: Bounds,
  kind: Maybe(CloseKind),
  initiator: Maybe(Initiator),
  closingTxid: Maybe(TxidField),
  commitmentNumber: Maybe(Count),
  height: Maybe(Count),
  closedAt: Maybe(Time),
  closedAtBounds: Bounds,
  feeSat: Maybe(Sat),
  settledBalanceSat: Maybe(Sat),
  timeLockedBalanceSat: Maybe(Sat),
  finalLocalBalanceMsat: Maybe(Msat),
  outputs: ListOf(OutputRow),
  /** On-chain fees of the sweeps that are known so far; absent where none is. */
  sweepFeesSat: Maybe(Sat),
  /** True where the fee of a sweep is not known. */
  isSweepFeesAtLeast: Maybe(Flag),
  resolvedAt: Maybe(Time),
  resolvedAtBounds: Bounds,
  resolvedHeight: Maybe(Count),
});

export const GapRow = RowFields({
  what: OutsideText,
  side: Maybe(SideField),
  lastKnown: Maybe(Count),
  firstKnown: Maybe(Count),
  why: OutsideText,
  at: Time,
  atBounds: Bounds,
});

export const CandidateRow = RowFields({
  fundingOutpoint: OutpointField,
  kind: OneOf('replacement-by-fee', 'splice'),
  capacitySat: Sat,
  localBalanceMsat: Msat,
  remoteBalanceMsat: Msat,
  fundingFeeSat: Maybe(Sat),
  confirmedHeight: Maybe(Count),
  shortChannelId: Maybe(ShortChannelIdField),
  local: Maybe(CommitmentRow),
  remote: Maybe(CommitmentRow),
});

export const ChannelRow = RowFields({
  nodeId: NodeIdField,
  channelId: ChannelIdField,
  source: OutsideText,
  peerId: Maybe(NodeIdField),
  status: OneOf('unknown', 'pending', 'open', 'closing', 'closed', 'resolved'),
  isAdopted: Flag,
  isPurged: Flag,
  fundingOutpoint: Maybe(OutpointField),
  /** Every outpoint the channel ever had, newest first. */
  outpoints: ListOf(OutpointField),
  shortChannelId: Maybe(ShortChannelIdField),
  /** Every short channel id and alias it was known by. */
  shortChannelIds: ListOf(ShortChannelIdField),
  capacitySat: Maybe(Sat),
  opener: Maybe(SideField),
  channelType: ChannelTypeField,
  isPrivate: Maybe(Flag),
  /** Absent where nothing tells: most sources show an announcement only by whether one was meant. */
  isAnnounced: Maybe(Flag),
  localTerms: copied(Terms),
  remoteTerms: copied(Terms),
  openedAt: Maybe(Time),
  openedAtBounds: Bounds,
  confirmedHeight: Maybe(Count),
  readyAt: Maybe(Time),
  readyAtBounds: Bounds,
  fundingFeeSat: Maybe(Sat),
  /** What is shown as the balance: the local commitment's, or the newest snapshot's. */
  localBalanceMsat: Maybe(Msat),
  remoteBalanceMsat: Maybe(Msat),
  precision: Maybe(PrecisionField),
  balanceAt: Maybe(Time),
  balanceAtBounds: Bounds,
  unexplainedMsat: Maybe(MsatDelta),
  local: Maybe(CommitmentRow),
  remote: Maybe(CommitmentRow),
  localRevoked: Maybe(Count),
  remoteRevoked: Maybe(Count),
  /** The ids that follow the last ones added: they tell whether a gap's HTLCs came in later. */
  nextOfferedId: Maybe(Count),
  nextReceivedId: Maybe(Count),
  candidates: ListOf(CandidateRow),
  htlcs: ListOf(HtlcRow),
  localPolicy: Maybe(PolicyRow),
  remotePolicy: Maybe(PolicyRow),
  totals: TotalsRow,
  statedTotals: Maybe(copied(StatedTotals)),
  statedTotalsAt: Maybe(Time),
  /** Gaps that are still open: what they miss was not told later. */
  gaps: ListOf(GapRow),
  close: Maybe(CloseRow),
  lastEventAt: Maybe(Time),
  lastEventAtBounds: Bounds,
  eventCount: Count,
  /**
   * Adoptions among them that say nothing new: of the first copy that was imported, where an older one tells of
   * the channel's past.
   */
  repeatCount: Maybe(Count),
});
export type ChannelRow = Static<typeof ChannelRow>;
export type HtlcRow = Static<typeof HtlcRow>;
export type CandidateRow = Static<typeof CandidateRow>;
export type GapRow = Static<typeof GapRow>;
export type TotalsRow = Static<typeof TotalsRow>;
export type CommitmentRow = Static<typeof CommitmentRow>;
export type PolicyRow = Static<typeof PolicyRow>;
export type CloseReasonRow = Static<typeof CloseReasonRow>;
export type CloseRow = Static<typeof CloseRow>;
export type OutputRow = Static<typeof OutputRow>;
export const channelRowCodec = codecOf('channel row', ChannelRow);
