/**
 * Many streams as of one moment. Their last events before it lie close together in the store, so most
 * of them are read in one pass over that stretch instead of stream by stream: every page once.
 */
import type { RowBase } from '../../projections/projection.ts';
import type { LocalStore } from '../store/event-store.ts';
import { happenedAtOf } from './event-times.ts';
import { type Cut, foldAt, foldOn, lastInOrder, nearestSnapshot, type View } from './view.ts';

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
  /** Of the last event in the snapshot. */
  readonly position: number;
}

/** Reading an event of one stream takes as long as reading about so many one after the other. */
const SCATTERED_COST = 3;

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
    plans.push({ stream, row, toRevision, position: base?.position ?? 0 });
    folded.set(stream, { row, revision: toRevision });
  }
  const pending = plans.filter(({ row, toRevision }) => row.eventCount <= toRevision);
  readTogether(store, view, worthReadingTogether(pending));
  for (const { stream, row, toRevision } of pending) {
    if (row.eventCount > toRevision) continue;
    const range = { fromRevision: row.eventCount, toRevision };
    foldOn(view, row, store.streamBodies(stream, range));
  }
  return folded;
}

/** The plans for which a pass from the earliest of them costs less than reading each by itself. */
function worthReadingTogether<Row extends RowBase>(
  plans: readonly Plan<Row>[],
): readonly Plan<Row>[] {
  const newestFirst = [...plans].sort((a, b) => b.position - a.position);
  const end = newestFirst[0]?.position ?? 0;
  let missing = 0;
  let best = 0;
  let count = 0;
  for (const [nth, { row, toRevision, position }] of newestFirst.entries()) {
    missing += toRevision + 1 - row.eventCount;
    const saved = missing * SCATTERED_COST - (end - position);
    if (saved <= best) continue;
    best = saved;
    count = nth + 1;
  }
  return count < 2 ? [] : newestFirst.slice(0, count);
}

/** Goes no further than is worth it: a stream that went on much later is left to be read by itself. */
function readTogether<Row extends RowBase>(
  store: LocalStore,
  { fold }: View<Row>,
  plans: readonly Plan<Row>[],
): void {
  const [newest, oldest] = [plans[0], plans.at(-1)];
  if (newest === undefined || oldest === undefined) return;
  const byStream = new Map(plans.map((plan) => [plan.stream, plan]));
  let missing = 0;
  for (const { row, toRevision } of plans) missing += toRevision + 1 - row.eventCount;
  let left = newest.position - oldest.position + missing * SCATTERED_COST;
  for (const event of store.allBodies(oldest.position)) {
    if (left-- <= 0) return;
    const plan = byStream.get(event.stream);
    if (plan === undefined || plan.row.eventCount !== event.revision) continue;
    fold.apply(plan.row, event, happenedAtOf(event.metadata), event.stream);
    missing -= 1;
    if (missing === 0) return;
    if (event.revision === plan.toRevision) byStream.delete(event.stream);
  }
}
