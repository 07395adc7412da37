/**
 * A channel as all that is merged into its answer shows it, event by event: its tellers, its gossip, its
 * peer's names, its node's forwards. So a number is followed to the event that made the answer say it,
 * and not to one that only a teller's own account says.
 */
import { channelProjection } from '../../../projections/channel.ts';
import type { ChannelRow } from '../../../projections/channel-row.ts';
import { gossipProjection } from '../../../projections/gossip.ts';
import { nodeProjection } from '../../../projections/node.ts';
import { peerProjection } from '../../../projections/peer.ts';
import type { RowBase } from '../../../projections/projection.ts';
import type { StoredEvent } from '../../store/event-store.ts';
import { happenedAtOf } from '../event-times.ts';
import { type Fold, foldOf } from '../fold.ts';
import type { Query } from '../query.ts';
import { parseStream } from '../streams.ts';
import type { ChannelView } from '../view-types.ts';
import { viewOf } from './channels.ts';
import { aliasOf, companionsOf, forwardsByChannel, publicChannel } from './companions.ts';
import type { AnswerContext } from './context.ts';
import { mergedInTime } from './in-time.ts';
import { mergeChannel } from './merge.ts';
import type { NamedChannel } from './names.ts';
import { shortIdsOf } from './short-ids.ts';
import { eventsInOrder, queryBeside, windowOf } from './window.ts';

export interface MergedStep {
  readonly event: StoredEvent;
  readonly at: string;
  /** Takes the step: `view` is as of this event then. */
  apply(): void;
}

export interface MergedWalk {
  /** In logical order; of one time, the tellers come before gossip, and that before the rest. */
  readonly steps: Iterable<MergedStep>;
  /** As the steps taken so far tell it; undefined while no teller has spoken. */
  view(): ChannelView | undefined;
  /** The one teller's own row, where nobody else tells of the channel. */
  readonly onlyRow: Readonly<ChannelRow> | undefined;
}

const channelFold = foldOf(channelProjection);
const gossipFold = foldOf(gossipProjection);
const peerFold = foldOf(peerProjection);
const nodeFold = foldOf(nodeProjection);

/** `query`: of a node; its moment ends the walk. Throws a QuestionError as `channel` does. */
export function mergedWalk(
  context: AnswerContext,
  { nodeId, channelId, streams }: NamedChannel,
  query: Query,
): MergedWalk {
  const { store, rows } = context;
  const beside = queryBeside(store, streams, query);
  const companions = companionsOf(context, beside);
  const besideQuery = companions.queryOf(nodeId);
  const told = streams.flatMap((stream) => rows.one(channelProjection, stream, query)?.row ?? []);
  const named = told.length === 0 ? undefined : mergeChannel({ rows: told });
  const { peerId, shortChannelIds = [] } = named ?? {};
  const gossipStreams = shortChannelIds.flatMap(
    (id) => companions.gossip(nodeId, id)?.stream ?? [],
  );
  const peerStreams = peerId === undefined ? [] : store.streamNames(`peer-${nodeId}.${peerId}.`);
  const tellers = new Account(channelFold, streams);
  const gossip = new Account(gossipFold, gossipStreams);
  const peers = new Account(peerFold, peerStreams);
  const nodes = new Account(nodeFold, store.streamNames(`node-`).filter(isOf(nodeId)));
  const stepsIn = <Row extends RowBase>(account: Account<Row>, asked: Query) =>
    account.streams.map((stream) => account.steps(stream, eventsInOrder(store, stream, asked)));
  const names = shortIdsOf(context);
  const forwards = forwardsNaming(context, [channelId, ...shortChannelIds], beside);
  return {
    steps: mergedInTime([
      ...stepsIn(tellers, query),
      ...stepsIn(gossip, besideQuery),
      ...stepsIn(peers, besideQuery),
      ...nodes.streams.map((stream) => nodes.steps(stream, forwards.get(stream) ?? [])),
    ]),
    onlyRow: streams.length === 1 ? tellers.row(streams[0] ?? '') : undefined,
    view() {
      const spoken = tellers.rows();
      if (spoken.length === 0) return undefined;
      return viewOf(spoken, {
        blocks: companions.blocks,
        gossip(node, shortChannelId) {
          const stream = gossip.streams.find(
            (name) => parseStream(name)?.subjectId === shortChannelId,
          );
          const row = stream === undefined ? undefined : gossip.row(stream);
          const isOfNode = row?.nodeId1 === node || row?.nodeId2 === node;
          return stream && row && isOfNode ? publicChannel({ stream, row }) : undefined;
        },
        alias: (node, peer) =>
          aliasOf(peers.rows()) ??
          (peerStreams.length === 0 ? companions.alias(node, peer) : undefined),
        forwarded: (_node, id) => forwardsByChannel(nodes.rows(), names).get(id),
      });
    },
  };
}

function isOf(nodeId: string): (stream: string) => boolean {
  return (stream) => parseStream(stream)?.nodeId === nodeId;
}

/** Rows that are folded as their events come. */
class Account<Row extends RowBase> {
  readonly streams: readonly string[];
  readonly #fold: Fold<Row>;
  readonly #rows: ReadonlyMap<string, Row>;

  constructor(fold: Fold<Row>, streams: readonly string[]) {
    this.streams = streams;
    this.#fold = fold;
    this.#rows = new Map(streams.map((stream) => [stream, fold.initial(stream)]));
  }

  row(stream: string): Row | undefined {
    return this.#rows.get(stream);
  }

  /** Of the streams that have an event by now. */
  rows(): readonly Row[] {
    return [...this.#rows.values()].filter(({ eventCount }) => eventCount > 0);
  }

  *steps(stream: string, events: Iterable<StoredEvent>): Generator<MergedStep> {
    const row = this.#rows.get(stream);
    if (row === undefined) return;
    for (const event of events) {
      const at = happenedAtOf(event.metadata);
      yield { event, at, apply: () => this.#fold.apply(row, event, at, stream) };
    }
  }
}

/** Of a node's forwards only those over this channel count in its answer. */
function forwardsNaming(
  { store }: AnswerContext,
  names: readonly string[],
  query: Query,
): ReadonlyMap<string, readonly StoredEvent[]> {
  const isInWindow = windowOf(store, query);
  const found = new Map<string, (readonly [at: string, event: StoredEvent])[]>();
  for (const event of store.markedEvents(['PaymentForwarded'])) {
    if (!names.some((name) => event.data.includes(`"${name}"`)) || !isInWindow(event)) continue;
    const told = found.get(event.stream) ?? [];
    found.set(event.stream, told);
    told.push([happenedAtOf(event.metadata), event]);
  }
  const inOrder = [...found].map(([stream, told]) => {
    const sorted = told.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return [stream, sorted.map(([, event]) => event)] as const;
  });
  return new Map(inOrder);
}
