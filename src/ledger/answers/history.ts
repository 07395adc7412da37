/** The events of one channel, all tellers', in logical order, each with what it changed. */
import { channelProjection } from '../../../projections/channel.ts';
import { timeNsOf } from '../../schema/time.ts';
import { timeBoundsIn } from '../../schema/time-bounds.ts';
import type { StoredEvent } from '../../store/event-store.ts';
import { happenedAtOf } from '../event-times.ts';
import type { Query } from '../query.ts';
import { decodeEvent, type LedgerEvent } from '../stored-event.ts';
import { foldAt, viewOf } from '../view.ts';
import type { HistoryEntry } from '../view-types.ts';
import { assertMoment, channelAtMoment } from './channel-moment.ts';
import type { AnswerContext } from './context.ts';
import { mergedInTime } from './in-time.ts';
import { type HistoryPlace, lastPlaces } from './last-places.ts';
import { asked } from './nodes.ts';
import { changesBetween, type FlatRow, flatten } from './row-changes.ts';
import { momentsOf, type Span, spanOf } from './span.ts';
import { cutOfStream, eventsInOrder } from './window.ts';

export type HistoryQuery = Query &
  Span & {
    readonly types?: readonly string[];
    /** Only so many, the newest of those that come before a place in the order. */
    readonly last?: { readonly count: number; readonly before?: HistoryPlace };
  };

/** Opens an event's sealed fields, or says why they cannot be opened (sealing.ts, with the keyring). */
export type OpenSealed = (event: LedgerEvent) => HistoryEntry['sealed'];

export interface HistoryContext extends AnswerContext {
  readonly openSealed: OpenSealed;
}

/** The entry of one event of a stream, from the nearest snapshot: as `history` has it as of that question. */
export function entryAlone(
  context: HistoryContext,
  query: Query,
  stored: StoredEvent,
): HistoryEntry {
  const { store } = context;
  const { stream, revision, metadata } = stored;
  const known = cutOfStream(store, stream, query)?.revision ?? revision;
  const at = happenedAtOf(metadata);
  const happened = { timeNs: timeNsOf(at), revision: revision - 1 };
  const before = foldAt(store, channelView, stream, { revision: known, happened });
  const row = before?.row ?? channelFold.initial(stream);
  const flat = flatten(row);
  channelFold.apply(row, stored, at, stream);
  return entryOf(context, stored, changesBetween(flat, flatten(row)));
}

/** Folded as it is read: a history of any length is given out event by event. */
export function* history(
  context: HistoryContext,
  name: string,
  query: HistoryQuery = {},
): Generator<HistoryEntry> {
  const ours = asked(context, query);
  const { streams } = channelAtMoment(context, name, ours);
  for (const moment of momentsOf(query)) assertMoment(context.store, streams, moment);
  const isInSpan = spanOf(context.store, query);
  const types = query.types === undefined ? undefined : new Set(query.types);
  const isShown: IsShown = (event, at) =>
    (types === undefined || types.has(event.type)) && isInSpan(event, at);
  const { last } = query;
  const wanted = last && lastPlaces(context.store, streams, ours, { isShown, ...last });
  const steps = streams.map((stream) => {
    if (wanted === undefined) return shownSteps(context, stream, ours, isShown);
    const revisions = wanted.get(stream) ?? new Set();
    const first = Math.min(...revisions);
    return shownSteps(context, stream, ours, ({ revision }) => revisions.has(revision), first);
  });
  for (const { event, changes } of mergedInTime(steps)) yield entryOf(context, event, changes);
}

type IsShown = (event: StoredEvent, at: string) => boolean;

interface Step {
  readonly event: StoredEvent;
  readonly at: string;
  readonly changes: HistoryEntry['changes'];
}

const channelView = viewOf(channelProjection);
const channelFold = channelView.fold;

/**
 * Each teller's own account, folded by itself: the changes are those of the row that teller tells. `first`: the
 * first revision that is shown; what comes before it is folded from the nearest snapshot.
 */
function* shownSteps(
  { store }: AnswerContext,
  stream: string,
  query: Query,
  isShown: IsShown,
  first = 0,
): Generator<Step> {
  if (first === Number.POSITIVE_INFINITY) return;
  const from = store.isOutOfOrder(stream) ? 0 : first;
  const base = foldAt(store, channelView, stream, { revision: from - 1 });
  const row = base?.row ?? channelFold.initial(stream);
  // Flattening takes longer than folding: only the rows around a shown event are.
  let before: FlatRow | undefined;
  for (const event of eventsInOrder(store, stream, query, from)) {
    const at = happenedAtOf(event.metadata);
    if (!isShown(event, at)) {
      channelFold.apply(row, event, at, stream);
      before = undefined;
      continue;
    }
    before ??= flatten(row);
    channelFold.apply(row, event, at, stream);
    const after = flatten(row);
    yield { event, at, changes: changesBetween(before, after) };
    before = after;
  }
}

/** An event with what it changed, as whoever asks compares it. */
export function entryOf(
  { openSealed }: HistoryContext,
  stored: StoredEvent,
  changes: HistoryEntry['changes'],
): HistoryEntry {
  const event = decodeEvent(stored);
  const { stream, revision, position, id, type, metadata, fact } = event;
  const atBounds = timeBoundsIn(metadata);
  const sealed = event.sealed === undefined ? undefined : openSealed(event);
  return {
    at: metadata.happenedAt,
    timeBasis: metadata.timeBasis,
    ...(atBounds !== undefined && { atBounds }),
    recordedAt: metadata.recordedAt,
    stream,
    revision,
    position,
    eventId: id,
    type,
    data: plainFields(stored, fact?.data),
    ...(sealed !== undefined && { sealed }),
    changes,
  };
}

/** Of a type this reader does not know, the fields as they are stored. */
function plainFields(stored: StoredEvent, data: object | undefined): HistoryEntry['data'] {
  const fields: object = data ?? JSON.parse(stored.data);
  const { sealed: _sealed, ...plain } = Object.fromEntries(Object.entries(fields));
  return plain;
}
