/** The dossier of one channel: its events, its peer's and its node's, read together (forensics/). */
import { channelProjection } from '../../../projections/channel.ts';
import { hexToBytes } from '../../lightning/bytes.ts';
import { isSecretOfPoint } from '../../lightning/keys.ts';
import { timeBoundsIn } from '../../schema/time-bounds.ts';
import {
  pointOfBroadcast,
  revocationOfBroadcast,
  type SecretProof,
} from '../forensics/broadcast.ts';
import {
  addedBy,
  type CaseEvent,
  type ClosingCase,
  closingCase,
  ofType,
  type PublishedPolicy,
} from '../forensics/case.ts';
import { type Dossier, dossierOf } from '../forensics/dossier.ts';
import type { OtherHtlc } from '../forensics/dossier-htlcs.ts';
import { type Query, QuestionError } from '../query.ts';
import { decodeEvent } from '../stored-event.ts';
import { channelStream, parseStream } from '../streams.ts';
import type { ChannelView } from '../view-types.ts';
import { channelAtMoment } from './channel-moment.ts';
import { channel } from './channels.ts';
import { companionsOf } from './companions.ts';
import type { AnswerContext } from './context.ts';
import type { HistoryContext } from './history.ts';
import { isBetween, sideOf } from './merge-policy.ts';
import { asked } from './nodes.ts';
import { eventsInOrder, queryBeside } from './window.ts';

/** Throws a QuestionError for a channel that nothing says is closing. */
export function why(context: HistoryContext, name: string, query: Query = {}): Dossier {
  const ours = asked(context, query);
  const { nodeId, channelId, streams } = channelAtMoment(context, name, ours);
  const { store } = context;
  const view = channel(context, channelId, { ...ours, nodeId });
  const { peerId, shortChannelId } = view;
  const besideStreams = [
    ...(peerId === undefined ? [] : store.streamNames(`peer-${nodeId}.${peerId}.`)),
    ...store.streamNames('node-').filter((stream) => parseStream(stream)?.nodeId === nodeId),
  ];
  const besideQuery = queryBeside(store, streams, ours);
  const closing = closingCase(
    channelId,
    eventsOf(context, streams, ours),
    eventsOf(context, besideStreams, besideQuery),
    publishedOf(context, view, besideQuery),
  );
  if (closing === undefined) {
    throw new QuestionError(
      'unknown',
      'nothing recorded says that this channel is closing or closed',
    );
  }
  const others = otherHtlcs(context, closing, nodeId, besideQuery);
  const secret = secretProof(context, closing, streams, ours);
  return dossierOf(closing, {
    nodeId,
    channelId,
    ...(shortChannelId !== undefined && { shortChannelId }),
    ...(peerId !== undefined && { peerId }),
    others,
    ...(secret && { secret }),
  });
}

/** By the gossip of the channel under any short id that it had. */
function publishedOf(
  context: AnswerContext,
  { nodeId, peerId, shortChannelIds }: ChannelView,
  query: Query,
): readonly PublishedPolicy[] {
  const companions = companionsOf(context, query);
  return shortChannelIds.flatMap((shortChannelId): readonly PublishedPolicy[] => {
    const gossip = companions.gossip(nodeId, shortChannelId);
    if (gossip === undefined || !isBetween(gossip, nodeId, peerId)) return [];
    const told = eventsOf(context, [gossip.stream], companions.queryOf(nodeId));
    return ofType(told, 'PublicFeePolicyChanged').map((event) => {
      return { side: sideOf(nodeId, event.fact.data.direction, gossip), event };
    });
  });
}

function eventsOf(
  { store }: AnswerContext,
  streams: readonly string[],
  query: Query,
): readonly CaseEvent[] {
  const all: CaseEvent[] = [];
  for (const stream of streams) {
    for (const stored of eventsInOrder(store, stream, query)) {
      const { fact, id, metadata } = decodeEvent(stored);
      // Of a type this reader does not know: it can decide nothing.
      if (fact === undefined) continue;
      const { happenedAt, blockHeight, source, evidence } = metadata;
      const bounds = timeBoundsIn(metadata);
      all.push({
        at: happenedAt,
        ...(bounds && { bounds }),
        ...(blockHeight !== undefined && { height: blockHeight }),
        eventId: id,
        source,
        evidence,
        fact,
      });
    }
  }
  // Sorting is stable: of the same time, as each teller told it.
  return streams.length < 2 ? all : all.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** Holds the revealed secret of the broadcast commitment against the point it must be behind. */
function secretProof(
  { store, openSealed }: HistoryContext,
  closing: ClosingCase,
  streams: readonly string[],
  query: Query,
): SecretProof | undefined {
  const revocation = revocationOfBroadcast(closing);
  if (revocation === undefined) return undefined;
  const known = pointOfBroadcast(closing);
  if (known === undefined) return { state: 'no-point' };
  for (const stream of streams) {
    for (const stored of eventsInOrder(store, stream, query)) {
      if (stored.id !== revocation.eventId) continue;
      const sealed = openSealed(decodeEvent(stored));
      const secret = sealed?.state === 'open' ? sealed.fields.secret : undefined;
      if (typeof secret !== 'string') return { state: 'sealed' };
      const { point, event } = known;
      const isRight = isSecretOfPoint(
        hexToBytes(secret, 'secret'),
        hexToBytes(point, 'perCommitmentPoint'),
      );
      return { state: isRight ? 'proven' : 'wrong', point: event };
    }
  }
  return undefined;
}

/** The other halves of the forwards that were in flight. */
function otherHtlcs(
  context: AnswerContext,
  closing: ClosingCase,
  nodeId: string,
  query: Query,
): readonly OtherHtlc[] {
  const incoming = closing.inFlight.flatMap((htlc): OtherHtlc[] => {
    const { direction, id, forwardOf } = htlc;
    if (forwardOf === undefined) return [];
    const of = { direction, id, channelId: forwardOf.channelId, htlcId: forwardOf.htlcId };
    return [otherHalf(context, of, 'received', nodeId, query)];
  });
  return [...incoming, ...forwardedOn(context, closing, nodeId, query)];
}

type Half = Pick<OtherHtlc, 'direction' | 'id' | 'channelId' | 'htlcId'>;

function otherHalf(
  context: AnswerContext,
  half: Half,
  direction: 'offered' | 'received',
  nodeId: string,
  query: Query,
): OtherHtlc {
  const prefix = channelStream(nodeId, half.channelId, '');
  const events = eventsOf(context, context.store.streamNames(prefix), query);
  const isIt = (data: { readonly direction: string; readonly id: number }) =>
    data.direction === direction && data.id === half.htlcId;
  const added = events.find((event) => addedBy(event).some(isIt));
  const told = added && addedBy(added).find(isIt);
  const settled = ofType(events, 'HtlcSettled').find(({ fact }) => isIt(fact.data));
  const failed = ofType(events, 'HtlcFailed').find(({ fact }) => isIt(fact.data));
  const ended = settled ?? failed;
  return {
    ...half,
    ...(told && { amountMsat: told.amountMsat, cltvExpiry: told.cltvExpiry }),
    ...(ended && { outcome: settled === undefined ? 'failed' : 'settled' }),
    events: [added, ended].flatMap((event) => event ?? []),
  };
}

/** What came in here and went out elsewhere: only the outgoing half names the incoming one. */
function forwardedOn(
  context: AnswerContext,
  closing: ClosingCase,
  nodeId: string,
  query: Query,
): readonly OtherHtlc[] {
  const received = closing.inFlight.filter(({ direction }) => direction === 'received');
  if (received.length === 0) return [];
  const found: OtherHtlc[] = [];
  for (const { row } of context.rows.all(channelProjection, { nodeId })) {
    const prefix = channelStream(nodeId, row.channelId, row.source);
    for (const { forwardOf, id: htlcId } of addedNaming(
      context,
      prefix,
      closing.channelId,
      query,
    )) {
      if (forwardOf?.channelId !== closing.channelId) continue;
      const htlc = received.find(({ id }) => id === forwardOf.htlcId);
      if (htlc === undefined || found.some(({ id }) => id === htlc.id)) continue;
      const half = { direction: htlc.direction, id: htlc.id, channelId: row.channelId, htlcId };
      found.push(otherHalf(context, half, 'offered', nodeId, query));
    }
  }
  return found;
}

/** HTLCs whose events name a channel. Looking at text first: most events of a node need not be decoded. */
function* addedNaming(
  { store }: AnswerContext,
  stream: string,
  channelId: string,
  query: Query,
): Generator<ReturnType<typeof addedBy>[number]> {
  for (const stored of eventsInOrder(store, stream, query)) {
    const { fact } = stored.data.includes(channelId) ? decodeEvent(stored) : {};
    if (fact !== undefined) yield* addedBy({ fact });
  }
}
