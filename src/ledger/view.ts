/** A projection made ready to run and to be kept, and its rows folded from the events of a store. */
import type { Projection, RowBase } from '../../projections/projection.ts';
import type { EventBody, LocalStore, StreamPlace } from '../store/event-store.ts';
import { happenedAtIn } from './event-times.ts';
import { type Fold, foldOf } from './fold.ts';
import {
  countHappened,
  type LastHappened,
  type LogicalOrder,
  logicalOrderOf,
  prefixesOf,
  runsOf,
} from './logical-order.ts';
import { type RowText, rowTextOf } from './row-text.ts';

export interface View<Row extends RowBase> {
  readonly name: string;
  readonly category: string;
  readonly fold: Fold<Row>;
  readonly text: RowText<Row>;
}

export function viewOf<
  Row extends RowBase,
  E extends { readonly type: string; readonly data: unknown },
>(projection: Projection<Row, E>): View<Row> {
  const fold = foldOf(projection);
  return { name: fold.name, category: fold.category, fold, text: rowTextOf(fold) };
}

/** Which of a stream's events belong to a moment. */
export interface Cut {
  /** The last one that was known. */
  readonly revision: number;
  /** Of those known, what had happened; all of it without. */
  readonly happened?: LastHappened;
}

/** Told of the state wherever a snapshot of it could be kept. */
export type OnEvent<Row> = (row: Row, position: number) => void;

export interface FoldOptions<Row> {
  readonly onEvent?: OnEvent<Row>;
  /** From the stream's first event on: no snapshot is believed. */
  readonly isFromStart?: boolean;
}

/**
 * Folds events that follow one another in the stream. False at the first that happened before one
 * folded already: the row is of no use then, its stream must be folded in logical order.
 */
export function foldOn<Row extends RowBase>(
  { fold }: View<Row>,
  row: Row,
  events: Iterable<EventBody>,
  onEvent?: OnEvent<Row>,
): boolean {
  for (const event of events) {
    const happenedAt = happenedAtIn(event.metadata);
    if (isLate(row, happenedAt)) return false;
    fold.apply(row, event, happenedAt, event.stream);
    onEvent?.(row, event.position);
  }
  return true;
}

/** True when the event takes its place before what the row knows. Stored times sort as text. */
export function isLate({ lastEventAt }: RowBase, happenedAt: string): boolean {
  return lastEventAt !== undefined && happenedAt < lastEventAt;
}

/** The row of a stream as of a cut, from the nearest snapshot; undefined where nothing is in it. */
export function foldAt<Row extends RowBase>(
  store: LocalStore,
  view: View<Row>,
  stream: string,
  cut: Cut,
  options: FoldOptions<Row> = {},
): { readonly row: Row; readonly revision: number } | undefined {
  if (cut.revision < 0) return undefined;
  if (store.isOutOfOrder(stream)) return foldInLogicalOrder(store, view, stream, cut, options);
  const toRevision = lastInOrder(store, stream, cut);
  if (toRevision < 0) return undefined;
  const base = options.isFromStart ? undefined : nearestSnapshot(store, view, stream, toRevision);
  const row = base?.row ?? view.fold.initial(stream);
  const range = { fromRevision: row.eventCount, toRevision };
  foldOn(view, row, store.streamBodies(stream, range), options.onEvent);
  return { row, revision: toRevision };
}

/** Of a stream that is in order: the last revision of a cut; -1 if it has none. */
export function lastInOrder(
  store: LocalStore,
  stream: string,
  { revision, happened }: Cut,
): number {
  if (happened === undefined) return revision;
  const inTime = store.revisionHappenedBy(stream, happened.timeNs);
  return Math.min(revision, inTime, happened.revision);
}

/** The newest snapshot of a stream in order, up to a revision. */
export function nearestSnapshot<Row extends RowBase>(
  store: LocalStore,
  view: View<Row>,
  stream: string,
  toRevision: number,
): { readonly row: Row; readonly position: number } | undefined {
  return usableSnapshot(store, view, stream, toRevision, () => true);
}

/** The same of many streams in order; those without one are left out. */
export function nearestSnapshots<Row extends RowBase>(
  store: LocalStore,
  view: View<Row>,
  places: readonly StreamPlace[],
): ReadonlyMap<string, Row> {
  const rows = new Map<string, Row>();
  for (const kept of store.snapshotsAt(view.name, places)) {
    const { stream, revision } = kept;
    const row = view.text.decode(kept) ?? nearestSnapshot(store, view, stream, revision - 1)?.row;
    if (row !== undefined) rows.set(stream, row);
  }
  return rows;
}

/** A snapshot is what the first events recorded make up, in logical order: it never becomes wrong. */
function usableSnapshot<Row extends RowBase>(
  store: LocalStore,
  view: View<Row>,
  stream: string,
  toRevision: number,
  isUsable: (revision: number) => boolean,
): { readonly row: Row; readonly position: number } | undefined {
  let limit = toRevision;
  while (limit >= 0) {
    const kept = store.snapshotAt(view.name, stream, limit);
    if (kept === undefined) return undefined;
    const row = isUsable(kept.revision) ? view.text.decode(kept) : undefined;
    if (row !== undefined) return { row, position: kept.position };
    limit = kept.revision - 1;
  }
  return undefined;
}

function foldInLogicalOrder<Row extends RowBase>(
  store: LocalStore,
  view: View<Row>,
  stream: string,
  { revision, happened }: Cut,
  { onEvent, isFromStart }: FoldOptions<Row>,
): { readonly row: Row; readonly revision: number } | undefined {
  const order = logicalOrderOf(store, stream, revision);
  const count = happened === undefined ? order.revisions.length : countHappened(order, happened);
  if (count === 0) return undefined;
  const isPrefix = prefixesOf(order);
  const isUsable = (kept: number) => kept < count && isPrefix[kept + 1] === 1;
  const base = isFromStart ? undefined : usableSnapshot(store, view, stream, count - 1, isUsable);
  const row = base?.row ?? view.fold.initial(stream);
  // Of what was recorded last, which need not have happened last.
  let position = base?.position ?? 0;
  for (const run of runsOf(order, row.eventCount, count)) {
    for (const event of store.streamBodies(stream, run)) {
      view.fold.apply(row, event, happenedAtIn(event.metadata), stream);
      position = Math.max(position, event.position);
      if (isPrefix[row.eventCount] === 1) onEvent?.(row, position);
    }
  }
  return { row, revision: newestOf(order, count) };
}

function newestOf({ revisions }: LogicalOrder, count: number): number {
  return revisions.subarray(0, count).reduce((newest, revision) => Math.max(newest, revision), -1);
}
