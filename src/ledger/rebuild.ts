/**
 * Every row and snapshot from event 0, on plain objects, in one pass over the store in its own order:
 * no other order reads as fast. Streams that are out of order are folded again afterwards.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RowBase } from '../../projections/projection.ts';
import type { EventBody, KeptRow, KeptSnapshot, LocalStore } from '../store/event-store.ts';
import { happenedAtOf } from './event-times.ts';
import { isSnapshotDue } from './snapshots.ts';
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
  row: RowBase;
  /** Length of its newest snapshot's text. */
  characters: number;
  isWritten: boolean;
  isLate: boolean;
}

/** Rows in memory at a time; beyond, they are written and read again when their stream goes on. */
const MAX_ROWS = 20_000;
const WRITE_AT_ONCE = 500;
const EVENTS_A_LOOK = 512;
/** Other work of this process waits no longer than about this. */
const TURN_MS = 20;

export function rebuildRows(
  store: LocalStore,
  views: readonly View<RowBase>[],
  onProgress: OnProgress = () => undefined,
): Promise<RebuildReport> {
  return withoutYoungGrowth(() => rebuild(store, views, onProgress));
}

async function rebuild(
  store: LocalStore,
  views: readonly View<RowBase>[],
  onProgress: OnProgress,
): Promise<RebuildReport> {
  const started = performance.now();
  const total = store.streamHeads('').reduce((sum, head) => sum + head.revision + 1, 0);
  for (const { name } of views) store.forgetRows(name);
  const pass = new Rebuild(store, views);
  let done = 0;
  let turnEnds = performance.now() + TURN_MS;
  for (const event of store.allBodies()) {
    pass.add(event);
    done += 1;
    if (done % EVENTS_A_LOOK !== 0 || performance.now() < turnEnds) continue;
    onProgress(done, total);
    await nextTurn();
    turnEnds = performance.now() + TURN_MS;
  }
  const rows = pass.finish();
  onProgress(done, Math.max(done, total));
  return { events: done, rows, seconds: (performance.now() - started) / 1000 };
}

class Rebuild {
  readonly #store: LocalStore;
  readonly #views: readonly View<RowBase>[];
  /** The rows of each stream; several where several projections fold its category. */
  readonly #building = new Map<string, Building[]>();
  readonly #late = new Map<string, Building[]>();
  #snapshots: KeptSnapshot[] = [];
  #rows = 0;

  constructor(store: LocalStore, views: readonly View<RowBase>[]) {
    this.#store = store;
    this.#views = views;
  }

  add(event: EventBody): void {
    const { stream, position } = event;
    const happenedAt = happenedAtOf(event.metadata);
    const building = this.#building.get(stream) ?? this.#begin(stream);
    for (const entry of building) {
      const { view, row } = entry;
      if (entry.isLate) continue;
      if (isLate(row, happenedAt)) {
        entry.isLate = true;
        continue;
      }
      view.fold.apply(row, event, happenedAt, stream);
      entry.isWritten = false;
      if (!isSnapshotDue(row.eventCount, entry.characters)) continue;
      const snapshot = view.text.encodeSnapshot(stream, row, position);
      if (snapshot === undefined) continue;
      entry.characters = snapshot.json.length;
      this.#snapshots.push(snapshot);
      if (this.#snapshots.length >= WRITE_AT_ONCE) this.#write([]);
    }
  }

  /** Writes what is left, and says how many rows there are. */
  finish(): number {
    this.#spill();
    for (const [stream, building] of this.#late) {
      for (const { view } of building) this.#refold(view, stream);
    }
    return this.#rows;
  }

  #begin(stream: string): Building[] {
    if (this.#building.size >= MAX_ROWS) this.#spill();
    const building = this.#late.get(stream) ?? this.#rowsOf(stream);
    this.#building.set(stream, building);
    return building;
  }

  #rowsOf(stream: string): Building[] {
    const views = this.#views.filter(({ category }) => stream.startsWith(`${category}-`));
    return views.map((view): Building => {
      const kept = this.#store.keptRow(view.name, stream);
      const row = kept && view.text.decode(kept);
      if (row === undefined) this.#rows += 1;
      return {
        view,
        row: row ?? view.fold.initial(stream),
        characters: kept?.json.length ?? 0,
        isWritten: row !== undefined,
        isLate: false,
      };
    });
  }

  /** Writes every row and lets go of it. */
  #spill(): void {
    let rows: KeptRow[] = [];
    for (const [stream, building] of this.#building) {
      for (const { view, row, isLate, isWritten } of building) {
        if (isLate) this.#late.set(stream, building);
        if (isLate || isWritten) continue;
        const kept = view.text.encode(stream, row);
        if (kept !== undefined) rows.push(kept);
        if (rows.length < WRITE_AT_ONCE) continue;
        this.#write(rows);
        rows = [];
      }
    }
    this.#write(rows);
    this.#building.clear();
  }

  #refold(view: View<RowBase>, stream: string): void {
    const revision = this.#store.streamHead(stream)?.revision ?? -1;
    let characters = 0;
    const onEvent = (row: RowBase, position: number) => {
      if (!isSnapshotDue(row.eventCount, characters)) return;
      const snapshot = view.text.encodeSnapshot(stream, row, position);
      if (snapshot === undefined) return;
      characters = snapshot.json.length;
      this.#snapshots.push(snapshot);
    };
    const folded = foldAt(this.#store, view, stream, { revision }, { onEvent, isFromStart: true });
    const kept = folded && view.text.encode(stream, folded.row);
    this.#write(kept === undefined ? [] : [kept]);
  }

  #write(rows: readonly KeptRow[]): void {
    this.#store.keepRows(rows, this.#snapshots);
    this.#snapshots = [];
  }
}
