/** A channel as one source tells it: open view, lifetime totals and close summary in one row. */
import type { ChannelEvent } from '../src/channel/events.ts';
import type { ChannelId, NodeId } from '../src/lightning/ids.ts';
import { balanceHandlers } from './channel-balances.ts';
import { closeHandlers } from './channel-close.ts';
import { fundingHandlers } from './channel-funding.ts';
import { gapHandlers } from './channel-gaps.ts';
import { htlcHandlers } from './channel-htlcs.ts';
import { lifecycleHandlers } from './channel-lifecycle.ts';
import { type ChannelRow, channelRowCodec } from './channel-row.ts';
import type { Projection, StreamSubject } from './projection.ts';

export const channelProjection: Projection<ChannelRow, ChannelEvent> = {
  name: 'channel',
  version: 7,
  category: 'channel',
  initial,
  codec: channelRowCodec,
  readsUpTo: {
    ChannelAnnounced: 'shortChannelId',
    CommitmentUpdated: 'unknownHtlcs',
    FeePolicyChanged: 'timestamp',
  },
  on: {
    ...lifecycleHandlers,
    ...fundingHandlers,
    ...htlcHandlers,
    ...balanceHandlers,
    ...gapHandlers,
    ...closeHandlers,
  },
};

function initial({ nodeId, subjectId, source }: StreamSubject): ChannelRow {
  return {
    nodeId: nodeId as NodeId,
    channelId: subjectId as ChannelId,
    source,
    status: 'unknown',
    isAdopted: false,
    isPurged: false,
    outpoints: [],
    shortChannelIds: [],
    channelType: 'unknown',
    localTerms: {},
    remoteTerms: {},
    candidates: [],
    htlcs: [],
    totals: {
      sentMsat: 0n,
      sentCount: 0,
      receivedMsat: 0n,
      receivedCount: 0,
      forwardedMsat: 0n,
      forwardedCount: 0,
      feesEarnedMsat: 0n,
      failedCount: 0,
      isAtLeast: false,
    },
    gaps: [],
    eventCount: 0,
  };
}
