/** Both sides' fee policies over time: what each change was from and to, and its cause. */
import { channelProjection } from '../../../projections/channel.ts';
import type { ChannelRow, PolicyRow } from '../../../projections/channel-row.ts';
import type { Side } from '../../channel/fields.ts';
import { timeBoundsIn } from '../../schema/time-bounds.ts';
import type { LocalStore } from '../../store/event-store.ts';
import type { Query } from '../query.ts';
import type { RowAt } from '../rows.ts';
import { decodeEvent, type LedgerEvent } from '../stored-event.ts';
import { parseStream } from '../streams.ts';
import type { FeeChangeView } from '../view-types.ts';
import { channelAtMoment } from './channel-moment.ts';
import { companionsOf } from './companions.ts';
import type { AnswerContext } from './context.ts';
import { mergeChannel } from './merge.ts';
import { fullness, isBetween, sideOf } from './merge-policy.ts';
import { withoutChannelMoment } from './moments.ts';
import { asked } from './nodes.ts';
import { compareSources, compareText, groupedBy, present } from './tellers.ts';
import { eventsInOrder, queryBeside, windowOf } from './window.ts';

/** One policy as one teller stated it; `source` is empty for gossip, whose teller is the signer. */
interface Stated {
  readonly nodeId: string;
  readonly channelId: string;
  readonly side: Side;
  readonly source: string;
  readonly policy: PolicyRow;
  readonly cause: string | undefined;
  readonly eventId: string;
}

/** Of one channel or of all, oldest first. A policy signed again without a change is no change. */
export function feeChanges(
  context: AnswerContext,
  name: string | undefined,
  query: Query = {},
): readonly FeeChangeView[] {
  const ours = asked(context, name === undefined ? withoutChannelMoment(query) : query);
  const streams = name === undefined ? undefined : channelAtMoment(context, name, ours).streams;
  const beside = streams === undefined ? ours : queryBeside(context.store, streams, ours);
  const channels = rowsOf(context, streams, ours);
  const stated = [
    ...statedByTellers(context, streams, ours),
    ...published(context, channels, beside),
  ];
  const sides = groupedBy(
    stated,
    ({ nodeId, channelId, side }) => `${nodeId}.${channelId}.${side}`,
  );
  return [...sides.values()].flatMap(changesOf).sort(compareChanges);
}

function rowsOf(
  { rows }: AnswerContext,
  streams: readonly string[] | undefined,
  query: Query,
): readonly RowAt<ChannelRow>[] {
  if (streams === undefined) return rows.all(channelProjection, query);
  return streams.flatMap((stream) => rows.one(channelProjection, stream, query) ?? []);
}

function statedByTellers(
  { store }: AnswerContext,
  streams: readonly string[] | undefined,
  query: Query,
): readonly Stated[] {
  const wanted = streams && new Set(streams);
  const isInWindow = windowOf(store, query);
  const stated: Stated[] = [];
  const isRefusal = refusalsIn(store);
  for (const event of store.markedEvents(['FeePolicyChanged'])) {
    if (wanted?.has(event.stream) === false || !isInWindow(event)) continue;
    const { fact, metadata, id } = decodeEvent(event);
    const name = parseStream(event.stream);
    if (fact?.type !== 'FeePolicyChanged' || name === undefined) continue;
    const { side, raw: _raw, cause, ...policy } = fact.data;
    stated.push({
      nodeId: name.nodeId,
      channelId: name.subjectId,
      side,
      source: name.source,
      policy: { ...policy, ...whenOf(metadata) },
      cause: cause ?? causeIn(metadata, isRefusal),
      eventId: id,
    });
  }
  return stated;
}

function whenOf(metadata: LedgerEvent['metadata']) {
  return { at: metadata.happenedAt, ...present({ atBounds: timeBoundsIn(metadata) }) };
}

/** What its teller names as the event's cause: an event's id, as a rule. */
function causeIn(
  { $causationId }: LedgerEvent['metadata'],
  isRefusal: (eventId: string) => boolean,
): string | undefined {
  return $causationId === undefined || isRefusal($causationId) ? undefined : $causationId;
}

/** What came out of quarantine names its refusal there, which caused nothing that happened. */
function refusalsIn(store: LocalStore): (eventId: string) => boolean {
  let ids: ReadonlySet<string> | undefined;
  return (eventId) => {
    ids ??= new Set([...store.markedEvents(['ObservationQuarantined'])].map(({ id }) => id));
    return ids.has(eventId);
  };
}

/** What the network was told: of the other end's policies often the only record. */
function published(
  context: AnswerContext,
  rows: readonly RowAt<ChannelRow>[],
  query: Query,
): readonly Stated[] {
  const companions = companionsOf(context, query);
  const isRefusal = refusalsIn(context.store);
  const byChannel = groupedBy(rows, ({ row }) => `${row.nodeId}.${row.channelId}`);
  return [...byChannel.values()].flatMap((tellers) => {
    const view = mergeChannel({ rows: tellers.map(({ row }) => row) });
    const { nodeId, channelId, peerId, shortChannelId } = view;
    const gossip = companions.gossip(nodeId, shortChannelId);
    if (gossip === undefined || !isBetween(gossip, nodeId, peerId)) return [];
    const events = eventsInOrder(context.store, gossip.stream, companions.queryOf(nodeId));
    return [...events].flatMap((event): readonly Stated[] => {
      const { fact, metadata, id } = decodeEvent(event);
      if (fact?.type !== 'PublicFeePolicyChanged') return [];
      const { raw: _raw, shortChannelId: _id, direction, ...policy } = fact.data;
      return [
        {
          nodeId,
          channelId,
          side: sideOf(nodeId, direction, gossip),
          source: '',
          policy: { ...policy, ...whenOf(metadata) },
          cause: causeIn(metadata, isRefusal),
          eventId: id,
        },
      ];
    });
  });
}

/** One side's policies: each timestamp once, then what differs from the one before. */
function changesOf(stated: readonly Stated[]): readonly FeeChangeView[] {
  const byTimestamp = groupedBy(stated, ({ policy }) => String(policy.timestamp));
  const policies = [...byTimestamp.values()]
    .flatMap((told) => told.sort(compareStated)[0] ?? [])
    .sort((a, b) => a.policy.timestamp - b.policy.timestamp);
  const changes: FeeChangeView[] = [];
  let from: PolicyRow | undefined;
  for (const { nodeId, channelId, side, policy, cause, eventId } of policies) {
    if (from === undefined || isChange(from, policy)) {
      changes.push({
        nodeId,
        channelId,
        side,
        at: policy.at,
        ...present({ atBounds: policy.atBounds }),
        ...(from && { from }),
        to: policy,
        ...(cause !== undefined && { cause }),
        eventId,
      });
      // A policy stated again is no change: the one before stays what it changed from.
      from = policy;
    }
  }
  return changes;
}

/** The teller who knows the cause, then who tells most, then by source, gossip last. */
function compareStated(a: Stated, b: Stated): number {
  return (
    Number(b.cause !== undefined) - Number(a.cause !== undefined) ||
    fullness(b.policy) - fullness(a.policy) ||
    Number(a.source === '') - Number(b.source === '') ||
    compareSources(a.source, b.source)
  );
}

/** Stated again with a newer timestamp, a policy is the same. */
function isChange(from: PolicyRow, to: PolicyRow): boolean {
  return JSON.stringify(statement(from)) !== JSON.stringify(statement(to));
}

function statement(policy: PolicyRow): readonly string[] {
  return [
    policy.feeBaseMsat,
    policy.feeProportionalMillionths,
    policy.cltvExpiryDeltaBlocks,
    policy.htlcMinimumMsat,
    policy.htlcMaximumMsat,
    policy.isDisabled,
    policy.inboundFeeBaseMsat,
    policy.inboundFeeProportionalMillionths,
  ].map(String);
}

function compareChanges(a: FeeChangeView, b: FeeChangeView): number {
  return (
    compareText(a.at, b.at) ||
    compareText(a.channelId, b.channelId) ||
    compareText(a.nodeId, b.nodeId) ||
    compareText(a.side, b.side) ||
    a.to.timestamp - b.to.timestamp
  );
}
