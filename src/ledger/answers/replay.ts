/** Which streams a replay goes through: one channel's, or all of the nodes and tellers asked for. */
import { assertPace, type Replayed, type ReplayPace, replayed } from '../forensics/replay.ts';
import { parseStream } from '../streams.ts';
import { assertMoment, channelAtMoment } from './channel-moment.ts';
import type { AnswerContext } from './context.ts';
import type { HistoryQuery } from './history.ts';
import { withoutChannelMoment } from './moments.ts';
import { asked } from './nodes.ts';
import { momentsOf } from './span.ts';

/** `name` undefined: the whole ledger, with peers, nodes and gossip. */
export function replay(
  context: AnswerContext,
  name: string | undefined,
  query: HistoryQuery,
  pace: ReplayPace,
): AsyncGenerator<Replayed> {
  assertPace(pace);
  const ours = asked(context, query);
  if (name === undefined) {
    for (const at of momentsOf(query)) withoutChannelMoment({ at });
    const { nodeId, source } = ours;
    const streams = context.store.streamNames('').filter((stream) => {
      const known = parseStream(stream);
      const isNode = nodeId === undefined || known?.nodeId === nodeId;
      return isNode && (source === undefined || known?.source === source);
    });
    return replayed(context.store, streams, ours, pace);
  }
  const { streams } = channelAtMoment(context, name, ours);
  for (const moment of momentsOf(query)) assertMoment(context.store, streams, moment);
  return replayed(context.store, streams, ours, pace);
}
