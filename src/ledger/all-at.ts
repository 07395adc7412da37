/**
 * Many streams as of one moment: each from its nearest snapshot, and the events since then of all of
 * them read together.
 */
import type { RowBase } from '../../projections/projection.ts';
import type { LocalStore } from '../store/event-store.ts';
import { happenedAtOf } from './event-times.ts';
import { type Cut, foldAt, lastInOrder, nearestSnapshot, type View } from './view.ts';

export interface StreamCut {
  readonly stream: string;
  readonly cut: Cut;
}

export interface Folded<Row> {
  readonly row: Row;
  readonly revision: number;
}

/** A row that is folded from its snapshot up to a revision. */
interface Plan<Row> {
  readonly stream: string;
  readonly row: Row;
  readonly toRevision: number;
}

/** The rows of these streams; those with no event by then are left out. */
export function foldAllAt<Row extends RowBase>(
  store: LocalStore,
  view: View<Row>,
  cuts: readonly StreamCut[],
): ReadonlyMap<string, Folded<Row>> {
  const folded = new Map<string, Folded<Row>>();
  const plans: Plan<Row>[] = [];
  for (const { stream, cut } of cuts) {
    if (store.isOutOfOrder(stream)) {
      const late = foldAt(store, view, stream, cut);
      if (late !== undefined) folded.set(stream, late);
      continue;
    }
    const toRevision = lastInOrder(store, stream, cut);
    if (toRevision < 0) continue;
    const base = nearestSnapshot(store, view, stream, toRevision);
    const row = base?.row ?? view.fold.initial(stream);
    plans.push({ stream, row, toRevision });
    folded.set(stream, { row, revision: toRevision });
  }
  const missing = plans.filter(({ row, toRevision }) => row.eventCount <= toRevision);
  const byStream = new Map(missing.map(({ stream, row }) => [stream, row]));
  const parts = missing.map(({ stream, row, toRevision }) => {
    return { stream, fromRevision: row.eventCount, toRevision };
  });
  for (const event of store.bodiesOfParts(parts)) {
    const row = byStream.get(event.stream);
    if (row !== undefined) view.fold.apply(row, event, happenedAtOf(event.metadata), event.stream);
  }
  return folded;
}
