/** One open database file: its statements, its transactions, and its errors as sentences. */
import type Database from 'better-sqlite3';
import { storeError } from './errors.ts';
import { Place } from './place.ts';

export type Value = string | number | bigint | Uint8Array | null;

export class Connection {
  readonly path: string;
  readonly isReadonly: boolean;
  readonly #database: Database.Database;
  readonly #prepared = new Map<string, Database.Statement<Value[], unknown>>();
  readonly #dataVersion: Database.Statement<[], number>;
  readonly #beginReading: Database.Statement<[]>;
  readonly #begin: Database.Statement<[]>;
  readonly #commit: Database.Statement<[]>;
  readonly #rollback: Database.Statement<[]>;
  readonly #place: Place;

  constructor(database: Database.Database, path: string, isReadonly: boolean) {
    this.path = path;
    this.isReadonly = isReadonly;
    this.#database = database;
    this.#dataVersion = database.prepare<[], number>('PRAGMA data_version').pluck();
    this.#beginReading = database.prepare<[]>('BEGIN');
    this.#begin = database.prepare<[]>('BEGIN IMMEDIATE');
    this.#commit = database.prepare<[]>('COMMIT');
    this.#rollback = database.prepare<[]>('ROLLBACK');
    this.#place = new Place(path);
  }

  /** A statement with rows as arrays of columns; `Row` is what its SQL selects. */
  rows<Row extends unknown[]>(sql: string): Database.Statement<Value[], Row> {
    return this.#statement(`${sql} --rows`, sql, (made) => made.raw()) as Database.Statement<
      Value[],
      Row
    >;
  }

  /** The same with every integer as bigint. */
  bigRows<Row extends unknown[]>(sql: string): Database.Statement<Value[], Row> {
    return this.#statement(`${sql} --big`, sql, (made) =>
      made.raw().safeIntegers(),
    ) as Database.Statement<Value[], Row>;
  }

  /** A statement that gives one column of its rows. */
  values<T>(sql: string): Database.Statement<Value[], T> {
    return this.#statement(`${sql} --values`, sql, (made) => made.pluck()) as Database.Statement<
      Value[],
      T
    >;
  }

  /** The same with every integer as bigint. */
  bigValues(sql: string): Database.Statement<Value[], bigint> {
    return this.#statement(`${sql} --bigvalues`, sql, (made) =>
      made.pluck().safeIntegers(),
    ) as Database.Statement<Value[], bigint>;
  }

  /** A statement that gives nothing back. */
  command(sql: string): Database.Statement<Value[], unknown> {
    return this.#statement(sql, sql, (made) => made);
  }

  /** Changes when another connection has committed. */
  dataVersion(): number {
    return this.guard(() => this.#dataVersion.get() ?? 0);
  }

  /** Runs what reads or writes, its errors as StoreErrors. */
  guard<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw storeError(cause, this.path);
    }
  }

  /** One state of the file for all that is read, and its locks taken once. */
  inOneReading<T>(work: () => T): T {
    if (this.#database.inTransaction) return work();
    this.guard(() => this.#beginReading.run());
    try {
      return work();
    } finally {
      if (this.#database.inTransaction) this.guard(() => this.#commit.run());
    }
  }

  /** All of the work or none; throws a StoreError too where the file is gone from its place. */
  transaction<T>(work: () => T): T {
    this.#place.assertKeptLately();
    return this.#transaction(work);
  }

  /** Throws a StoreError where the file is gone from its place, and with it what was written. */
  assertKept(): void {
    this.#place.assertKept();
  }

  /** IMMEDIATE, so that a second writer waits here and never in the middle, where SQLite could only refuse. */
  #transaction<T>(work: () => T): T {
    return this.guard(() => {
      this.#begin.run();
      try {
        const result = work();
        this.#commit.run();
        return result;
      } catch (cause) {
        // A full disk makes SQLite roll back by itself.
        if (this.#database.inTransaction) this.#rollback.run();
        throw cause;
      }
    });
  }

  /**
   * The same, but on disk only with the next durable commit: a power cut before takes it back. For
   * derived data, which is folded again, and for what only that next commit needs.
   */
  lazyTransaction<T>(work: () => T): T {
    this.pragma('synchronous = NORMAL');
    try {
      return this.#transaction(work);
    } finally {
      this.pragma('synchronous = FULL');
    }
  }

  pragma(text: string): unknown {
    return this.guard(() => this.#database.pragma(text, { simple: true }));
  }

  pragmaRows(text: string): unknown {
    return this.guard(() => this.#database.pragma(text));
  }

  close(): void {
    this.guard(() => this.#database.close());
  }

  #statement(
    key: string,
    sql: string,
    shape: (made: Database.Statement<Value[], unknown>) => Database.Statement<Value[], unknown>,
  ): Database.Statement<Value[], unknown> {
    let statement = this.#prepared.get(key);
    if (statement === undefined) {
      statement = this.guard(() => shape(this.#database.prepare<Value[], unknown>(sql)));
      this.#prepared.set(key, statement);
    }
    return statement;
  }
}
