/** When each node was listened to, and who listened: what the record covers. */

import { nodeProjection } from '../../../projections/node.ts';
import type { NodeRow } from '../../../projections/node-row.ts';
import type { Query } from '../query.ts';
import type { AnswerContext } from './context.ts';
import { withoutChannelMoment } from './moments.ts';
import { asked } from './nodes.ts';
import { present } from './tellers.ts';

/** One recording node as one source tells it. */
export interface RecordingsView
  extends Pick<
    NodeRow,
    'nodeId' | 'source' | 'isRecording' | 'recordings' | 'recordingCount' | 'lists'
  > {
  readonly alias?: string;
  readonly firstRecordedAt?: string;
  readonly lastEventAt?: string;
}

/** By node and source. The newest recordings of each, oldest first. */
export function recordings(context: AnswerContext, query: Query = {}): readonly RecordingsView[] {
  const ours = asked(context, withoutChannelMoment(query));
  return context.rows.all(nodeProjection, ours).map(({ row }) => {
    const { nodeId, source, isRecording, lists } = row;
    const { alias, firstRecordedAt, lastEventAt } = row;
    return {
      nodeId,
      source,
      ...present({ alias, firstRecordedAt, lastEventAt }),
      isRecording,
      recordings: row.recordings,
      recordingCount: row.recordingCount,
      lists,
    };
  });
}
