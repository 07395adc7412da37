/** Every stream's row, now or as of a moment: what the answers are made of (DESIGN §9). */
import type { Projection, RowBase } from '../../projections/projection.ts';
import type { LocalStore, StreamHead } from '../store/event-store.ts';
import { type Folded, foldAllAt } from './all-at.ts';
import { MomentCuts } from './as-of.ts';
import { HotRows, type HotRowsOptions } from './hot-rows.ts';
import { type AppendedEvents, LiveRows, type RowPatch } from './live-rows.ts';
import type { Query } from './query.ts';
import { type OnProgress, type RebuildReport, rebuildRows } from './rebuild.ts';
import { type Cut, foldAt, type View } from './view.ts';
import { Views } from './views.ts';

export interface RowAt<Row> {
  readonly stream: string;
  readonly row: Readonly<Row>;
  /** The stream's last event that the row was asked to know of. */
  readonly revision: number;
}

interface AnyEvent {
  readonly type: string;
  readonly data: unknown;
}

export interface Rows {
  /** Every stream's row of a projection, as of the query's moment; streams with no event by then are left out. */
  all<Row extends RowBase, E extends AnyEvent>(
    projection: Projection<Row, E>,
    query?: Query,
  ): readonly RowAt<Row>[];
  one<Row extends RowBase, E extends AnyEvent>(
    projection: Projection<Row, E>,
    stream: string,
    query?: Query,
  ): RowAt<Row> | undefined;
}

/** The rows of one store: kept up event by event, read and written by any number of processes. */
export class LedgerRows implements Rows {
  readonly #store: LocalStore;
  readonly #views = new Views();
  readonly #hot: HotRows;
  readonly #live: LiveRows;

  constructor(store: LocalStore, options: HotRowsOptions = {}) {
    this.#store = store;
    this.#hot = new HotRows(store, options);
    this.#live = new LiveRows(store, this.#hot);
  }

  all<Row extends RowBase, E extends AnyEvent>(
    projection: Projection<Row, E>,
    query: Query = {},
  ): readonly RowAt<Row>[] {
    const view = this.#views.of(projection);
    const { asked, folded } = this.#store.inOneReading(() => this.#foldedAt(view, query));
    const rows = asked.flatMap(({ stream, head, cut }): readonly RowAt<Row>[] => {
      const row = isNow(head, cut) ? this.#current(view, head) : folded.get(stream);
      return row === undefined ? [] : [{ stream, ...row }];
    });
    this.#hot.settle();
    return rows;
  }

  one<Row extends RowBase, E extends AnyEvent>(
    projection: Projection<Row, E>,
    stream: string,
    query: Query = {},
  ): RowAt<Row> | undefined {
    const cuts = new MomentCuts(this.#store, query);
    const head = this.#store.streamHead(stream);
    if (head === undefined || !cuts.isAsked(stream)) return undefined;
    const row = this.#rowAt(this.#views.of(projection), head, cuts);
    this.#hot.settle();
    return row;
  }

  /** Follows what was just recorded; the rows are written later. */
  applyLive(recorded: readonly AppendedEvents[]): void {
    const byStream = Map.groupBy(recorded, ({ stream }) => stream);
    for (const [stream, appended] of byStream) {
      for (const view of this.#views.ofStream(stream)) this.#live.apply(view, appended);
    }
    this.#hot.settle();
  }

  /** Tells of every change of a row from now on; the answer ends it. */
  onPatch(listener: (patch: RowPatch) => void): () => void {
    return this.#live.onPatch(listener);
  }

  /** Every row and snapshot from event 0, while everything else goes on. */
  async rebuild(onProgress?: OnProgress): Promise<RebuildReport> {
    const views = this.#views.all();
    for (const view of views) this.#hot.dropAll(view);
    return rebuildRows(this.#store, views, onProgress);
  }

  /** What is kept folded in memory. */
  stats(): ReturnType<HotRows['stats']> {
    return this.#hot.stats();
  }

  /** Writes all rows and snapshots that wait. */
  flush(): void {
    this.#hot.flush();
  }

  /** Writes what waits and lets go of everything; before the store is closed. */
  close(): void {
    this.#hot.close();
  }

  /** The streams that are asked for, and the rows of those whose moment is not now. */
  #foldedAt<Row extends RowBase>(view: View<Row>, query: Query) {
    const cuts = new MomentCuts(this.#store, query);
    const asked = this.#store
      .streamHeads(`${view.category}-`)
      .filter(({ stream }) => cuts.isAsked(stream))
      .flatMap((head) => {
        const cut = cuts.cutOf(head);
        return cut === undefined ? [] : [{ stream: head.stream, head, cut }];
      });
    const past = asked.filter(({ head, cut }) => !isNow(head, cut));
    return { asked, folded: foldAllAt(this.#store, view, past) };
  }

  #rowAt<Row extends RowBase>(
    view: View<Row>,
    head: StreamHead,
    cuts: MomentCuts,
  ): RowAt<Row> | undefined {
    const { stream } = head;
    const cut = cuts.cutOf(head);
    if (cut === undefined) return undefined;
    const row = isNow(head, cut)
      ? this.#current(view, head)
      : this.#store.inOneReading(() => foldAt(this.#store, view, stream, cut));
    return row && { stream, ...row };
  }

  #current<Row extends RowBase>(view: View<Row>, head: StreamHead): Folded<Row> | undefined {
    const row = this.#live.current(view, head);
    return row && { row, revision: row.eventCount - 1 };
  }
}

/** True when the cut leaves nothing of the stream out. */
function isNow(head: StreamHead, { revision, happened }: Cut): boolean {
  return revision === head.revision && happened === undefined;
}
