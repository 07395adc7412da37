/** The first event after which a condition holds: few folds where it stays true, one by one otherwise. */
import { setImmediate as turn } from 'node:timers/promises';
import { channelProjection } from '../../../projections/channel.ts';
import type { ChannelRow } from '../../../projections/channel-row.ts';
import type { StoredEvent } from '../../store/event-store.ts';
import { happenedAtOf } from '../event-times.ts';
import { foldOf } from '../fold.ts';
import { type Condition, type Derived, parseCondition } from '../forensics/expression.ts';
import type { Query } from '../query.ts';
import { lastInOrder } from '../view.ts';
import type { HistoryEntry } from '../view-types.ts';
import { channelAtMoment } from './channel-moment.ts';
import { entryAlone, type HistoryContext } from './history.ts';
import { mergeChannel } from './merge.ts';
import { asked } from './nodes.ts';
import { onlyStream } from './only-stream.ts';
import { cutOfStream, eventsInOrder } from './window.ts';

export interface BisectQuery extends Query {
  /** Looks at every state: for conditions that come and go. */
  readonly looksAtEvery?: boolean;
  /** Ends the search, which then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface Bisected {
  /** Undefined where it never holds; of a search that did not look at every state, at the end. */
  readonly first?: HistoryEntry;
  /** False: where the condition comes and goes, it may have held before, and before `first`. */
  readonly lookedAtEvery: boolean;
  /** How many states the condition was asked of. */
  readonly asked: number;
  /** How many states there are. */
  readonly states: number;
}

interface Found {
  readonly event: StoredEvent | undefined;
  readonly states: number;
}

/** Gives others their turn as it goes; throws the signal's reason where it aborts. */
export async function bisect(
  context: HistoryContext,
  name: string,
  text: string,
  query: BisectQuery = {},
): Promise<Bisected> {
  const condition = parseCondition(text, pending);
  const ours = asked(context, query);
  const named = channelAtMoment(context, name, ours);
  const stream = onlyStream(named);
  let count = 0;
  const counted: Condition<ChannelRow> = (row) => {
    count += 1;
    return condition(row);
  };
  const isByRevision = !context.store.isOutOfOrder(stream) && query.looksAtEvery !== true;
  const search = isByRevision ? searched : walked;
  const { event, states } = await search(context, stream, { ...query, ...ours }, counted);
  const first = event && entryAlone(context, ours, event);
  return { ...(first && { first }), lookedAtEvery: !isByRevision, asked: count, states };
}

/** As every answer shows them of a channel, from what one source told. */
const pending: Derived<ChannelRow> = {
  names: ['pendingOfferedMsat', 'pendingReceivedMsat', 'pendingHtlcCount'],
  of: (row) => ({ ...mergeChannel({ rows: [row] }) }),
};

/**
 * Between a state that does not meet it and one that does there is a first that does. Rows as of a
 * revision come from snapshots: each costs a short fold.
 */
async function searched(
  context: HistoryContext,
  stream: string,
  query: BisectQuery,
  condition: Condition<ChannelRow>,
): Promise<Found> {
  const { rows, store } = context;
  const turns = new Turns(query.signal);
  const holds = async (revision: number) => {
    await turns.take();
    const found = rows.one(channelProjection, stream, { at: { kind: 'revision', revision } });
    return found !== undefined && condition(found.row);
  };
  const states = statesOf(context, stream, query);
  if (states === 0 || !(await holds(states - 1))) return { event: undefined, states };
  let before = -1;
  let at = states - 1;
  while (at - before > 1) {
    const middle = before + Math.floor((at - before) / 2);
    if (await holds(middle)) at = middle;
    else before = middle;
  }
  const [event] = store.streamEvents(stream, { fromRevision: at, toRevision: at });
  return { event, states };
}

/** Of a stream in order. */
function statesOf({ store }: HistoryContext, stream: string, query: Query): number {
  const cut = cutOfStream(store, stream, query);
  return cut === undefined ? 0 : lastInOrder(store, stream, cut) + 1;
}

const channelFold = foldOf(channelProjection);

async function walked(
  { store }: HistoryContext,
  stream: string,
  query: BisectQuery,
  condition: Condition<ChannelRow>,
): Promise<Found> {
  const turns = new Turns(query.signal);
  const row = channelFold.initial(stream);
  let states = 0;
  let first: StoredEvent | undefined;
  for (const event of eventsInOrder(store, stream, query)) {
    channelFold.apply(row, event, happenedAtOf(event.metadata), stream);
    if (first === undefined && condition(row)) first = event;
    states += 1;
    await turns.take();
  }
  return { event: first, states };
}

/** Others wait no longer than this. */
const TURN_MS = 10;

class Turns {
  readonly #signal: AbortSignal | undefined;
  #since = performance.now();

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** Lets others on once this one has had its time. */
  async take(): Promise<void> {
    if (performance.now() - this.#since < TURN_MS) return;
    await turn();
    this.#signal?.throwIfAborted();
    this.#since = performance.now();
  }
}
