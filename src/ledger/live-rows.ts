/**
 * Rows that follow what is recorded: one immer draft per row and batch, so that a reader's row never
 * changes under it and the patches tell what did (DESIGN §9).
 */
import { enablePatches, Immer, type Patch } from 'immer';
import type { RowBase } from '../../projections/projection.ts';
import type { LocalStore, NewEvent, StreamHead } from '../store/event-store.ts';
import { type FoldableEvent, happenedAtOf, timeBoundsOf } from './event-times.ts';
import { setLastBounds } from './fold.ts';
import type { HotRows } from './hot-rows.ts';
import { RowLoader } from './row-loader.ts';
import { SnapshotPlaces } from './snapshots.ts';
import type { View } from './view.ts';

enablePatches();
/** Rows are replaced, never changed: freezing them would only cost time. */
const immer = new Immer({ autoFreeze: false });

/** What changed in one row, so that a copy elsewhere can follow. */
export interface RowPatch {
  readonly projection: string;
  readonly stream: string;
  /** The stream's last event in it. */
  readonly revision: number;
  readonly patches: readonly Patch[];
  readonly inversePatches: readonly Patch[];
}

/** A batch's events of one stream, as they lie in the store now. */
export interface AppendedEvents {
  readonly stream: string;
  readonly firstRevision: number;
  readonly events: readonly NewEvent[];
  /** Position of the last one. */
  readonly position: number;
}

interface PlacedEvent extends FoldableEvent {
  readonly position: number;
}

export class LiveRows {
  readonly #store: LocalStore;
  readonly #hot: HotRows;
  readonly #loader: RowLoader;
  readonly #listeners = new Set<(patch: RowPatch) => void>();
  /** Rows a late fact made wrong, by projection and stream: refolded when they are asked for. */
  readonly #late = new Set<string>();

  constructor(store: LocalStore, hot: HotRows) {
    this.#store = store;
    this.#hot = hot;
    this.#loader = new RowLoader(store, hot);
  }

  /** Tells of every change of a row from now on; the answer ends it. */
  onPatch(listener: (patch: RowPatch) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The row as of the stream's newest event. */
  current<Row extends RowBase>(
    view: View<Row>,
    { stream, revision }: Pick<StreamHead, 'stream' | 'revision'>,
  ): Row | undefined {
    const hot = this.#hot.get(view, stream);
    if (hot !== undefined && hot.eventCount > revision) return hot;
    this.#late.delete(lateKey(view, stream));
    if (hot !== undefined) {
      const range = { fromRevision: hot.eventCount, toRevision: revision };
      const row = this.#advance(view, stream, hot, this.#store.streamBodies(stream, range));
      if (row !== undefined) return row;
      this.#hot.drop(view, stream);
    }
    return this.#load(view, stream, revision, hot);
  }

  /** Follows what was appended to one stream, in order: one draft for all of it. */
  apply<Row extends RowBase>(view: View<Row>, appended: readonly AppendedEvents[]): void {
    const [first, last] = [appended[0], appended.at(-1)];
    if (first === undefined || last === undefined) return;
    const { stream, firstRevision } = first;
    const lastRevision = last.firstRevision + last.events.length - 1;
    const key = lateKey(view, stream);
    if (this.#late.has(key)) {
      if (this.#listeners.size > 0) this.current(view, { stream, revision: lastRevision });
      return;
    }
    const hot = this.#hot.get(view, stream);
    const before = hot ?? this.#before(view, stream, firstRevision);
    if (before === undefined || before.eventCount > lastRevision) return;
    const events = this.#bodies(stream, before.eventCount, appended);
    if (this.#advance(view, stream, before, events) !== undefined) return;
    this.#hot.drop(view, stream);
    this.#late.add(key);
    if (this.#listeners.size === 0) return;
    this.#late.delete(key);
    this.#load(view, stream, lastRevision, before);
  }

  /** The events a row lacks: those appended, after those another process wrote before them. */
  *#bodies(
    stream: string,
    fromRevision: number,
    appended: readonly AppendedEvents[],
  ): Generator<PlacedEvent> {
    let next = fromRevision;
    for (const { firstRevision, events, position } of appended) {
      if (next < firstRevision) {
        yield* this.#store.streamBodies(stream, {
          fromRevision: next,
          toRevision: firstRevision - 1,
        });
        next = firstRevision;
      }
      // The events of one append lie one after the other.
      const firstPosition = position - (events.length - 1);
      for (; next < firstRevision + events.length; next++) {
        const event = events[next - firstRevision];
        if (event === undefined) return;
        const { type, data, metadata, inMemory } = event;
        const own = firstPosition + (next - firstRevision);
        yield { position: own, revision: next, type, data, metadata, inMemory };
      }
    }
  }

  /** A row to go on from that is not hot: new, or kept. */
  #before<Row extends RowBase>(
    view: View<Row>,
    stream: string,
    firstRevision: number,
  ): Row | undefined {
    if (firstRevision === 0) return view.fold.initial(stream);
    return this.#load(view, stream, firstRevision - 1, undefined);
  }

  /** A changed copy of a row, hot from now on; undefined where an event comes late. */
  #advance<Row extends RowBase>(
    view: View<Row>,
    stream: string,
    base: Row,
    events: Iterable<PlacedEvent>,
  ): Row | undefined {
    const changes: Patches = { patches: [], inversePatches: [] };
    const listener =
      this.#listeners.size === 0
        ? undefined
        : (patches: Patch[], inversePatches: Patch[]) => {
            changes.patches.push(...patches);
            changes.inversePatches.unshift(...inversePatches);
          };
    let row = base;
    // Beside the draft, which is slow to ask and to tell.
    let lastEventAt = base.lastEventAt;
    let lastMetadata: string | undefined;
    let eventCount = base.eventCount;
    const counted = (one: Row) => {
      one.eventCount = eventCount;
      if (lastEventAt !== undefined) one.lastEventAt = lastEventAt;
      if (lastMetadata !== undefined) setLastBounds(one, timeBoundsOf(lastMetadata));
      return one;
    };
    const places = new SnapshotPlaces(stream);
    const snapshots: { readonly row: Row; readonly position: number }[] = [];
    let draft = immer.createDraft(base) as Row;
    for (const event of events) {
      const happenedAt = event.inMemory?.happenedAt ?? happenedAtOf(event.metadata);
      if (lastEventAt !== undefined && happenedAt < lastEventAt) return undefined;
      view.fold.handle(draft, event, { happenedAt, lastEventAt }, stream);
      // As the fold of one event has it: of several at one moment one that is told counts.
      const lastBounds =
        happenedAt !== lastEventAt || lastMetadata === undefined
          ? base.lastEventAtBounds
          : timeBoundsOf(lastMetadata);
      if (happenedAt !== lastEventAt || lastBounds !== undefined) lastMetadata = event.metadata;
      lastEventAt = happenedAt;
      eventCount++;
      if (this.#hot.isReadonly || !places.isPlace(eventCount)) continue;
      row = immer.finishDraft(counted(draft), listener) as Row;
      if (places.isDue(row, view.text.charactersOf))
        snapshots.push({ row, position: event.position });
      draft = immer.createDraft(row) as Row;
    }
    row = immer.finishDraft(counted(draft), listener) as Row;
    for (const snapshot of snapshots) {
      this.#hot.snapshot(view, stream, snapshot.row, snapshot.position);
    }
    if (row !== base) this.#hot.setChanged(view, stream, row);
    // Nobody has the row of before a stream's first event.
    const isNew = base.eventCount === 0;
    if (listener !== undefined) {
      this.#tell(view, stream, row, isNew ? replacing(base, row) : changes);
    }
    return row;
  }

  /** A row that is not hot, as of a revision at least. `known`: as it was when it last was. */
  #load<Row extends RowBase>(
    view: View<Row>,
    stream: string,
    revision: number,
    known: Row | undefined,
  ): Row | undefined {
    const loaded = this.#loader.load(view, stream, revision);
    if (loaded === undefined) return undefined;
    const { row, isChanged, characters } = loaded;
    if (characters > 0) this.#hot.setKept(view, stream, row, characters);
    if (isChanged) this.#hot.setChanged(view, stream, row);
    if (isChanged && this.#listeners.size > 0) {
      const before =
        known ?? this.#loader.kept(view, stream, revision)?.row ?? view.fold.initial(stream);
      this.#tell(view, stream, row, replacing(before, row));
    }
    return row;
  }

  #tell(view: { readonly name: string }, stream: string, row: RowBase, changes: Patches): void {
    if (changes.patches.length === 0) return;
    const revision = row.eventCount - 1;
    for (const listener of this.#listeners) {
      listener({ projection: view.name, stream, revision, ...changes });
    }
  }
}

interface Patches {
  readonly patches: Patch[];
  readonly inversePatches: Patch[];
}

function replacing(before: RowBase, after: RowBase): Patches {
  return {
    patches: [{ op: 'replace', path: [], value: after }],
    inversePatches: [{ op: 'replace', path: [], value: before }],
  };
}

function lateKey(view: { readonly name: string }, stream: string): string {
  return `${view.name} ${stream}`;
}
