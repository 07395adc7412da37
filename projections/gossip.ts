/** A public channel as the network was told of it: whose it is, and what each end asks for. */
import type { Static } from 'typebox';
import type { GossipEvent } from '../src/gossip/events.ts';
import type { ShortChannelId } from '../src/lightning/ids.ts';
import { codecOf } from '../src/schema/codec.ts';
import {
  Count,
  Flag,
  ListOf,
  Maybe,
  Msat,
  NodeIdField,
  Sat,
  ShortChannelIdField,
  Time,
} from '../src/schema/fields.ts';
import { TimeBounds } from '../src/schema/time-bounds.ts';
import { isNewPolicy } from './new-policy.ts';
import type { Projection } from './projection.ts';
import { copied, RowFields } from './row-fields.ts';

export const GossipPolicyRow = RowFields({
  /** 0: signed by nodeId1, 1: signed by nodeId2. */
  direction: Count,
  feeBaseMsat: Msat,
  feeProportionalMillionths: Count,
  cltvExpiryDeltaBlocks: Count,
  htlcMinimumMsat: Msat,
  htlcMaximumMsat: Maybe(Msat),
  isDisabled: Flag,
  timestamp: Count,
  at: Time,
});

export const GossipRow = RowFields({
  shortChannelId: ShortChannelIdField,
  nodeId1: Maybe(NodeIdField),
  nodeId2: Maybe(NodeIdField),
  capacitySat: Maybe(Sat),
  announcedAt: Maybe(Time),
  /** The newest of each direction, by direction. */
  policies: ListOf(GossipPolicyRow),
  closedHeight: Maybe(Count),
  closedAt: Maybe(Time),
  lastEventAt: Maybe(Time),
  lastEventAtBounds: Maybe(copied(TimeBounds)),
  eventCount: Count,
});
export type GossipRow = Static<typeof GossipRow>;
export type GossipPolicyRow = Static<typeof GossipPolicyRow>;

export const gossipProjection: Projection<GossipRow, GossipEvent> = {
  name: 'gossip',
  version: 1,
  category: 'gossip',
  initial: ({ subjectId }) => ({
    shortChannelId: subjectId as ShortChannelId,
    policies: [],
    eventCount: 0,
  }),
  codec: codecOf('gossip row', GossipRow),
  readsUpTo: { PublicChannelAnnounced: 'capacitySat', PublicFeePolicyChanged: 'timestamp' },
  on: {
    PublicChannelAnnounced(row, { data, happenedAt }) {
      row.nodeId1 = data.nodeId1;
      row.nodeId2 = data.nodeId2;
      row.announcedAt = happenedAt;
      if (data.capacitySat !== undefined) row.capacitySat = data.capacitySat;
    },
    PublicFeePolicyChanged(row, { data, happenedAt }) {
      const known = row.policies.find((policy) => policy.direction === data.direction);
      const policy = policyRow(data, happenedAt);
      if (!isNewPolicy(policy, known)) return;
      const others = row.policies.filter((policy) => policy.direction !== data.direction);
      row.policies = [...others, policy].sort((a, b) => a.direction - b.direction);
    },
    PublicChannelClosed(row, { data, happenedAt }) {
      row.closedHeight = data.height;
      row.closedAt = happenedAt;
    },
  },
};

type Policy = Extract<GossipEvent, { readonly type: 'PublicFeePolicyChanged' }>['data'];

function policyRow(data: Policy, at: string): GossipPolicyRow {
  const { direction, feeBaseMsat, feeProportionalMillionths, cltvExpiryDeltaBlocks } = data;
  const { htlcMinimumMsat, htlcMaximumMsat, isDisabled, timestamp } = data;
  return {
    direction,
    feeBaseMsat,
    feeProportionalMillionths,
    cltvExpiryDeltaBlocks,
    htlcMinimumMsat,
    ...(htlcMaximumMsat !== undefined && { htlcMaximumMsat }),
    isDisabled,
    timestamp,
    at,
  };
}
