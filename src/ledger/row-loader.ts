/** Rows that are not in memory: from what is kept of them, from the nearest snapshot, or from nothing. */
import type { RowBase } from '../../projections/projection.ts';
import type { LocalStore } from '../store/event-store.ts';
import type { HotRows } from './hot-rows.ts';
import { SnapshotPlaces } from './snapshots.ts';
import { foldAt, foldOn, type OnEvent, type View } from './view.ts';

export interface LoadedRow<Row> {
  readonly row: Row;
  /** The store does not have it so. */
  readonly isChanged: boolean;
  /** About how long its text is; 0 where that is not known yet. */
  readonly characters: number;
}

export class RowLoader {
  readonly #store: LocalStore;
  readonly #hot: HotRows;

  /** Snapshots passed on the way are handed to `hot`. */
  constructor(store: LocalStore, hot: HotRows) {
    this.#store = store;
    this.#hot = hot;
  }

  /** A row as of a revision at least: the kept one may know more. */
  load<Row extends RowBase>(
    view: View<Row>,
    stream: string,
    revision: number,
  ): LoadedRow<Row> | undefined {
    const kept = this.kept(view, stream, revision);
    if (kept !== undefined && kept.row.eventCount > revision) return { ...kept, isChanged: false };
    let characters = kept?.characters ?? 0;
    const places = new SnapshotPlaces(stream);
    const onEvent: OnEvent<Row> = (row, position) => {
      if (this.#hot.isReadonly || !places.isDue(row, view.text.charactersOf)) return;
      characters = this.#hot.snapshot(view, stream, row, position) ?? characters;
    };
    const row =
      this.#caughtUp(view, stream, revision, kept?.row, onEvent) ??
      foldAt(this.#store, view, stream, { revision }, { onEvent })?.row;
    return row && { row, isChanged: true, characters };
  }

  /** The kept row, unless it is torn or knows more than there is (a file put together from two). */
  kept<Row extends RowBase>(
    view: View<Row>,
    stream: string,
    revision: number,
  ): { readonly row: Row; readonly characters: number } | undefined {
    const kept = this.#store.keptRow(view.name, stream);
    if (kept === undefined) return undefined;
    const newest = kept.revision <= revision ? revision : this.#store.streamHead(stream)?.revision;
    if (newest === undefined || kept.revision > newest) {
      if (!this.#hot.isReadonly) this.#store.forgetRows([view.name], stream, (newest ?? -1) + 1);
      return undefined;
    }
    const row = view.text.decode(kept);
    return row && { row, characters: kept.json.length };
  }

  /** A kept row brought up to a revision; undefined where a fact came late since. */
  #caughtUp<Row extends RowBase>(
    view: View<Row>,
    stream: string,
    toRevision: number,
    row: Row | undefined,
    onEvent: OnEvent<Row>,
  ): Row | undefined {
    if (row === undefined) return undefined;
    const events = this.#store.streamBodies(stream, { fromRevision: row.eventCount, toRevision });
    return foldOn(view, row, events, onEvent) ? row : undefined;
  }
}
