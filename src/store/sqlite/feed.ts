/** Pages for subscribers, who read on from a position for as long as they like. */
import type { StoredEvent } from '../event-store.ts';
import type { Page, Wanted } from '../follow.ts';
import type { Connection } from './connection.ts';
import {
  EVENT,
  type EventRow,
  EventRows,
  FIRST_PAGE_EVENTS,
  PAGE_CHARACTERS,
  PAGE_EVENTS,
  pageLimit,
} from './event-rows.ts';
import type { Names } from './names.ts';

const HEADER_PAGE_EVENTS = 2048;
/** Many who follow from the same place read the same pages within moments. */
const KEPT_PAGES = 64;
const KEPT_CHARACTERS = 16_000_000;

export class Feed {
  readonly #connection: Connection;
  readonly #streams: Names;
  readonly #types: Names;
  readonly #made: EventRows;
  #limit = FIRST_PAGE_EVENTS;
  /** Full pages by the position they were read after: nothing can come into them any more. */
  readonly #full = new Map<number, { readonly page: Page; readonly characters: number }>();
  #characters = 0;

  constructor(connection: Connection, names: { readonly streams: Names; readonly types: Names }) {
    this.#connection = connection;
    this.#streams = names.streams;
    this.#types = names.types;
    this.#made = new EventRows(names);
  }

  /** With a filter the names are looked at first, and few texts are read. */
  readPage(afterPosition: number, wanted: Wanted | undefined): Page {
    if (wanted !== undefined) return this.#filteredPage(afterPosition, wanted);
    const known = this.#full.get(afterPosition);
    if (known !== undefined) return known.page;
    const limit = this.#limit;
    const sql = `SELECT ${EVENT} FROM ev WHERE rowid > ? ORDER BY rowid LIMIT ?`;
    const rows = this.#connection.guard(() =>
      this.#connection.rows<EventRow>(sql).all(afterPosition, limit),
    );
    let characters = 0;
    for (const row of rows) characters += row[4].length + row[5].length;
    if (rows.length > 0) this.#limit = pageLimit(characters / rows.length);
    const page = {
      events: rows.map((row) => this.#made.event(row)),
      position: rows.at(-1)?.[0] ?? afterPosition,
    };
    if (rows.length === limit) this.#keep(afterPosition, page, characters);
    return page;
  }

  #keep(afterPosition: number, page: Page, characters: number): void {
    this.#full.set(afterPosition, { page, characters });
    this.#characters += characters;
    for (const [oldest, kept] of this.#full) {
      if (this.#full.size <= KEPT_PAGES && this.#characters <= KEPT_CHARACTERS) return;
      this.#full.delete(oldest);
      this.#characters -= kept.characters;
    }
  }

  #filteredPage(afterPosition: number, wanted: Wanted): Page {
    const headers = this.#connection.guard(() =>
      this.#connection
        .rows<[number, number, number]>(
          `SELECT rowid, stream, type FROM ev WHERE rowid > ? ORDER BY rowid
           LIMIT ${HEADER_PAGE_EVENTS}`,
        )
        .all(afterPosition),
    );
    const one = this.#connection.rows<EventRow>(`SELECT ${EVENT} FROM ev WHERE rowid = ?`);
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
      events.push(this.#made.event(row));
    }
    return { events, position };
  }
}
