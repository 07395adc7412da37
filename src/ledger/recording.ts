/** A recorder's turn at a node: when it began to listen, when it stopped, and the gap between two turns. */
import { channelProjection } from '../../projections/channel.ts';
import { nodeProjection } from '../../projections/node.ts';
import type { NodeRow } from '../../projections/node-row.ts';
import { ChannelId, NodeId } from '../lightning/ids.ts';
import type { Observation } from '../observation/observation.ts';
import type { RecordReport } from './recorder.ts';
import type { Rows } from './rows.ts';
import { nodeStream, parseStream } from './streams.ts';

export interface RecordedNode {
  readonly nodeId: string;
  readonly chain: string;
  readonly source: string;
  /** What listens, in a few words. */
  readonly recorder: string;
  readonly alias?: string;
  /** Its records hold what happened while nobody listened: they tell it, and there is no gap. */
  readonly tellsItsPast?: boolean;
}

export interface Recording {
  /** Channels that have a gap since the last turn. */
  readonly gaps: number;
  /** Says that nothing more will come, and why. */
  stop(why: string): Promise<void>;
}

export interface RecordingPorts {
  readonly rows: Rows;
  readonly nowNs: () => bigint;
  readonly record: (observations: readonly Observation[]) => Promise<RecordReport>;
}

export async function beginRecording(
  ports: RecordingPorts,
  node: RecordedNode,
): Promise<Recording> {
  const { chain, recorder, alias, tellsItsPast } = node;
  const nodeId = NodeId(node.nodeId);
  const header = () => {
    const nowNs = ports.nowNs();
    return {
      chain,
      nodeId,
      source: node.source,
      happenedAtNs: nowNs,
      timeBasis: 'recorded' as const,
      recordedAtNs: nowNs,
      evidence: `recorder/${recorder}`,
      key: `recorder-${nowNs}`,
    };
  };
  const since = lastRecordedAt(ports.rows, node);
  const isGap = since !== undefined && node.tellsItsPast !== true;
  const gaps = isGap ? openChannels(ports.rows, node) : [];
  const why = `nothing was recorded from ${since} on until the recorder was started again`;
  await ports.record([
    {
      ...header(),
      about: 'node',
      fact: {
        type: 'RecordingStarted',
        data: {
          recorder,
          ...(alias !== undefined && { alias }),
          ...(tellsItsPast === true && { tellsItsPast }),
        },
      },
    },
    ...gaps.map((channelId): Observation => {
      const fact = { type: 'RecordingGap', data: { what: 'recorder-off', why } } as const;
      return { ...header(), about: 'channel', channelId: ChannelId(channelId), fact };
    }),
  ]);
  return {
    gaps: gaps.length,
    async stop(reason) {
      const fact = { type: 'RecordingStopped', data: { why: reason } } as const;
      const blockHeight = nodeRow(ports.rows, node)?.bestHeight;
      const height = blockHeight === undefined ? {} : { blockHeight };
      await ports.record([{ ...header(), ...height, about: 'node', fact }]);
    },
  };
}

/** When the node's stream was last written to: a recorder that was killed said no goodbye. */
function lastRecordedAt(rows: Rows, node: RecordedNode): string | undefined {
  return nodeRow(rows, node)?.lastEventAt;
}

function nodeRow(rows: Rows, { chain, nodeId, source }: RecordedNode): NodeRow | undefined {
  return rows.one(nodeProjection, nodeStream(chain, nodeId, source))?.row;
}

function openChannels(rows: Rows, { nodeId, source }: RecordedNode): readonly string[] {
  return rows.all(channelProjection, { nodeId, source }).flatMap(({ stream, row }) => {
    const isOver = row.status === 'resolved';
    return isOver ? [] : (parseStream(stream)?.subjectId ?? []);
  });
}
