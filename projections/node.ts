/** A recording node as one source tells it: when it was recorded, blocks, feerates, quarantine. */
import type { NodeId } from '../src/lightning/ids.ts';
import type { NodeEvent } from '../src/node/events.ts';
import { timeNsOf } from '../src/schema/time.ts';
import { forwardHandlers } from './node-forwards.ts';
import { type NodeRow, nodeRowCodec } from './node-row.ts';
import type { Handlers, Projection, StreamSubject } from './projection.ts';

const KEPT_RECORDINGS = 64;

const handlers: Handlers<NodeRow, NodeEvent> = {
  RecordingStarted(row, { data, happenedAt, lastEventAt }) {
    // Killed before it could say so: it recorded until the last thing it recorded.
    if (row.isRecording) endRecording(row, lastEventAt ?? happenedAt);
    row.isRecording = true;
    const { recorder, tellsItsPast } = data;
    row.recordings.push({
      from: happenedAt,
      recorder,
      ...(tellsItsPast !== undefined && { tellsItsPast }),
    });
    if (row.recordings.length > KEPT_RECORDINGS) row.recordings.shift();
    row.recordingCount += 1;
    if (row.firstRecordedAt === undefined) row.firstRecordedAt = happenedAt;
    if (data.alias !== undefined) row.alias = data.alias;
  },
  RecordingStopped(row, { data, happenedAt }) {
    if (row.isRecording) endRecording(row, happenedAt, data.why);
  },
  BestBlockChanged(row, { data, happenedAt }) {
    row.bestHeight = data.height;
    row.bestBlockHash = data.blockHash;
    row.bestBlockAt = happenedAt;
  },
  FeerateEstimated(row, { data, happenedAt }) {
    const { target, feeratePerKw } = data;
    const known = row.feerates.find((feerate) => feerate.target === target);
    if (known === undefined) {
      row.feerates.push({ target, feeratePerKw, at: happenedAt });
    } else {
      known.feeratePerKw = feeratePerKw;
      known.at = happenedAt;
    }
  },
  ObservationQuarantined(row, { data, happenedAt }) {
    const { rule } = data;
    const known = row.quarantine.find((entry) => entry.rule === rule);
    row.quarantinedCount += 1;
    if (known === undefined) {
      row.quarantine.push({ rule, count: 1, firstAt: happenedAt, lastAt: happenedAt });
    } else {
      known.count += 1;
      known.lastAt = happenedAt;
    }
  },
  QuarantineReleased(row, { data }) {
    const known = row.quarantine.find(({ rule }) => rule === data.rule);
    if (known === undefined) return;
    row.quarantinedCount -= 1;
    known.count -= 1;
    if (known.count === 0) row.quarantine = row.quarantine.filter(({ count }) => count > 0);
  },
};

export const nodeProjection: Projection<NodeRow, NodeEvent> = {
  name: 'node',
  version: 5,
  category: 'node',
  initial,
  codec: nodeRowCodec,
  on: { ...handlers, ...forwardHandlers },
};

function endRecording(row: NodeRow, to: string, why?: string): void {
  const last = row.recordings.at(-1);
  row.isRecording = false;
  if (last === undefined) return;
  last.to = to;
  if (why !== undefined) last.why = why;
  row.recordedNs += timeNsOf(to) - timeNsOf(last.from);
}

function initial({ nodeId, source }: StreamSubject): NodeRow {
  return {
    nodeId: nodeId as NodeId,
    source,
    isRecording: false,
    recordings: [],
    recordingCount: 0,
    recordedNs: 0n,
    feerates: [],
    forwards: [],
    newestForwards: [],
    forwardedMsat: 0n,
    forwardedCount: 0,
    forwardFeesMsat: 0n,
    forwardFailedCount: 0,
    sentMsat: 0n,
    sentCount: 0,
    sentFeesMsat: 0n,
    sendFailedCount: 0,
    receivedMsat: 0n,
    receivedCount: 0,
    payments: [],
    lists: [],
    quarantine: [],
    quarantinedCount: 0,
    eventCount: 0,
  };
}
