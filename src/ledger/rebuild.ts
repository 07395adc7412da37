/**
 * Every row and snapshot from event 0, on plain objects, in one pass over the store in its own order:
 * no other order reads as fast. Streams that are out of order are folded again afterwards; where
 * there are more streams than memory has room for rows, each is read by itself.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RowBase } from '../../projections/projection.ts';
import type {
  EventBody,
  KeptRow,
  KeptSnapshot,
  LocalStore,
  StreamHead,
} from '../store/event-store.ts';
import { happenedAtIn } from './event-times.ts';
import { SnapshotPlaces } from './snapshots.ts';
import { foldAt, isLate, type View } from './view.ts';
import { withoutYoungGrowth } from './young-generation.ts';

export interface RebuildReport {
  readonly events: number;
  readonly rows: number;
  readonly seconds: number;
}

export type OnProgress = (done: number, total: number) => void;

/** One row while it is built. */
interface Building {
  readonly view: View<RowBase>;
  readonly row: RowBase;
  readonly places: SnapshotPlaces;
  /** Of a stream that is in order no event needs to be asked. */
  readonly mayBeLate: boolean;
  isLate: boolean;
}

/** As many streams as may have their rows in memory at once; more are read one after the other. */
const MAX_STREAMS = 10_000;
/** The row of a public channel, two policies, takes so much less than one of our own: all of mainnet fits. */
const PUBLIC_SHARE = 1 / 6;
const WRITE_AT_ONCE = 2000;
/** Other work of this process waits no longer than about this. */
const TURN_MS = 20;
const EVENTS_A_STEP = 512;

export function rebuildRows(
  store: LocalStore,
  views: readonly View<RowBase>[],
  onProgress: OnProgress = () => undefined,
  maxStreams = MAX_STREAMS,
): Promise<RebuildReport> {
  return withoutYoungGrowth(async () => {
    const started = performance.now();
    store.forgetRows(views.map(({ name }) => name));
    // Positions go from 1 on without gaps.
    const total = Number((await store.lastCheckpoint()) ?? 0);
    const rebuild = new Rebuild(store, views);
    const fits = inMemory(store.streamNames('')) <= maxStreams;
    const pass = fits ? allAtOnce(rebuild, store) : oneByOne(rebuild, store.streamHeads(''));
    let done = 0;
    let turnEnds = performance.now() + TURN_MS;
    for (const events of pass) {
      done += events;
      if (performance.now() < turnEnds) continue;
      onProgress(done, Math.max(done, total));
      await nextTurn();
      turnEnds = performance.now() + TURN_MS;
    }
    const rows = rebuild.finish();
    onProgress(done, Math.max(done, total));
    return { events: done, rows, seconds: (performance.now() - started) / 1000 };
  });
}

function inMemory(streams: readonly string[]): number {
  const isPublic = (stream: string) => stream.startsWith('gossip-');
  return streams.reduce((sum, stream) => sum + (isPublic(stream) ? PUBLIC_SHARE : 1), 0);
}

/** Gives after each step how many events it was. */
function* allAtOnce(rebuild: Rebuild, store: LocalStore): Generator<number> {
  let events = 0;
  for (const event of store.allBodies()) {
    rebuild.add(event);
    if (++events < EVENTS_A_STEP) continue;
    yield events;
    events = 0;
  }
  yield events;
}

function* oneByOne(rebuild: Rebuild, heads: readonly StreamHead[]): Generator<number> {
  for (const { stream, revision } of heads) {
    rebuild.foldWhole(stream);
    yield revision + 1;
  }
}

class Rebuild {
  readonly #store: LocalStore;
  readonly #views: readonly View<RowBase>[];
  /** The rows of each stream; several where several projections fold its category. */
  readonly #building = new Map<string, readonly Building[]>();
  #waiting: { rows: KeptRow[]; snapshots: KeptSnapshot[] } = { rows: [], snapshots: [] };
  #rows = 0;

  constructor(store: LocalStore, views: readonly View<RowBase>[]) {
    this.#store = store;
    this.#views = views;
  }

  /** Takes the store's next event. */
  add(event: EventBody): void {
    const { stream, position } = event;
    const happenedAt = happenedAtIn(event.metadata);
    for (const building of this.#building.get(stream) ?? this.#begin(stream)) {
      const { view, row } = building;
      if (building.isLate) continue;
      building.isLate = building.mayBeLate && isLate(row, happenedAt);
      if (building.isLate) continue;
      view.fold.apply(row, event, happenedAt, stream);
      this.#mayKeepSnapshot(building, stream, position);
    }
  }

  /** Folds all of a stream, in logical order. */
  foldWhole(stream: string): void {
    for (const view of this.#viewsOf(stream)) this.#foldWhole(view, stream);
  }

  /** Writes what is left, and says how many rows there are. */
  finish(): number {
    for (const [stream, all] of this.#building) {
      for (const { view, row, isLate } of all) {
        if (isLate) this.#foldWhole(view, stream);
        else this.#keep(view, stream, row);
      }
    }
    this.#write();
    return this.#rows;
  }

  #viewsOf(stream: string): readonly View<RowBase>[] {
    return this.#views.filter(({ category }) => stream.startsWith(`${category}-`));
  }

  #begin(stream: string): readonly Building[] {
    const places = new SnapshotPlaces(stream);
    // What is read in this pass was there before: the stream's head knows of all of it.
    const mayBeLate = this.#store.isOutOfOrder(stream);
    const all = this.#viewsOf(stream).map((view): Building => {
      return { view, row: view.fold.initial(stream), places, mayBeLate, isLate: false };
    });
    this.#building.set(stream, all);
    return all;
  }

  #foldWhole(view: View<RowBase>, stream: string): void {
    const revision = this.#store.streamHead(stream)?.revision ?? -1;
    const places = new SnapshotPlaces(stream);
    const onEvent = (row: RowBase, position: number) => {
      this.#mayKeepSnapshot({ view, row, places }, stream, position);
    };
    const folded = foldAt(this.#store, view, stream, { revision }, { onEvent, isFromStart: true });
    if (folded !== undefined) this.#keep(view, stream, folded.row);
  }

  #mayKeepSnapshot(
    { view, row, places }: Pick<Building, 'view' | 'row' | 'places'>,
    stream: string,
    position: number,
  ): void {
    if (!places.isDue(row, view.text.charactersOf)) return;
    const snapshot = view.text.encodeSnapshot(stream, row, position);
    if (snapshot === undefined) return;
    this.#waiting.snapshots.push(snapshot);
    if (this.#waiting.snapshots.length >= WRITE_AT_ONCE) this.#write();
  }

  #keep(view: View<RowBase>, stream: string, row: RowBase): void {
    this.#rows += 1;
    const kept = view.text.encode(stream, row);
    if (kept !== undefined) this.#waiting.rows.push(kept);
    if (this.#waiting.rows.length >= WRITE_AT_ONCE) this.#write();
  }

  #write(): void {
    const { rows, snapshots } = this.#waiting;
    this.#waiting = { rows: [], snapshots: [] };
    this.#store.keepRows(rows, snapshots);
  }
}
