/** The channels that are open, those that are not, and one by its name (DESIGN §9). */
import { channelProjection } from '../../../projections/channel.ts';
import type { ChannelRow } from '../../../projections/channel-row.ts';
import { type Query, QuestionError } from '../query.ts';
import type { ChannelView, ClosedView } from '../view-types.ts';
import { channelAtMoment } from './channel-moment.ts';
import { type Companions, companionsOf } from './companions.ts';
import type { AnswerContext } from './context.ts';
import { datedClose } from './dated-close.ts';
import { datedFunding, isThereBy } from './dated-funding.ts';
import { mergeChannel, mergeNames } from './merge.ts';
import { withoutChannelMoment } from './moments.ts';
import { asked } from './nodes.ts';
import { markedAt } from './only-placed.ts';
import { compareText, groupedBy } from './tellers.ts';
import { untoldThen } from './untold-then.ts';
import { queryBeside } from './window.ts';

/**
 * Pending, open and closing channels: those whose funding is not known to be spent. Oldest first. As of a time
 * also those that were met later and may have been open by then (`isUntoldThen`).
 */
export function channels(context: AnswerContext, query: Query = {}): readonly ChannelView[] {
  const told = allChannels(context, query);
  return [...told, ...untold(context, query, told)]
    .filter(isOpen)
    .map((channel) => markedAt(channel, query))
    .sort((a, b) => compareChannels(a, b, (channel) => channel.openedAt));
}

/** Those of which only what was recorded of a later time tells that they may have been open. */
function untold(
  context: AnswerContext,
  query: Query,
  told: readonly ChannelView[],
): readonly ChannelView[] {
  const { at, ...always } = query;
  if (at?.kind !== 'time') return [];
  const known = new Set(told.map(keyOf));
  const companions = companionsOf(context, always);
  const isOther = (row: ChannelRow) => !known.has(keyOf(row));
  return allChannels(context, always, isOther).flatMap((now) => {
    return untoldThen(now, at.timeNs, () => companions.blocks(now.nodeId)) ?? [];
  });
}

const keyOf = ({ nodeId, channelId }: Pick<ChannelView, 'nodeId' | 'channelId'>) =>
  `${nodeId}.${channelId}`;

/** Channels whose funding is spent. In the order in which they closed. */
export function closed(context: AnswerContext, query: Query = {}): readonly ClosedView[] {
  return allChannels(context, query)
    .filter((channel) => !isOpen(channel))
    .map((channel) => ({ ...channel, close: channel.close ?? { outputs: [] } }))
    .map((channel) => markedAt(channel, query))
    .sort((a, b) => compareChannels(a, b, (channel) => channel.close.closedAt));
}

/** All channels of the ledger, each recording node's view by itself, in no order; or those that are wanted. */
export function allChannels(
  context: AnswerContext,
  query: Query = {},
  isWanted: (row: ChannelRow) => boolean = () => true,
): readonly ChannelView[] {
  const ours = asked(context, withoutChannelMoment(query));
  const companions = companionsOf(context, ours);
  const all = context.rows.all(channelProjection, ours).map(({ row }) => row);
  const rows = all.filter((row) => isWanted(row) && isThere(row, ours, companions));
  const byChannel = groupedBy(rows, keyOf);
  return [...byChannel.values()].map((tellers) => viewOf(tellers, companions));
}

export function isOpen({ status }: Pick<ChannelView, 'status'>): boolean {
  return status !== 'closed' && status !== 'resolved';
}

/** One channel, by any of its names, now or as of any moment of it. Throws a QuestionError. */
export function channel(context: AnswerContext, name: string, query: Query = {}): ChannelView {
  const ours = asked(context, query);
  const { streams } = channelAtMoment(context, name, ours);
  const beside = queryBeside(context.store, streams, ours);
  const companions = companionsOf(context, beside);
  const all = streams.flatMap((stream) => {
    return context.rows.one(channelProjection, stream, ours)?.row ?? [];
  });
  const rows = all.filter((row) => isThere(row, ours, companions));
  if (rows.length === 0) {
    throw new QuestionError('unknown', `of channel "${name}" nothing is known as of that moment`);
  }
  return markedAt(viewOf(rows, companions), query);
}

/** What was placed before the block that it is known from was not there at a time before that block. */
function isThere(row: ChannelRow, { at }: Query, companions: Companions): boolean {
  return at?.kind !== 'time' || isThereBy(row, at.timeNs, () => companions.blocks(row.nodeId));
}

/** What the tellers of one channel say, merged with what stands beside it. At least one teller. */
export function viewOf(
  tellers: readonly Readonly<ChannelRow>[],
  companions: Pick<Companions, 'blocks' | 'gossip' | 'alias' | 'forwarded'>,
): ChannelView {
  // Who the peer is and what the channel is called is merged first: the companions go by it.
  const { nodeId, channelId, peerId, shortChannelId } = mergeNames(tellers);
  const blocks = () => companions.blocks(nodeId);
  return mergeChannel({
    rows: tellers.map((row) => datedFunding(datedClose(row, blocks), blocks)),
    gossip: companions.gossip(nodeId, shortChannelId),
    peerAlias: peerId === undefined ? undefined : companions.alias(nodeId, peerId),
    forwarded: companions.forwarded(nodeId, channelId),
  });
}

function compareChannels<V extends ChannelView>(
  a: V,
  b: V,
  time: (channel: V) => string | undefined,
): number {
  return (
    compareText(time(a) ?? '', time(b) ?? '') ||
    compareText(a.channelId, b.channelId) ||
    compareText(a.nodeId, b.nodeId)
  );
}
