/**
 * Reading, in pages. No statement stays open between two events: an open one would keep appends
 * of this process out and the WAL from being moved into the file.
 */
import { uuidText } from '../digest.ts';
import type { EventBody, EventPoint, StoredEvent, StreamRange } from '../event-store.ts';
import type { Page, Wanted } from '../follow.ts';
import type { Connection } from './connection.ts';
import type { Names } from './names.ts';

type BodyRow = [position: number, stream: number, revision: number, type: number, string, string];
type EventRow = [...BodyRow, id: Buffer, digest: Buffer];
type PointRow = [bigint, bigint, bigint, bigint, bigint | null, bigint | null];

const BODY = 'position, stream, revision, type, data, metadata';
const EVENT = `${BODY}, id, digest`;
const POINT = 'revision, position, type, happened_at, amount1, amount2';
const PAGE_EVENTS = 256;
/** A page of the largest events stays within this, so that memory does. */
const PAGE_CHARACTERS = 4_000_000;
const HEADER_PAGE_EVENTS = 2048;

export class Reader {
  readonly #connection: Connection;
  readonly #streams: Names;
  readonly #types: Names;

  constructor(connection: Connection, names: { readonly streams: Names; readonly types: Names }) {
    this.#connection = connection;
    this.#streams = names.streams;
    this.#types = names.types;
  }

  lastPosition(): number {
    const sql = 'SELECT max(position) FROM ev';
    return this.#connection.guard(() => this.#connection.values<number | null>(sql).get()) ?? 0;
  }

  /** By the bytes of their names. */
  streamNames(prefix: string): readonly string[] {
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

  streamEvents(stream: string, range: StreamRange): Generator<StoredEvent> {
    return this.#range<EventRow, StoredEvent>(EVENT, stream, range, (row) => this.#event(row));
  }

  streamBodies(stream: string, range: StreamRange): Generator<EventBody> {
    return this.#range<BodyRow, EventBody>(BODY, stream, range, (row) => this.#body(row));
  }

  *streamPoints(stream: string, types: readonly string[]): Generator<EventPoint> {
    const id = this.#streams.find(stream);
    const typeIds = this.#typeIds(types);
    if (id === undefined || typeIds.length === 0) return;
    const sql = `SELECT ${POINT} FROM ev WHERE stream = ? AND revision > ?
      AND type IN (${places(typeIds.length)}) ORDER BY revision LIMIT ${HEADER_PAGE_EVENTS}`;
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
      if (page.length < HEADER_PAGE_EVENTS) return;
    }
  }

  *allEvents(afterPosition: number): Generator<StoredEvent> {
    for (const row of this.#after<EventRow>(EVENT, afterPosition)) yield this.#event(row);
  }

  *allBodies(afterPosition: number): Generator<EventBody> {
    for (const row of this.#after<BodyRow>(BODY, afterPosition)) yield this.#body(row);
  }

  *markedEvents(types: readonly string[], afterPosition: number): Generator<StoredEvent> {
    const typeIds = this.#typeIds(types);
    if (typeIds.length === 0) return;
    // Each part comes in order from the partial index, and SQLite merges them as they come.
    const part = 'SELECT position AS p FROM ev WHERE marked = 1 AND type = ? AND position > ?';
    const sql = `SELECT ${EVENT} FROM (${typeIds.map(() => part).join(' UNION ALL ')}
      ORDER BY p LIMIT ${PAGE_EVENTS}) JOIN ev ON position = p ORDER BY position`;
    let after = afterPosition;
    for (;;) {
      const parameters = typeIds.flatMap((id) => [id, after]);
      const page = this.#page(this.#connection.rows<EventRow>(sql), parameters);
      for (const row of page.rows) yield this.#event(row);
      after = page.rows.at(-1)?.[0] ?? after;
      if (page.isLast) return;
    }
  }

  /** For subscriptions. With a filter the names are looked at first, and few texts are read. */
  readPage(afterPosition: number, wanted: Wanted | undefined): Page {
    if (wanted === undefined) {
      const sql = `SELECT ${EVENT} FROM ev WHERE position > ? ORDER BY position LIMIT ${PAGE_EVENTS}`;
      const { rows } = this.#page(this.#connection.rows<EventRow>(sql), [afterPosition]);
      return {
        events: rows.map((row) => this.#event(row)),
        position: rows.at(-1)?.[0] ?? afterPosition,
      };
    }
    return this.#filteredPage(afterPosition, wanted);
  }

  /** Last revision of a stream for which a condition holds that never comes back once it fails. */
  lastRevision(
    stream: string,
    column: 'position' | 'recorded_at' | 'happened_at',
    limit: number | bigint,
    newest: number,
  ): number {
    const id = this.#streams.find(stream);
    if (id === undefined) return -1;
    const sql = `SELECT ${column} <= ? FROM ev WHERE stream = ? AND revision = ?`;
    const isBy = this.#connection.values<number>(sql);
    let low = 0;
    let high = newest + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.#connection.guard(() => isBy.get(BigInt(limit), id, middle)) === 1) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #filteredPage(afterPosition: number, wanted: Wanted): Page {
    const headers = this.#connection.guard(() =>
      this.#connection
        .rows<[number, number, number]>(
          `SELECT position, stream, type FROM ev WHERE position > ? ORDER BY position
           LIMIT ${HEADER_PAGE_EVENTS}`,
        )
        .all(afterPosition),
    );
    const one = this.#connection.rows<EventRow>(`SELECT ${EVENT} FROM ev WHERE position = ?`);
    const events: StoredEvent[] = [];
    let position = afterPosition;
    let characters = 0;
    for (const [at, stream, type] of headers) {
      if (events.length >= PAGE_EVENTS || characters > PAGE_CHARACTERS) break;
      position = at;
      if (!wanted(this.#streams.nameOf(stream), this.#types.nameOf(type))) continue;
      const row = this.#connection.guard(() => one.get(at));
      if (row === undefined) continue;
      characters += row[4].length + row[5].length;
      events.push(this.#event(row));
    }
    return { events, position };
  }

  *#range<Row extends BodyRow | EventRow, T>(
    columns: string,
    stream: string,
    range: StreamRange,
    make: (row: Row) => T,
  ): Generator<T> {
    const id = this.#streams.find(stream);
    if (id === undefined) return;
    const typeIds = range.types === undefined ? undefined : this.#typeIds(range.types);
    if (typeIds?.length === 0) return;
    const ofTypes = typeIds === undefined ? '' : `AND type IN (${places(typeIds.length)})`;
    const sql = `SELECT ${columns} FROM ev WHERE stream = ? AND revision > ? AND revision <= ?
      AND position <= ? ${ofTypes} ORDER BY revision LIMIT ${PAGE_EVENTS}`;
    const statement = this.#connection.rows<Row>(sql);
    const toPosition = range.toPosition ?? this.lastPosition();
    const toRevision = range.toRevision ?? Number.MAX_SAFE_INTEGER;
    let after = (range.fromRevision ?? 0) - 1;
    for (;;) {
      const parameters = [id, after, toRevision, toPosition, ...(typeIds ?? [])];
      const page = this.#page(statement, parameters);
      for (const row of page.rows) yield make(row);
      after = page.rows.at(-1)?.[2] ?? after;
      if (page.isLast) return;
    }
  }

  *#after<Row extends BodyRow | EventRow>(columns: string, afterPosition: number): Generator<Row> {
    const sql = `SELECT ${columns} FROM ev WHERE position > ? AND position <= ?
      ORDER BY position LIMIT ${PAGE_EVENTS}`;
    const statement = this.#connection.rows<Row>(sql);
    const newest = this.lastPosition();
    let after = afterPosition;
    for (;;) {
      const page = this.#page(statement, [after, newest]);
      yield* page.rows;
      after = page.rows.at(-1)?.[0] ?? after;
      if (page.isLast) return;
    }
  }

  /** One page of a statement that is limited to PAGE_EVENTS, cut short when its texts are long. */
  #page<Row extends BodyRow | EventRow>(
    statement: { iterate(...parameters: (number | bigint)[]): IterableIterator<Row> },
    parameters: readonly (number | bigint)[],
  ): { readonly rows: readonly Row[]; readonly isLast: boolean } {
    return this.#connection.guard(() => {
      const rows: Row[] = [];
      let characters = 0;
      for (const row of statement.iterate(...parameters)) {
        rows.push(row);
        characters += row[4].length + row[5].length;
        if (characters > PAGE_CHARACTERS) return { rows, isLast: false };
      }
      return { rows, isLast: rows.length < PAGE_EVENTS };
    });
  }

  #typeIds(types: readonly string[]): number[] {
    return [...new Set(types)].flatMap((type) => this.#types.find(type) ?? []);
  }

  #body(row: BodyRow): EventBody {
    const [position, stream, revision, type, data, metadata] = row;
    return {
      position,
      stream: this.#streams.nameOf(stream),
      revision,
      type: this.#types.nameOf(type),
      data,
      metadata,
    };
  }

  #event(row: EventRow): StoredEvent {
    const [position, stream, revision, type, data, metadata, id, digest] = row;
    return {
      position,
      stream: this.#streams.nameOf(stream),
      revision,
      id: uuidText(id),
      type: this.#types.nameOf(type),
      data,
      metadata,
      digest,
    };
  }
}

function places(count: number): string {
  return new Array(count).fill('?').join(', ');
}
