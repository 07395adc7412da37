/** The facts of a recording node beyond its single channels and peers. Storage formats. */
import { type DraftOf, defineEvent, type EventOf } from '../schema/event-definition.ts';
import {
  ChannelIdField,
  Count,
  Fields,
  Flag,
  Hex,
  ListOf,
  Maybe,
  Msat,
  NodeIdField,
  OneOf,
  OutsideText,
  ShortChannelIdField,
  Time,
  WholeRecord,
} from '../schema/fields.ts';

const Route = {
  incomingChannelId: Maybe(ChannelIdField),
  /** Where the source calls the channel by this alone: which it is, is looked up when it is asked. */
  incomingShortChannelId: Maybe(ShortChannelIdField),
  incomingHtlcId: Maybe(Count),
  incomingPeerId: Maybe(NodeIdField),
  outgoingChannelId: Maybe(ChannelIdField),
  outgoingShortChannelId: Maybe(ShortChannelIdField),
  outgoingHtlcId: Maybe(Count),
  outgoingPeerId: Maybe(NodeIdField),
};

/** A part of a payment on one channel of the node, told by a list that names no HTLC we offered. */
const PaymentPart = Fields({
  channelId: Maybe(ChannelIdField),
  /** Where the source calls the channel by this alone: which it is, is looked up when it is asked. */
  shortChannelId: Maybe(ShortChannelIdField),
  htlcId: Maybe(Count),
  /** What the channel's balance moved by: with the fee, where we sent it. */
  amountMsat: Msat,
  feeMsat: Maybe(Msat),
});

export const nodeEvents = {
  RecordingStarted: defineEvent({
    says: 'A recorder began to listen to this node.',
    key: 'started/{observation}',
    plain: Fields({
      recorder: OutsideText,
      alias: Maybe(OutsideText),
      /** It reads records that tell what was, each with a time of its own: of what is now it sees nothing. */
      tellsItsPast: Maybe(Flag),
    }),
  }),
  RecordingStopped: defineEvent({
    says: 'The recorder stopped listening; until it starts again nothing is known.',
    key: 'stopped/{observation}',
    plain: Fields({ why: OutsideText }),
  }),
  ChainNamed: defineEvent({
    says: "The node's records are of the chain that this stream names; nothing else of the node says it.",
    key: 'chain',
    plain: Fields({}),
  }),
  BestBlockChanged: defineEvent({
    says: 'The node was handed this block as its newest.',
    key: 'block/{height}/{blockHash}',
    plain: Fields({ height: Count, blockHash: Hex(32), blockTime: Maybe(Count) }),
  }),
  BlockDated: defineEvent({
    says: "A record tells when this block was the newest, or its header's time: it dates what has only a height.",
    key: 'block-time/{height}/{observation}',
    plain: Fields({ height: Count, isHeader: Maybe(Flag) }),
  }),
  BlockDisconnected: defineEvent({
    says: 'A reorganisation took this block out of the chain; when is known only by its own time.',
    key: 'block-disconnected/{blockHash}',
    plain: Fields({ height: Count, blockHash: Hex(32) }),
  }),
  FeerateEstimated: defineEvent({
    says: 'The feerate the node was told for a purpose changed.',
    key: 'feerate/{target}/{observation}',
    plain: Fields({ target: OutsideText, feeratePerKw: Count }),
  }),
  PaymentForwarded: defineEvent({
    says: 'The node forwarded a payment and earned the difference.',
    key: 'forward/{incomingChannelId|incomingShortChannelId}/{incomingHtlcId|observation}',
    plain: Fields({
      ...Route,
      amountInMsat: Maybe(Msat),
      amountOutMsat: Maybe(Msat),
      feeMsat: Maybe(Msat),
      isClaimedOnChain: Maybe(Flag),
    }),
  }),
  ForwardFailed: defineEvent({
    says: 'The node was asked to forward a payment and it did not happen.',
    key: 'forward-failed/{incomingChannelId|incomingShortChannelId}/{incomingHtlcId|observation}',
    plain: Fields({
      ...Route,
      amountInMsat: Maybe(Msat),
      amountOutMsat: Maybe(Msat),
      failureCode: Maybe(Count),
      reason: OutsideText,
    }),
  }),
  PaymentSent: defineEvent({
    says: 'A payment of this node reached its destination.',
    key: 'sent/{paymentLink|observation}',
    plain: Fields({
      paymentLink: Maybe(Hex(16)),
      amountMsat: Maybe(Msat),
      feeMsat: Maybe(Msat),
      /** What left the node, the fee in it, where the source tells no more. */
      totalMsat: Maybe(Msat),
      parts: Maybe(ListOf(PaymentPart)),
      /** Its route ends at this node. */
      isToSelf: Maybe(Flag),
    }),
  }),
  PaymentFailed: defineEvent({
    says: 'A payment of this node did not reach its destination.',
    key: 'failed/{observation}',
    plain: Fields({ paymentLink: Maybe(Hex(16)), amountMsat: Maybe(Msat), reason: OutsideText }),
  }),
  PaymentReceived: defineEvent({
    says: 'A payment to this node was claimed.',
    key: 'received/{paymentLink|observation}',
    plain: Fields({
      paymentLink: Maybe(Hex(16)),
      amountMsat: Msat,
      parts: Maybe(ListOf(PaymentPart)),
    }),
  }),
  ListRead: defineEvent({
    says: "A stretch of one of the source's lists was read; what lies outside it was not told.",
    key: 'list/{list}/{observation}',
    plain: Fields({
      list: OneOf('payments', 'invoices', 'forwards'),
      /** The list's own numbers of its records. */
      firstIndex: Count,
      lastIndex: Count,
      /** How many of them were there. */
      count: Count,
      /** The list was asked for a span of time that it does not tell. */
      isWindow: Maybe(Flag),
    }),
  }),
  ObservationQuarantined: defineEvent({
    says: 'An observation broke a rule; it is kept whole, sealed, and can be tried again.',
    key: 'quarantine/{observationId}',
    plain: Fields({
      observationId: Hex(16),
      about: OutsideText,
      type: OutsideText,
      rule: OutsideText,
      detail: OutsideText,
      happenedAt: Time,
    }),
    sealed: Fields({ observation: WholeRecord }),
  }),
  QuarantineReleased: defineEvent({
    says: 'A quarantined observation fits now, was known already, or was purged with its channel.',
    key: 'released/{observationId}',
    plain: Fields({
      observationId: Hex(16),
      rule: OutsideText,
      outcome: OneOf('recorded', 'known', 'purged'),
    }),
  }),
};

export type NodeEvents = typeof nodeEvents;
export type NodeEvent = EventOf<NodeEvents>;
export type NodeDraft = DraftOf<NodeEvents>;
