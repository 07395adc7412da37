/** Which channels an event can change: its own, its peer's, those that its node forwarded over. Pure. */
import type { Told } from './told.ts';

/** What a channel is found by in the names of streams, and in forwards. */
export interface Touchable {
  readonly nodeId: string;
  readonly channelId: string;
  /** Undefined where no source told it: then it may be any. */
  readonly peerId?: string;
  readonly shortChannelIds: readonly string[];
}

/** Says of any channel whether the event can change what is shown of it. */
export function touchesOf({ stream, type, ends }: Told): (channel: Touchable) => boolean {
  const [, category, first = '', second = ''] = STREAM.exec(stream) ?? [];
  switch (category) {
    case 'channel':
      return ({ nodeId, channelId }) => nodeId === first && channelId === second;
    case 'peer':
      return ({ nodeId, peerId }) => nodeId === first && (peerId ?? second) === second;
    case 'gossip':
      return ({ shortChannelIds }) => shortChannelIds.includes(second);
    case 'node':
      if (OF_NO_CHANNEL.has(type)) return () => false;
      return (channel) => {
        // The name of a peer may be what it says of itself, where it is recorded as well.
        if (channel.nodeId !== second) return channel.peerId === second;
        return ends === undefined || ends.length === 0 || ends.some((end) => isOf(end, channel));
      };
    default:
      return () => true;
  }
}

/** Whether any of the events can change it. */
export function touchesAny(told: readonly Told[], channel: Touchable): boolean {
  return told.some((one) => touchesOf(one)(channel));
}

const STREAM = /^(channel|peer|node|gossip)-([^.]+)\.([^.]+)/;

/**
 * What a node pays, is paid and is told of feerates is in no row of a channel. What rebalancing cost rests on
 * payments: it is no part of these rows, and asked for by itself (parts/costs.ts).
 */
const OF_NO_CHANNEL: ReadonlySet<string> = new Set([
  'PaymentSent',
  'PaymentFailed',
  'PaymentReceived',
  'FeerateEstimated',
]);

const isOf = (end: string, { channelId, shortChannelIds }: Touchable) =>
  end === channelId || shortChannelIds.includes(end);
