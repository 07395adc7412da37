/** The first event after which a condition holds: few folds where it stays true, one by one otherwise. */
import { channelProjection } from '../../../projections/channel.ts';
import type { StoredEvent } from '../../store/event-store.ts';
import { happenedAtOf } from '../event-times.ts';
import { foldOf } from '../fold.ts';
import { type Condition, parseCondition } from '../forensics/expression.ts';
import type { Query } from '../query.ts';
import type { HistoryEntry } from '../view-types.ts';
import { channelAtMoment } from './channel-moment.ts';
import { type HistoryContext, history } from './history.ts';
import { asked } from './nodes.ts';
import { onlyStream } from './only-stream.ts';
import { cutOfStream, eventsInOrder } from './window.ts';

export interface BisectQuery extends Query {
  /** Looks at every state: for conditions that come and go. */
  readonly looksAtEvery?: boolean;
}

export interface Bisected {
  /** Undefined where it never holds; without `looksAtEvery`, where it does not hold at the end. */
  readonly first?: HistoryEntry;
  /** How many states the condition was asked of. */
  readonly asked: number;
  /** How many states there are. */
  readonly states: number;
}

interface Probe {
  readonly states: number;
  holds(index: number): boolean;
}

export function bisect(
  context: HistoryContext,
  name: string,
  text: string,
  query: BisectQuery = {},
): Bisected {
  const condition = parseCondition(text);
  const ours = asked(context, query);
  const named = channelAtMoment(context, name, ours);
  const { nodeId, channelId } = named;
  const stream = onlyStream(named);
  let count = 0;
  const counted: Condition = (row) => {
    count += 1;
    return condition(row);
  };
  const isByRevision = !context.store.isOutOfOrder(stream) && query.looksAtEvery !== true;
  const found = isByRevision
    ? searched(revisionsOf(context, stream, ours, counted))
    : walked(context, stream, ours, counted);
  const { index, states } = found;
  if (index === undefined) return { asked: count, states };
  const event = [...eventsInOrder(context.store, stream, ours)][index];
  const first = event && entryOf(context, channelId, { ...ours, nodeId }, event);
  return { ...(first && { first }), asked: count, states };
}

interface Found {
  readonly index: number | undefined;
  readonly states: number;
}

/** Rows as of a revision come from snapshots: each costs a short fold. */
function revisionsOf(
  { rows, store }: HistoryContext,
  stream: string,
  query: Query,
  condition: Condition,
): Probe {
  const cut = cutOfStream(store, stream, query);
  let states = 0;
  if (cut !== undefined && cut.happened === undefined) states = cut.revision + 1;
  else for (const _event of eventsInOrder(store, stream, query)) states += 1;
  return {
    states,
    holds(revision) {
      const found = rows.one(channelProjection, stream, { at: { kind: 'revision', revision } });
      return found !== undefined && condition(found.row);
    },
  };
}

/** Between a state that does not meet it and one that does there is a first that does. */
function searched({ states, holds }: Probe): Found {
  if (states === 0 || !holds(states - 1)) return { index: undefined, states };
  let before = -1;
  let at = states - 1;
  while (at - before > 1) {
    const middle = before + Math.floor((at - before) / 2);
    if (holds(middle)) at = middle;
    else before = middle;
  }
  return { index: at, states };
}

const channelFold = foldOf(channelProjection);

function walked(
  { store }: HistoryContext,
  stream: string,
  query: Query,
  condition: Condition,
): Found {
  const row = channelFold.initial(stream);
  let states = 0;
  let index: number | undefined;
  for (const event of eventsInOrder(store, stream, query)) {
    channelFold.apply(row, event, happenedAtOf(event.metadata), stream);
    if (index === undefined && condition(row)) index = states;
    states += 1;
  }
  return { index, states };
}

function entryOf(
  context: HistoryContext,
  channelId: string,
  query: Query,
  { id, type }: StoredEvent,
): HistoryEntry | undefined {
  for (const entry of history(context, channelId, { ...query, types: [type] })) {
    if (entry.eventId === id) return entry;
  }
  return undefined;
}
