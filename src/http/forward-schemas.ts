/** Forwards and their sums as JSON spells them: see `view-schemas.ts`. */
import Type from 'typebox';
import {
  ChannelIdField,
  Count,
  Flag,
  Maybe,
  Msat,
  MsatDelta,
  NodeIdField,
  OneOf,
  OutsideText,
  Time,
} from '../schema/fields.ts';
import { TimeBounds } from '../schema/time-bounds.ts';

export const Forward = Type.Object({
  nodeId: NodeIdField,
  at: Time,
  atBounds: Maybe(TimeBounds),
  outcome: OneOf('forwarded', 'failed'),
  incomingChannelId: Maybe(ChannelIdField),
  incomingHtlcId: Maybe(Count),
  outgoingHtlcId: Maybe(Count),
  outgoingChannelId: Maybe(ChannelIdField),
  incomingPeerId: Maybe(NodeIdField),
  outgoingPeerId: Maybe(NodeIdField),
  amountInMsat: Maybe(Msat),
  amountOutMsat: Maybe(Msat),
  feeMsat: Maybe(MsatDelta),
  reason: Maybe(OutsideText),
  eventId: Type.String(),
});

export const forwardAmounts = {
  amountInMsat: Msat,
  isAmountInAtLeast: Maybe(Flag),
  amountOutMsat: Msat,
  isAmountOutAtLeast: Maybe(Flag),
  feeMsat: MsatDelta,
  isFeeAtLeast: Maybe(Flag),
};

export const ForwardSums = Type.Object({
  nodeId: NodeIdField,
  by: Type.String(),
  forwardedCount: Count,
  forwardedInCount: Maybe(Count),
  failedCount: Count,
  ...forwardAmounts,
});
