/**
 * Channels that may have been open at a time of which nothing tells them: a record that begins later (a list, a
 * database's copy) tells that they were opened, and not when. They are not left out, and no balance is made up.
 */
import { channelProjection } from '../../../projections/channel.ts';
import type { ChannelRow } from '../../../projections/channel-row.ts';
import type { BlockTimes } from '../../lightning/block-times.ts';
import { timeNsOf } from '../../schema/time.ts';
import type { TimeBounds } from '../../schema/time-bounds.ts';
import type { ChannelView } from '../view-types.ts';
import { fundingHeight } from './dated-funding.ts';
import { mergeChannel } from './merge.ts';
import { present } from './tellers.ts';

/**
 * The channel as of the time, by what all of the record tells of it: `open` where its funding was in a block by
 * then and its end came later, `unknown` where one of the two may lie on either side. Undefined where it was not
 * there yet, or was closed, or its opening has a time of its own.
 */
export function untoldThen(
  now: ChannelView,
  timeNs: bigint,
  blocks: () => BlockTimes,
): ChannelView | undefined {
  if (!now.isAdopted || now.openedAt !== undefined || now.close?.kind === 'funding-cancelled') {
    return undefined;
  }
  const wasOpened = openedBy(now, timeNs, blocks);
  const wasClosed = closedBy(now, timeNs);
  if (wasOpened === 'no' || wasClosed === 'yes') return undefined;
  const isSure = wasOpened === 'yes' && wasClosed === 'no';
  return { ...blank(now, isSure ? 'open' : 'unknown'), isUntoldThen: true };
}

type Answer = 'yes' | 'no' | 'maybe';

function openedBy(now: ChannelView, timeNs: bigint, blocks: () => BlockTimes): Answer {
  const height = fundingHeight(now);
  if (height === undefined) return 'maybe';
  const { timeNs: placedNs, isExact, notBeforeNs, notAfterNs } = blocks().at(height);
  if (isExact) return placedNs <= timeNs ? 'yes' : 'no';
  if (notAfterNs !== undefined && notAfterNs <= timeNs) return 'yes';
  return notBeforeNs !== undefined && notBeforeNs > timeNs ? 'no' : 'maybe';
}

function closedBy({ status, close }: ChannelView, timeNs: bigint): Answer {
  if (status !== 'closed' && status !== 'resolved') return 'no';
  if (close?.closedAt === undefined) return 'maybe';
  const { notBefore, notAfter } = boundsOf(close.closedAt, close.closedAtBounds);
  if (notAfter !== undefined && timeNsOf(notAfter) <= timeNs) return 'yes';
  return notBefore !== undefined && timeNsOf(notBefore) > timeNs ? 'no' : 'maybe';
}

function boundsOf(at: string, bounds: TimeBounds | undefined): TimeBounds {
  return bounds ?? { notBefore: at, notAfter: at };
}

/** What never changes of a channel; after a splice its funding is not what it was. */
function blank(now: ChannelView, status: ChannelRow['status']): ChannelView {
  const { nodeId, channelId, shortChannelId, shortChannelIds, channelType, outpoints } = now;
  const [fundingOutpoint, second] = outpoints;
  const source = now.sources[0] ?? '';
  const subject = { stream: '', nodeId, subjectId: channelId, source };
  const row = channelProjection.initial(subject);
  const isSpliced = second !== undefined;
  const view = mergeChannel({
    rows: [
      {
        ...row,
        status,
        isAdopted: true,
        channelType,
        shortChannelIds: [...shortChannelIds],
        ...present({ peerId: now.peerId, opener: now.opener, isPrivate: now.isPrivate }),
        ...(!isSpliced && {
          outpoints: [...outpoints],
          ...present({ fundingOutpoint, shortChannelId, capacitySat: now.capacitySat }),
        }),
        totals: { ...row.totals, isAtLeast: true },
      },
    ],
    peerAlias: now.peerAlias,
  });
  return { ...view, sources: now.sources };
}
