/**
 * A foreign SQLite file: copied, looked over, and only then read, through a connection that cannot write.
 * What stands in it is not trusted: only ordinary tables are read, and only their stored columns.
 */
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import Database from 'better-sqlite3';
import { copyOfFile } from '../file-copy.ts';
import { type ImportContext, ImportError, SourceFailed } from '../importer.ts';
import { Row } from './row.ts';

const MAGIC = 'SQLite format 3\0';
/** SQLite, "The Database Header": where a program may write whose file it is. */
const APPLICATION_ID_OFFSET = 68;
const HEADER_BYTES = 100;
/** SQLite quotes a damaged schema whole. */
const MOST_QUOTED = 200;
/** What `PRAGMA quick_check` says of rows that a program changed its mind about; all else is damage. */
const HARMLESS = /^(NULL value in|non-unique entry|CHECK constraint|row \d+ missing)/;

/** Of the disk that the copy is on, and not of what stands in it. */
const OF_THE_COPY = /^SQLITE_(FULL|IOERR_WRITE|CANTOPEN|NOMEM|READONLY)/;

export type Parameters = readonly (string | number | bigint | Uint8Array | null)[];

/** The file's application id where it is a SQLite file, undefined where it is none. */
export async function sqliteApplicationId(path: string): Promise<number | undefined> {
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
  if (bytesRead < HEADER_BYTES || buffer.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    return undefined;
  }
  return buffer.readUInt32BE(APPLICATION_ID_OFFSET);
}

export class ForeignDatabase {
  /** The file's own name, for evidence and sentences. */
  readonly file: string;
  readonly #path: string;
  readonly #database: Database.Database;
  readonly #columns = new Map<string, ReadonlySet<string>>();

  private constructor(path: string, copy: string) {
    this.#path = path;
    this.file = basename(path);
    this.#database = new Database(copy, { readonly: true, fileMustExist: true });
  }

  /** Copies the file into a directory of this import's own. Throws an ImportError where it is damaged. */
  static async open(
    path: string,
    context: Pick<ImportContext, 'workDirectory' | 'signal' | 'onProgress'>,
  ): Promise<ForeignDatabase> {
    const { workDirectory, signal, onProgress } = context;
    const companions = ['-wal', '-journal'];
    const copy = await copyOfFile(path, { into: workDirectory, companions, signal, onProgress });
    try {
      recover(copy);
      const database = new ForeignDatabase(path, copy);
      database.#look();
      return database;
    } catch (cause) {
      throw damaged(path, cause);
    }
  }

  #look(): void {
    const database = this.#database;
    database.pragma('trusted_schema = OFF');
    database.pragma('cell_size_check = ON');
    database.pragma('temp_store = FILE');
    // A page that two others point to would be read for ever.
    const [problem] = database.pragma('quick_check(1)') as { quick_check?: unknown }[];
    const says = String(problem?.quick_check ?? 'ok');
    if (says !== 'ok' && !HARMLESS.test(says)) throw new Error(problemIn(says));
    const tables = database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE 'CREATE TABLE%'")
      .pluck()
      .all() as string[];
    for (const table of tables) {
      // Not `table_xinfo`: what is computed on reading is left out.
      const columns = database.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(table);
      this.#columns.set(table, new Set(columns as string[]));
    }
  }

  has(table: string): boolean {
    return this.#columns.has(table);
  }

  get tables(): readonly string[] {
    return [...this.#columns.keys()];
  }

  hasColumn(table: string, column: string): boolean {
    return this.#columns.get(table)?.has(column) ?? false;
  }

  /** The columns as a list for SELECT: NULL stands for those that this schema does not have. */
  select(table: string, alias: string, columns: readonly string[], prefix = ''): string {
    return columns
      .map((column) => {
        const value = this.hasColumn(table, column) ? `${alias}.${column}` : 'NULL';
        return `${value} AS ${prefix}${column}`;
      })
      .join(', ');
  }

  *rows(sql: string, ...parameters: Parameters): Generator<Row> {
    try {
      const statement = this.#database.prepare(sql).safeIntegers(true);
      for (const values of statement.iterate(...parameters)) {
        yield new Row(values as Record<string, unknown>);
      }
    } catch (cause) {
      throw damaged(this.#path, cause);
    }
  }

  one(sql: string, ...parameters: Parameters): Row | undefined {
    for (const row of this.rows(sql, ...parameters)) return row;
    return undefined;
  }

  /** One thing looked up: what does not fit is not known. */
  lookUp<T>(
    read: (row: Row) => T | undefined,
    sql: string,
    ...parameters: Parameters
  ): T | undefined {
    const row = this.one(sql, ...parameters);
    try {
      return row && read(row);
    } catch (cause) {
      if (cause instanceof Error && !(cause instanceof RangeError)) return undefined;
      throw cause;
    }
  }

  countOf(table: string): number {
    if (!this.has(table)) return 0;
    return this.one(`SELECT count(*) AS n FROM main.${table}`)?.count('n') ?? 0;
  }

  /** A table of our own beside the copy, gone with the connection. */
  temporary(sql: string, inserts: readonly Parameters[] = [], insert = ''): void {
    try {
      this.#database.exec(sql);
      if (insert === '') return;
      const statement = this.#database.prepare(insert);
      for (const values of inserts) statement.run(...values);
    } catch (cause) {
      throw damaged(this.#path, cause);
    }
  }

  close(): void {
    this.#database.close();
  }
}

/** In one line: SQLite heads what it finds with the database's name for itself. */
function problemIn(says: string): string {
  return says
    .replace(/^\*\*\* in database \w+ \*\*\*/, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** A transaction under way when the file was copied is taken back, or brought in, as SQLite does it. */
function recover(copy: string): void {
  if (!existsSync(`${copy}-wal`) && !existsSync(`${copy}-journal`)) return;
  const database = new Database(copy, { fileMustExist: true });
  try {
    // Where the machine stops here, there is nothing to lose.
    database.pragma('synchronous = OFF');
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    database.pragma('journal_mode = DELETE');
  } finally {
    database.close();
  }
}

function damaged(path: string, cause: unknown): unknown {
  if (cause instanceof ImportError) return cause;
  const isSqlite = cause instanceof Database.SqliteError || cause instanceof Error;
  if (!isSqlite || cause instanceof RangeError) return cause;
  if (cause.name === 'AbortError') return cause;
  if (cause instanceof Database.SqliteError && OF_THE_COPY.test(cause.code)) {
    const why = `${cause.message.slice(0, MOST_QUOTED)} (${cause.code})`;
    return new SourceFailed(`the copy of ${path} that is read cannot be: ${why}`, { cause });
  }
  return new ImportError(
    `${path} cannot be read: ${cause.message.slice(0, MOST_QUOTED)}. If its node still opens it, stop the node and copy it ` +
      'again; otherwise "sqlite3 … .recover" may save what is left of it',
    { cause },
  );
}

/** Where a copy would be put twice under one name. */
export function workPath(directory: string, nth: number): string {
  return join(directory, String(nth));
}
