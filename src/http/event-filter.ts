/** Which streams a client of `/events` asked for. */
import { QuestionError } from '../ledger/query.ts';
import { parseStream } from '../ledger/streams.ts';
import type { ChannelView } from '../ledger/view-types.ts';
import type { ServedLedger } from './served-ledger.ts';

interface Wanted {
  readonly channel?: string | undefined;
  readonly peer?: string | undefined;
}

/**
 * A channel: its own events, by whichever teller, and its gossip. A peer: its own events, those of its
 * channels, one that is opened later too, and their gossip. Throws a QuestionError for a channel that is not known.
 */
export function wantedStreams(
  ledger: ServedLedger,
  { channel, peer }: Wanted,
): (stream: string) => boolean {
  const ofChannel = channel === undefined ? () => true : channelStreams(ledger, channel);
  const ofPeer = peer === undefined ? () => true : peerStreams(ledger, peer);
  return (stream) => ofChannel(stream) && ofPeer(stream);
}

function channelStreams(ledger: ServedLedger, name: string): (stream: string) => boolean {
  const { channelId, shortChannelIds } = channelCalled(ledger, name);
  const names = new Set<string>(shortChannelIds);
  /** Whose account of it has grown since its names were looked up: it may have got a new one. */
  const grown = new Set<string>();
  const learn = () => {
    for (const nodeId of grown) {
      for (const one of rowOf(ledger, channelId, nodeId)?.shortChannelIds ?? []) names.add(one);
    }
    grown.clear();
  };
  return (stream) => {
    const parsed = parseStream(stream);
    if (parsed?.category === 'channel') {
      if (parsed.subjectId !== channelId) return false;
      grown.add(parsed.nodeId);
      return true;
    }
    if (parsed?.category !== 'gossip') return false;
    if (!names.has(parsed.subjectId)) learn();
    return names.has(parsed.subjectId);
  };
}

/** Both ends of a channel may be recorded here: its whole name means what both tell of it. */
function channelCalled(ledger: ServedLedger, name: string): ChannelView {
  const called = [...ledger.channels(), ...ledger.closed()].find(
    ({ channelId, shortChannelIds, outpoints }) =>
      [channelId, ...shortChannelIds, ...outpoints].some((one) => one === name),
  );
  return called ?? ledger.channel(name);
}

function peerStreams(ledger: ServedLedger, peerId: string): (stream: string) => boolean {
  const known = new Map<string, boolean>();
  const names = new Set<string>();
  /** Whose names were not looked at since it last told something: it may have got a new one. */
  const grown = new Map<string, { readonly channelId: string; readonly nodeId: string }>();
  for (const view of [...ledger.channels(), ...ledger.closed()]) {
    if (view.peerId === peerId) for (const name of view.shortChannelIds) names.add(name);
  }
  const learn = () => {
    for (const { channelId, nodeId } of grown.values()) {
      for (const one of rowOf(ledger, channelId, nodeId)?.shortChannelIds ?? []) names.add(one);
    }
    grown.clear();
  };
  return (stream) => {
    const parsed = parseStream(stream);
    if (parsed?.category === 'peer') return parsed.subjectId === peerId;
    if (parsed?.category === 'gossip') {
      if (!names.has(parsed.subjectId)) learn();
      return names.has(parsed.subjectId);
    }
    if (parsed?.category !== 'channel') return false;
    const { subjectId: channelId, nodeId } = parsed;
    const itsPeer = known.has(stream) ? undefined : rowOf(ledger, channelId, nodeId)?.peerId;
    // Whose it is may be told after its first event: until then it is asked again.
    if (itsPeer !== undefined) known.set(stream, itsPeer === peerId);
    const isIts = known.get(stream) ?? false;
    if (isIts) grown.set(stream, { channelId, nodeId });
    return isIts;
  };
}

function rowOf(ledger: ServedLedger, channelId: string, nodeId: string): ChannelView | undefined {
  try {
    return ledger.channel(channelId, { nodeId });
  } catch (error) {
    if (!(error instanceof QuestionError)) throw error;
    return undefined;
  }
}
