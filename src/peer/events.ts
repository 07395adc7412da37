/** The facts of one peer of a recording node, as one source tells them. Storage formats. */

import { type DraftOf, defineEvent, type EventOf } from '../schema/event-definition.ts';
import {
  ChannelIdField,
  Count,
  Fields,
  Flag,
  HexUpTo,
  Maybe,
  OneOf,
  OutsideText,
  Sat,
} from '../schema/fields.ts';

export const peerEvents = {
  PeerConnected: defineEvent({
    says: 'The connection to the peer stands.',
    key: 'connected/{observation}',
    plain: Fields({ isInbound: Flag, features: Maybe(HexUpTo(256)), address: Maybe(OutsideText) }),
  }),
  PeerDisconnected: defineEvent({
    says: 'The connection to the peer is gone.',
    key: 'disconnected/{observation}',
    plain: Fields({ why: Maybe(OutsideText) }),
  }),
  PeerFeaturesChanged: defineEvent({
    says: 'The peer announces other features than before.',
    key: 'features/{observation}',
    plain: Fields({ features: HexUpTo(256) }),
  }),
  PeerRenamed: defineEvent({
    says: 'The peer goes by another alias.',
    key: 'renamed/{observation}',
    plain: Fields({ alias: OutsideText, raw: Maybe(HexUpTo(65_535)) }),
  }),
  PeerMessage: defineEvent({
    says: 'An error, a warning or a reestablish was sent or received.',
    key: 'message/{observation}',
    plain: Fields({
      kind: OneOf('error', 'warning', 'reestablish'),
      direction: OneOf('received', 'sent'),
      channelId: Maybe(ChannelIdField),
      text: OutsideText,
      nextLocalCommitment: Maybe(Count),
      nextRemoteRevocation: Maybe(Count),
    }),
  }),
  ChannelOpenRefused: defineEvent({
    says: 'A channel was proposed and refused.',
    key: 'refused/{observation}',
    plain: Fields({
      by: OneOf('local', 'remote'),
      rule: OutsideText,
      fundingSat: Maybe(Sat),
      minimumSat: Maybe(Sat),
      text: OutsideText,
    }),
  }),
};

export type PeerEvents = typeof peerEvents;
export type PeerEvent = EventOf<PeerEvents>;
export type PeerDraft = DraftOf<PeerEvents>;
