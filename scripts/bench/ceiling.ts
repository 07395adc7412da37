/**
 * The ceiling: SQLite itself, with one bare table, one prepared insert, and nothing of the product but
 * its page and cache size. Whatever else the product keeps is its own cost.
 */
import Database from 'better-sqlite3';
import type { NewEvent } from '../../src/store/event-store.ts';
import { TUNING } from '../../src/store/sqlite/open-connection.ts';

export interface BareEvent {
  readonly stream: number;
  readonly revision: number;
  readonly type: number;
  readonly id: Uint8Array;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

export class BareTable {
  readonly #database: Database.Database;
  readonly #insert: Database.Statement;

  constructor(path: string) {
    this.#database = new Database(path);
    this.#database.pragma(`page_size = ${TUNING.pageBytes}`);
    this.#database.pragma('journal_mode = WAL');
    this.#database.pragma('synchronous = FULL');
    this.#database.pragma(`cache_size = -${TUNING.cacheKib}`);
    this.#database.pragma(`wal_autocheckpoint = ${TUNING.checkpointPages}`);
    this.#database.exec(
      `CREATE TABLE ev(position INTEGER PRIMARY KEY, stream INT, revision INT, type INT,
        id BLOB, data BLOB, metadata BLOB, UNIQUE(stream, revision))`,
    );
    this.#insert = this.#database.prepare(
      'INSERT INTO ev(stream, revision, type, id, data, metadata) VALUES (?, ?, ?, ?, ?, ?)',
    );
  }

  /** One transaction. */
  commit(events: readonly BareEvent[]): void {
    this.#database.exec('BEGIN IMMEDIATE');
    for (const { stream, revision, type, id, data, metadata } of events) {
      this.#insert.run(stream, revision, type, id, data, metadata);
    }
    this.#database.exec('COMMIT');
  }

  close(): void {
    this.#database.close();
  }
}

/** Numbers for names, as the product has them too. */
export class Interned {
  readonly #numbers = new Map<string, number>();

  of(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(name, number);
    return number;
  }
}

/** The same bytes, ready to be inserted: making them is not the ceiling's work. */
export function bareEvent(
  event: Pick<NewEvent, 'id' | 'data' | 'metadata'>,
  place: { readonly stream: number; readonly revision: number; readonly type: number },
): BareEvent {
  return {
    ...place,
    id: Buffer.from(event.id.replaceAll('-', ''), 'hex'),
    data: Buffer.from(event.data),
    metadata: Buffer.from(event.metadata),
  };
}
