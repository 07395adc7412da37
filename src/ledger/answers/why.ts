/** The dossier of one channel: its events, its peer's and its node's, read together (forensics/). */
import { hexToBytes } from '../../lightning/bytes.ts';
import { isSecretOfPoint } from '../../lightning/keys.ts';
import {
  pointOfBroadcast,
  revocationOfBroadcast,
  type SecretProof,
} from '../forensics/broadcast.ts';
import { type ClosingCase, ofType, type PublishedPolicy } from '../forensics/case.ts';
import { closingCase } from '../forensics/closing-case.ts';
import { type Dossier, dossierOf } from '../forensics/dossier.ts';
import { type Query, QuestionError } from '../query.ts';
import { Slices } from '../slices.ts';
import { decodeEvent } from '../stored-event.ts';
import { parseStream } from '../streams.ts';
import type { ChannelView } from '../view-types.ts';
import { caseEvents, type Reading } from './case-events.ts';
import { channelAtMoment } from './channel-moment.ts';
import { channel } from './channels.ts';
import { companionsOf } from './companions.ts';
import type { HistoryContext } from './history.ts';
import { eventsInParts } from './in-parts.ts';
import { isBetween, sideOf } from './merge-policy.ts';
import { asked } from './nodes.ts';
import { otherHalves } from './other-halves.ts';
import { cutOfStream, queryBeside } from './window.ts';

/** What a dossier tells of the peer and the node: of all that a node pays and forwards, it needs nothing. */
const TOLD_BESIDE = ['PeerConnected', 'PeerDisconnected', 'PeerMessage', 'FeerateEstimated'];

export interface WhyQuery extends Query {
  /** Ends the reading, which then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Gives others their turn as it reads. Throws a QuestionError for a channel that nothing says is closing. */
export async function why(
  context: HistoryContext,
  name: string,
  { signal, ...query }: WhyQuery = {},
): Promise<Dossier> {
  const ours = asked(context, query);
  const { nodeId, channelId, streams } = channelAtMoment(context, name, ours);
  const { store } = context;
  const view = channel(context, channelId, { ...ours, nodeId });
  const { peerId, shortChannelId } = view;
  const besideStreams = [
    ...(peerId === undefined ? [] : store.streamNames(`peer-${nodeId}.${peerId}.`)),
    ...store.streamNames('node-').filter((stream) => parseStream(stream)?.nodeId === nodeId),
  ];
  const slices = new Slices(signal);
  const reading = { store, query: ours, slices };
  const beside = { store, query: queryBeside(store, streams, ours), slices };
  const closing = closingCase(
    channelId,
    await caseEvents(reading, streams),
    await caseEvents(beside, besideStreams, { types: TOLD_BESIDE }),
    await publishedOf(context, view, beside),
  );
  if (closing === undefined) {
    throw new QuestionError(
      'unknown',
      'nothing recorded says that this channel is closing or closed',
    );
  }
  const others = await otherHalves(beside, closing, nodeId);
  const secret = await secretProof(context, closing, streams, reading);
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
async function publishedOf(
  context: HistoryContext,
  { nodeId, peerId, shortChannelIds }: ChannelView,
  { store, query, slices }: Reading,
): Promise<readonly PublishedPolicy[]> {
  const companions = companionsOf(context, query);
  const types = ['PublicFeePolicyChanged'];
  const published: PublishedPolicy[] = [];
  for (const shortChannelId of shortChannelIds) {
    const gossip = companions.gossip(nodeId, shortChannelId);
    if (gossip === undefined || !isBetween(gossip, nodeId, peerId)) continue;
    const reading = { store, query: companions.queryOf(nodeId), slices };
    const told = await caseEvents(reading, [gossip.stream], { types });
    for (const event of ofType(told, 'PublicFeePolicyChanged')) {
      published.push({ side: sideOf(nodeId, event.fact.data.direction, gossip), event });
    }
  }
  return published;
}

/** Holds the revealed secret of the broadcast commitment against the point it must be behind. */
async function secretProof(
  { openSealed }: HistoryContext,
  closing: ClosingCase,
  streams: readonly string[],
  { store, query, slices }: Reading,
): Promise<SecretProof | undefined> {
  const revocation = revocationOfBroadcast(closing);
  if (revocation === undefined) return undefined;
  const known = pointOfBroadcast(closing);
  if (known === undefined) return { state: 'no-point' };
  const types = ['CommitmentRevoked'];
  for (const stream of streams) {
    const cut = cutOfStream(store, stream, query);
    if (cut === undefined) continue;
    for await (const stored of eventsInParts(store, stream, cut, slices, { types })) {
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
