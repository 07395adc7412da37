/** Streams that a cluster has lost the beginning of: nothing of them can be folded or checked. */
import type { LocalStore } from '../../store/event-store.ts';
import type { Query } from '../query.ts';
import { replicaGaps } from '../replica-gaps.ts';
import { parseStream } from '../streams.ts';
import type { ProblemView } from '../view-types.ts';
import { present } from './tellers.ts';

const COPY_BACK =
  'copy the ledger from where it is whole (another replica, a backup) into another ledger of the cluster with "copy", ' +
  'and follow that one; a stream cannot be given back its beginning';

/** One for each stream, as its replica met it. */
export function truncatedStreams(
  store: LocalStore,
  { nodeId, source }: Query,
): readonly ProblemView[] {
  const gaps = replicaGaps({ getMeta: (key) => store.getMeta(key) });
  return [...gaps].flatMap(([stream, { revision, at }]): readonly ProblemView[] => {
    const name = parseStream(stream);
    if (nodeId !== undefined && name?.nodeId !== nodeId) return [];
    if (source !== undefined && name?.source !== source) return [];
    const here = (store.streamHead(stream)?.revision ?? -1) + 1;
    const missing = `revisions ${here} to ${revision - 1} are gone from the cluster (truncated)`;
    return [
      {
        kind: 'gap',
        rule: 'stream-whole',
        subject: stream,
        ...present({
          channelId: name?.category === 'channel' ? name.subjectId : undefined,
          nodeId: name?.nodeId,
        }),
        count: 1,
        firstAt: at,
        lastAt: at,
        detail: `${missing}: the stream stays out of the replica from there on`,
        whatToDo: COPY_BACK,
      },
    ];
  });
}
