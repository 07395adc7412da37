/**
 * Many streams as of one moment: each from its nearest snapshot, and the events since then of all of
 * them read together.
 */
import type { RowBase } from '../../projections/projection.ts';
import type { LocalStore, StreamPlace } from '../store/event-store.ts';
import { happenedAtIn } from './event-times.ts';
import { type Cut, foldAt, lastInOrder, nearestSnapshots, type View } from './view.ts';

export interface StreamCut {
  readonly stream: string;
  readonly cut: Cut;
}

export interface Folded<Row> {
  readonly row: Row;
  readonly revision: number;
}

/** So many snapshots are looked up at once: their texts are not all in memory. */
const SNAPSHOTS_AT_ONCE = 64;

/** The rows of these streams; those with no event by then are left out. */
export function foldAllAt<Row extends RowBase>(
  store: LocalStore,
  view: View<Row>,
  cuts: readonly StreamCut[],
): ReadonlyMap<string, Folded<Row>> {
  const folded = new Map<string, Folded<Row>>();
  const ends: StreamPlace[] = [];
  for (const { stream, cut } of cuts) {
    if (store.isOutOfOrder(stream)) {
      const late = foldAt(store, view, stream, cut);
      if (late !== undefined) folded.set(stream, late);
      continue;
    }
    const revision = lastInOrder(store, stream, cut);
    if (revision >= 0) ends.push({ stream, revision });
  }
  for (let nth = 0; nth < ends.length; nth += SNAPSHOTS_AT_ONCE) {
    const some = ends.slice(nth, nth + SNAPSHOTS_AT_ONCE);
    const bases = nearestSnapshots(store, view, some);
    for (const { stream, revision } of some) {
      folded.set(stream, { row: bases.get(stream) ?? view.fold.initial(stream), revision });
    }
  }
  foldRest(store, view, folded, ends);
  return folded;
}

/** The events since their snapshots, of all the streams that have some. */
function foldRest<Row extends RowBase>(
  store: LocalStore,
  view: View<Row>,
  folded: ReadonlyMap<string, Folded<Row>>,
  ends: readonly StreamPlace[],
): void {
  const parts = ends.flatMap(({ stream, revision }) => {
    const fromRevision = folded.get(stream)?.row.eventCount ?? 0;
    return fromRevision > revision ? [] : [{ stream, fromRevision, toRevision: revision }];
  });
  for (const event of store.bodiesOfParts(parts)) {
    const row = folded.get(event.stream)?.row;
    if (row !== undefined) view.fold.apply(row, event, happenedAtIn(event.metadata), event.stream);
  }
}
