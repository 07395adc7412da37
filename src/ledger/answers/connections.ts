/** When a channel's peer came and went, as its node recorded it. */
import type { Query } from '../query.ts';
import { decodeEvent } from '../stored-event.ts';
import { channelAtMoment } from './channel-moment.ts';
import { channel } from './channels.ts';
import type { AnswerContext } from './context.ts';
import { asked } from './nodes.ts';
import { compareText } from './tellers.ts';
import { eventsInOrder, queryBeside } from './window.ts';

export interface ConnectionView {
  readonly at: string;
  readonly isConnected: boolean;
  /** Why the connection ended, as the teller has it. Outside text. */
  readonly why?: string;
  readonly eventId: string;
}

/** Oldest first. None where nobody knows who the peer is. */
export function connections(
  context: AnswerContext,
  name: string,
  query: Query = {},
): readonly ConnectionView[] {
  const ours = asked(context, query);
  const { nodeId, channelId, streams } = channelAtMoment(context, name, ours);
  const { peerId } = channel(context, channelId, { ...ours, nodeId });
  if (peerId === undefined) return [];
  const beside = queryBeside(context.store, streams, ours);
  const ofPeer = context.store.streamNames(`peer-${nodeId}.${peerId}.`);
  const all = ofPeer.flatMap((stream) => [...connectionsIn(context, stream, beside)]);
  return all.sort((a, b) => compareText(a.at, b.at));
}

function* connectionsIn(
  { store }: AnswerContext,
  stream: string,
  query: Query,
): Generator<ConnectionView> {
  for (const event of eventsInOrder(store, stream, query)) {
    if (event.type !== 'PeerConnected' && event.type !== 'PeerDisconnected') continue;
    const { fact, id, metadata } = decodeEvent(event);
    const why = fact?.type === 'PeerDisconnected' ? fact.data.why : undefined;
    yield {
      at: metadata.happenedAt,
      isConnected: event.type === 'PeerConnected',
      ...(why !== undefined && { why }),
      eventId: id,
    };
  }
}
