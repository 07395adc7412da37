/** What the network was told of a public channel; the teller is the signer. Storage formats. */
import { type DraftOf, defineEvent, type EventOf } from '../schema/event-definition.ts';
import {
  Count,
  Fields,
  Flag,
  HexUpTo,
  Maybe,
  Msat,
  NodeIdField,
  Sat,
  ShortChannelIdField,
} from '../schema/fields.ts';

export const gossipEvents = {
  PublicChannelAnnounced: defineEvent({
    says: 'A channel_announcement with its four signatures.',
    key: 'announced',
    plain: Fields({
      shortChannelId: ShortChannelIdField,
      nodeId1: NodeIdField,
      nodeId2: NodeIdField,
      capacitySat: Maybe(Sat),
      raw: HexUpTo(65_535),
    }),
  }),
  PublicFeePolicyChanged: defineEvent({
    says: 'A channel_update of one direction, signed by that end.',
    key: 'policy/{direction}/{timestamp}',
    plain: Fields({
      shortChannelId: ShortChannelIdField,
      /** 0: signed by nodeId1, 1: signed by nodeId2. */
      direction: Count,
      feeBaseMsat: Msat,
      feeProportionalMillionths: Count,
      cltvExpiryDeltaBlocks: Count,
      htlcMinimumMsat: Msat,
      htlcMaximumMsat: Maybe(Msat),
      isDisabled: Flag,
      timestamp: Count,
      raw: HexUpTo(65_535),
    }),
  }),
  PublicChannelClosed: defineEvent({
    says: 'The funding output of a public channel was seen spent.',
    key: 'closed/{height}',
    plain: Fields({ shortChannelId: ShortChannelIdField, height: Count }),
  }),
};

export type GossipEvents = typeof gossipEvents;
export type GossipEvent = EventOf<GossipEvents>;
export type GossipDraft = DraftOf<GossipEvents>;
