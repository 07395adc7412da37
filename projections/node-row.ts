/** The row of a recording node as one source tells it. */
import type { Static } from 'typebox';
import { codecOf } from '../src/schema/codec.ts';
import {
  ChannelIdField,
  Count,
  Flag,
  Hex,
  ListOf,
  Maybe,
  Msat,
  MsatDelta,
  NodeIdField,
  OneOf,
  OutsideText,
  ShortChannelIdField,
  Time,
} from '../src/schema/fields.ts';
import { TimeBounds } from '../src/schema/time-bounds.ts';
import { copied, Nanoseconds, RowFields } from './row-fields.ts';

export const RecordingRow = RowFields({
  from: Time,
  /** Absent while it runs. */
  to: Maybe(Time),
  recorder: OutsideText,
  /** It read what others had written, and watched nothing itself. */
  tellsItsPast: Maybe(Flag),
  /** Why it stopped; absent where nobody said so. */
  why: Maybe(OutsideText),
});

export const FeerateRow = RowFields({ target: OutsideText, feeratePerKw: Count, at: Time });

/** A channel as the teller calls it: by its id, or by a short id alone. */
const Called = {
  channelId: Maybe(ChannelIdField),
  shortChannelId: Maybe(ShortChannelIdField),
};

export const ChannelForwardsRow = RowFields({
  ...Called,
  /** Came in over this channel and was forwarded. */
  inMsat: Msat,
  inCount: Count,
  /** Went out over this channel, and what that earned. */
  outMsat: Msat,
  outCount: Count,
  feeMsat: MsatDelta,
  /** Of how many of them these were not told; absent where of none. */
  inUntoldCount: Maybe(Count),
  outUntoldCount: Maybe(Count),
  feeUntoldCount: Maybe(Count),
  /** Forwards that were to go in or out here and failed. */
  failedCount: Count,
  /** Of the latest forward. */
  lastAt: Time,
});

/** A forward of the newest second in which there was one: told again, with more of it, it is the same. */
export const NewestForwardRow = RowFields({
  name: OutsideText,
  at: Time,
  /** How it was told: with its time in whole seconds, with its time in full, with its HTLC. */
  bySecond: Flag,
  byInstant: Flag,
  byHtlc: Flag,
  inMsat: Maybe(Msat),
  outMsat: Maybe(Msat),
  feeMsat: Maybe(MsatDelta),
});

/** Payments of the node itself, as far as a list tells over which channel they went. */
export const ChannelPaymentsRow = RowFields({
  ...Called,
  /** With the fees of the channels behind it. */
  sentMsat: Msat,
  sentCount: Count,
  receivedMsat: Msat,
  receivedCount: Count,
  lastAt: Time,
});

export const ListRow = RowFields({
  list: OneOf('payments', 'invoices', 'forwards'),
  /** The stretches that were read, joined where they meet, by their first index. */
  stretches: ListOf(RowFields({ firstIndex: Count, lastIndex: Count })),
  /** Of the newest stretch: it was asked for a span of time that it does not tell. */
  isWindow: Flag,
  firstAt: Time,
  firstAtBounds: Maybe(copied(TimeBounds)),
  lastAt: Time,
  lastAtBounds: Maybe(copied(TimeBounds)),
});

export const QuarantineRow = RowFields({
  rule: OutsideText,
  /** How many observations that broke it are still in quarantine. */
  count: Count,
  firstAt: Time,
  lastAt: Time,
});

export const NodeRow = RowFields({
  nodeId: NodeIdField,
  source: OutsideText,
  alias: Maybe(OutsideText),
  isRecording: Flag,
  /** The newest recordings, oldest first; between two of them nothing was recorded. */
  recordings: ListOf(RecordingRow),
  recordingCount: Count,
  firstRecordedAt: Maybe(Time),
  /** Sum of the recordings that ended, older ones too. */
  recordedNs: Nanoseconds,
  bestHeight: Maybe(Count),
  bestBlockHash: Maybe(Hex(32)),
  bestBlockAt: Maybe(Time),
  feerates: ListOf(FeerateRow),
  /** By channel id or short id. */
  forwards: ListOf(ChannelForwardsRow),
  newestForwards: ListOf(NewestForwardRow),
  forwardedMsat: Msat,
  forwardedCount: Count,
  forwardFeesMsat: MsatDelta,
  /** Of how many forwards the amount, or the fee, was not told: the sum is a lower bound. Absent for none. */
  forwardedUntoldCount: Maybe(Count),
  forwardFeesUntoldCount: Maybe(Count),
  forwardFailedCount: Count,
  sentMsat: Msat,
  sentCount: Count,
  sentFeesMsat: Msat,
  /** As of forwards. */
  sentUntoldCount: Maybe(Count),
  sentFeesUntoldCount: Maybe(Count),
  sendFailedCount: Count,
  receivedMsat: Msat,
  receivedCount: Count,
  /** By channel id or short id. */
  payments: ListOf(ChannelPaymentsRow),
  /** What was read of each list. */
  lists: ListOf(ListRow),
  /** By rule, the rules in the order they were first broken. */
  quarantine: ListOf(QuarantineRow),
  quarantinedCount: Count,
  lastEventAt: Maybe(Time),
  lastEventAtBounds: Maybe(copied(TimeBounds)),
  eventCount: Count,
});
export type NodeRow = Static<typeof NodeRow>;
export type ChannelForwardsRow = Static<typeof ChannelForwardsRow>;
export type NewestForwardRow = Static<typeof NewestForwardRow>;
export type ChannelPaymentsRow = Static<typeof ChannelPaymentsRow>;
export type ListRow = Static<typeof ListRow>;
export type QuarantineRow = Static<typeof QuarantineRow>;
export const nodeRowCodec = codecOf('node row', NodeRow);
