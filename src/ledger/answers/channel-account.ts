/** Everything about one channel in one answer: what `show` prints, and a page of a channel shows. */
import { timeNsOf } from '../../schema/time.ts';
import type { Query } from '../query.ts';
import type {
  BalancePoint,
  ChannelView,
  FeeChangeView,
  ForwardView,
  PeerView,
} from '../view-types.ts';

/** All that `show` prints, asked for at one moment. */
export interface ChannelAccount {
  readonly channel: ChannelView;
  readonly peer: PeerView | undefined;
  readonly feeChanges: readonly FeeChangeView[];
  readonly forwards: readonly ForwardView[];
  readonly balances: readonly BalancePoint[];
}

interface Asked {
  channel(name: string, query?: Query): ChannelView;
  peers(query?: Query): readonly PeerView[];
  fees(name?: string, query?: Query): readonly FeeChangeView[];
  forwards(query?: Query): readonly ForwardView[];
  balances(name: string, query?: Query): readonly BalancePoint[];
}

export function channelAccount(ledger: Asked, name: string, query: Query): ChannelAccount {
  const channel = ledger.channel(name, query);
  const { channelId, nodeId, peerId } = channel;
  const ours = { ...query, nodeId };
  // The other questions know no moment that counts one channel's events: they take its time.
  const wide = { ...ours, ...momentForOthers(query, channel) };
  const peers = ledger.peers(wide);
  return {
    channel,
    peer: peers.find((peer) => peer.nodeId === nodeId && peer.peerId === peerId),
    feeChanges: ledger.fees(channelId, ours),
    forwards: ledger.forwards(wide).filter((forward) => {
      return forward.incomingChannelId === channelId || forward.outgoingChannelId === channelId;
    }),
    balances: ledger.balances(channelId, ours),
  };
}

/** What happened by a channel's own moment, said as a time, which is a moment for everything. */
function momentForOthers({ at }: Query, { lastEventAt }: ChannelView): Pick<Query, 'at'> {
  if (at?.kind !== 'revision' && at?.kind !== 'commitment') return at === undefined ? {} : { at };
  if (lastEventAt === undefined) return {};
  return { at: { kind: 'time', timeNs: timeNsOf(lastEventAt) } };
}
