/**
 * Reading, in pages. No statement stays open between two events: an open one would keep appends
 * of this process out and the WAL from being moved into the file.
 */
import {
  type EventBody,
  type EventPoint,
  type StoredEvent,
  StoreError,
  type StreamPart,
  type StreamRange,
} from '../event-store.ts';
import { TwoGenerationCache } from './cache.ts';
import type { Connection } from './connection.ts';
import {
  BODY,
  type BodyRow,
  EVENT,
  type EventRow,
  EventRows,
  FIRST_PAGE_EVENTS,
  pageLimit,
} from './event-rows.ts';
import type { Names } from './names.ts';
import { nextParts, PARTS, type Part } from './parts.ts';
import { NO_AMOUNT } from './schema.ts';
import { type KnownValues, lastAtOrBelow } from './search.ts';

type PointRow = [bigint, bigint, bigint, bigint, bigint | null, bigint | null];

const POINT_PAGE_EVENTS = 2048;
/** A few categories, and the channels and peers that are asked for just now. */
const KEPT_PREFIXES = 64;
const POINT = `revision, rowid, type, happened_at, nullif(amount1, '${NO_AMOUNT}'), nullif(amount2, '${NO_AMOUNT}')`;

export class Reader {
  readonly #connection: Connection;
  readonly #streams: Names;
  readonly #types: Names;
  readonly #made: EventRows;
  readonly #namesByPrefix = new TwoGenerationCache<string, readonly string[]>(KEPT_PREFIXES);
  #namesUpTo = 0;

  constructor(connection: Connection, names: { readonly streams: Names; readonly types: Names }) {
    this.#connection = connection;
    this.#streams = names.streams;
    this.#types = names.types;
    this.#made = new EventRows(names);
  }

  lastPosition(): number {
    const sql = 'SELECT max(rowid) FROM ev';
    return this.#connection.guard(() => this.#connection.values<number | null>(sql).get()) ?? 0;
  }

  /** By the bytes of their names. Asked several times for one answer: kept while no stream is new. */
  streamNames(prefix: string): readonly string[] {
    const newest = this.#newestStream();
    if (newest !== this.#namesUpTo) this.#namesByPrefix.clear();
    this.#namesUpTo = newest;
    const known = this.#namesByPrefix.get(prefix);
    if (known !== undefined) return known;
    const names = this.#readNames(prefix);
    this.#namesByPrefix.set(prefix, names);
    return names;
  }

  /** Streams are added and never removed: while the newest is the same one, all are. */
  #newestStream(): number {
    const sql = 'SELECT max(rowid) FROM stream';
    return this.#connection.guard(() => this.#connection.values<number | null>(sql).get()) ?? 0;
  }

  #readNames(prefix: string): readonly string[] {
    const sql = 'SELECT name FROM stream WHERE name >= ? ORDER BY name';
    return this.#connection.guard(() => {
      const names: string[] = [];
      for (const name of this.#connection.values<string>(sql).iterate(prefix)) {
        if (!name.startsWith(prefix)) break;
        names.push(name);
      }
      return names;
    });
  }

  streamEvents(stream: string, range: StreamRange): Iterable<StoredEvent> {
    return this.#range<EventRow, StoredEvent>(EVENT, stream, range, (row) => this.#made.event(row));
  }

  streamBodies(stream: string, range: StreamRange): Iterable<EventBody> {
    return this.#range<BodyRow, EventBody>(BODY, stream, range, (row) => this.#made.body(row));
  }

  /** So many parts at a time as make a page; a part that is longer than a page is several. */
  *bodiesOfParts(parts: readonly StreamPart[]): Generator<EventBody> {
    const left = parts.flatMap(({ stream, fromRevision, toRevision }): Part[] => {
      const id = this.#streams.find(stream);
      return id === undefined || fromRevision > toRevision ? [] : [[id, fromRevision, toRevision]];
    });
    left.reverse();
    let limit = FIRST_PAGE_EVENTS;
    while (left.length > 0) {
      const asked = JSON.stringify(nextParts(left, limit));
      const page = this.#connection.guard(() => this.#connection.rows<BodyRow>(PARTS).all(asked));
      // They come so already; SQLite's own sorting would take as long as the reading.
      page.sort((a, b) => a[1] - b[1] || a[2] - b[2]);
      let characters = 0;
      for (const row of page) {
        this.#assertTexts(row);
        characters += row[4].length + row[5].length;
        yield this.#made.body(row);
      }
      limit = pageLimit(characters / Math.max(1, page.length));
    }
  }

  *streamPoints(stream: string, types: readonly string[]): Generator<EventPoint> {
    const id = this.#streams.find(stream);
    const typeIds = this.#typeIds(types);
    if (id === undefined || typeIds.length === 0) return;
    const sql = `SELECT ${POINT} FROM ev WHERE stream = ? AND revision > ?
      AND type IN (${places(typeIds.length)}) ORDER BY revision LIMIT ${POINT_PAGE_EVENTS}`;
    let after = -1;
    for (;;) {
      const page = this.#connection.guard(() =>
        this.#connection.bigRows<PointRow>(sql).all(id, after, ...typeIds),
      );
      for (const [revision, position, type, happenedAtNs, amount1, amount2] of page) {
        after = Number(revision);
        yield {
          revision: after,
          position: Number(position),
          type: this.#types.nameOf(Number(type)),
          happenedAtNs,
          amount1,
          amount2,
        };
      }
      if (page.length < POINT_PAGE_EVENTS) return;
    }
  }

  allEvents(afterPosition: number): Iterable<StoredEvent> {
    return this.#after<EventRow, StoredEvent>(EVENT, afterPosition, (row) => this.#made.event(row));
  }

  allBodies(afterPosition: number): Iterable<EventBody> {
    return this.#after<BodyRow, EventBody>(BODY, afterPosition, (row) => this.#made.body(row));
  }

  *markedEvents(types: readonly string[], afterPosition: number): Generator<StoredEvent> {
    const typeIds = this.#typeIds(types);
    if (typeIds.length === 0) return;
    // Each part comes in order from the partial index, and SQLite merges them as they come.
    const part = 'SELECT rowid AS p FROM ev WHERE marked = 1 AND type = ? AND rowid > ?';
    const sql = `SELECT ${EVENT} FROM (${typeIds.map(() => part).join(' UNION ALL ')}
      ORDER BY p LIMIT ?) JOIN ev ON ev.rowid = p WHERE p <= ? ORDER BY p`;
    const newest = this.lastPosition();
    yield* this.#pages<EventRow, StoredEvent>(
      afterPosition,
      (after, limit) =>
        this.#connection
          .rows<EventRow>(sql)
          .all(...typeIds.flatMap((id) => [id, after]), limit, newest),
      (row) => row[0],
      (row) => this.#made.event(row),
    );
  }

  /**
   * Last revision of a stream, up to its `newest`, whose column is at or below a limit; -1 if none.
   * `known`: what was read of that column before.
   */
  lastRevision(
    { stream, revision: newest }: { readonly stream: number; readonly revision: number },
    column: 'rowid' | 'recorded_at' | 'happened_at',
    limit: number | bigint,
    known?: KnownValues,
  ): number {
    const sql = `SELECT ${column} FROM ev WHERE stream = ? AND revision = ?`;
    const statement = this.#connection.bigValues(sql);
    const valueAt = (revision: number) => {
      const value = statement.get(stream, revision);
      if (value === undefined) throw new StoreError(`revision ${revision} is missing: run verify`);
      return value;
    };
    return this.#connection.guard(() => lastAtOrBelow(BigInt(limit), newest, valueAt, known));
  }

  #range<Row extends BodyRow | EventRow, T>(
    columns: string,
    stream: string,
    range: StreamRange,
    make: (row: Row) => T,
  ): Iterable<T> {
    const id = this.#streams.find(stream);
    if (id === undefined) return [];
    const typeIds = range.types === undefined ? [] : this.#typeIds(range.types);
    if (range.types !== undefined && typeIds.length === 0) return [];
    const ofTypes = range.types === undefined ? '' : `AND type IN (${places(typeIds.length)})`;
    const sql = `SELECT ${columns} FROM ev WHERE stream = ? AND revision > ? AND revision <= ?
      ${ofTypes} ORDER BY revision LIMIT ?`;
    const toRevision = Math.min(
      range.toRevision ?? Number.MAX_SAFE_INTEGER,
      this.#newestRevision(id, range.toPosition),
    );
    const from = (range.fromRevision ?? 0) - 1;
    return this.#pages<Row, T>(
      from,
      (after, limit) =>
        this.#connection.rows<Row>(sql).all(id, after, toRevision, ...typeIds, limit),
      (row) => row[2],
      make,
    );
  }

  #after<Row extends BodyRow | EventRow, T>(
    columns: string,
    afterPosition: number,
    make: (row: Row) => T,
  ): Iterable<T> {
    const sql = `SELECT ${columns} FROM ev WHERE rowid > ? AND rowid <= ?
      ORDER BY rowid LIMIT ?`;
    const newest = this.lastPosition();
    return this.#pages<Row, T>(
      afterPosition,
      (after, limit) => this.#connection.rows<Row>(sql).all(after, newest, limit),
      (row) => row[0],
      make,
    );
  }

  /** Reads pages until one is not full; `placeOf` a page's last row is where the next begins. */
  *#pages<Row extends BodyRow | EventRow, T>(
    from: number,
    read: (after: number, limit: number) => Row[],
    placeOf: (row: Row) => number,
    make: (row: Row) => T,
  ): Generator<T> {
    let after = from;
    let limit = FIRST_PAGE_EVENTS;
    for (;;) {
      const page = this.#connection.guard(() => read(after, limit));
      let characters = 0;
      for (const row of page) {
        this.#assertTexts(row);
        characters += row[4].length + row[5].length;
        yield make(row);
      }
      const last = page.at(-1);
      if (last === undefined || page.length < limit) return;
      after = placeOf(last);
      limit = pageLimit(characters / page.length);
    }
  }

  /** A changed byte may make a column one of another kind, NULL too, whatever the table allows. */
  #assertTexts([position, , , , data, metadata]: BodyRow | EventRow): void {
    if (typeof data === 'string' && typeof metadata === 'string') return;
    throw new StoreError(
      `${this.#connection.path}: the ledger is damaged (event ${position} is no text): run verify, and restore a backup`,
    );
  }

  /** A stream's newest revision now, or at a position: later events are not for this reader. */
  #newestRevision(id: number, toPosition: number | undefined): number {
    const sql = 'SELECT max(revision) FROM ev WHERE stream = ?';
    const revision =
      this.#connection.guard(() => this.#connection.values<number | null>(sql).get(id)) ?? -1;
    if (toPosition === undefined) return revision;
    return this.lastRevision({ stream: id, revision }, 'rowid', toPosition);
  }

  #typeIds(types: readonly string[]): number[] {
    return [...new Set(types)].flatMap((type) => this.#types.find(type) ?? []);
  }
}

function places(count: number): string {
  return new Array(count).fill('?').join(', ');
}
