/** Opening a file: only a ledger is opened, only one this version understands, and always safely. */
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { StoreError } from '../event-store.ts';
import { Connection } from './connection.ts';
import { storeError } from './errors.ts';
import { APPLICATION_ID, FORMAT, SCHEMA } from './schema.ts';

export interface OpenOptions {
  /** Makes a new ledger where there is no file (default true). */
  readonly create?: boolean;
  readonly readonly?: boolean;
  /** How long a write waits for another process's transaction. */
  readonly busyTimeoutMs?: number;
  /** A limit on the file's pages of 4 KiB: the disk is full beyond it. For tests. */
  readonly maxPages?: number;
  /** Appends come over connections: a commit waits a moment for those that arrive in pieces. */
  readonly isGathering?: boolean;
}

const PAGE_BYTES = 4096;
const CACHE_KIB = 65_536;
const BUSY_TIMEOUT_MS = 10_000;
/**
 * How long the WAL grows before its pages are moved into the file. Batches over 1,000 streams touch
 * 1,000 pages each time: at SQLite's 1,000 pages an event takes twice as long as at 8,000.
 */
const CHECKPOINT_PAGES = 8000;
/** After a long WAL (a reader held it) its file shrinks to this again. */
const WAL_LIMIT_BYTES = 64 * 1024 * 1024;

/** How a ledger's file is opened: the bench gives its bare table the same. */
export const TUNING = {
  pageBytes: PAGE_BYTES,
  cacheKib: CACHE_KIB,
  checkpointPages: CHECKPOINT_PAGES,
} as const;

const HEADER_BYTES = 100;
const MAGIC = Buffer.from('SQLite format 3\0');
const USER_VERSION_OFFSET = 60;
const APPLICATION_ID_OFFSET = 68;

/** Opens a ledger's file, made first where that is wanted; throws StoreError. */
export function openConnection(path: string, options: OpenOptions = {}): Connection {
  const isReadonly = options.readonly ?? false;
  const canCreate = !isReadonly && (options.create ?? true);
  assertLedgerOrNew(path, canCreate);
  let database: Database.Database | undefined;
  try {
    database = new Database(path, {
      readonly: isReadonly,
      fileMustExist: true,
      timeout: options.busyTimeoutMs ?? BUSY_TIMEOUT_MS,
    });
    // Asked again of SQLite: it may just have rolled back the making of a ledger that was killed.
    const id = applicationId(database);
    if (id === 0) {
      if (!isEmpty(database)) throw notALedger(path);
      if (!canCreate) throw new StoreError(`there is no ledger at ${path}: it was never finished`);
      createTables(database);
    } else if (id !== APPLICATION_ID) {
      throw notALedger(path);
    }
    configure(database, isReadonly, options.maxPages);
    assertFormat(path, Number(database.pragma('user_version', { simple: true })));
    return new Connection(database, path, isReadonly);
  } catch (cause) {
    database?.close();
    throw storeError(cause, path);
  }
}

/**
 * POSIX drops all of a process's locks on a file when any descriptor of it is closed: reading the header
 * of a file that is open already would let another process take away the WAL under its writer. Asked of
 * the process, since its threads share the locks; elsewhere than on Linux and macOS nobody can be asked.
 */
function isOpenHere(path: string): boolean {
  const { dev, ino } = statSync(path);
  return descriptors().some((descriptor) => {
    try {
      const open = fstatSync(descriptor);
      return open.dev === dev && open.ino === ino;
    } catch {
      // Closed since it was listed, by this very listing or by another thread.
      return false;
    }
  });
}

function descriptors(): readonly number[] {
  try {
    return readdirSync('/dev/fd').map(Number);
  } catch {
    return [];
  }
}

/** Looks at the header without SQLite, which would already make files beside a stranger's. */
function assertLedgerOrNew(path: string, canCreate: boolean): void {
  if (!existsSync(path)) {
    if (!canCreate) throw new StoreError(`there is no ledger at ${path}`);
    if (!existsSync(dirname(path))) {
      throw new StoreError(`the directory ${dirname(path)} does not exist: create it first`);
    }
    createEmpty(path);
    return;
  }
  if (!statSync(path).isFile()) throw new StoreError(`${path} is not a file`);
  if (isOpenHere(path)) return;
  const header = readHeader(path);
  // A process that died while it made its ledger leaves an empty file.
  if (header.length === 0 && canCreate) return;
  const isLedger =
    header.length === HEADER_BYTES &&
    header.subarray(0, MAGIC.length).equals(MAGIC) &&
    header.readUInt32BE(APPLICATION_ID_OFFSET) === APPLICATION_ID;
  if (!isLedger) throw notALedger(path);
  assertFormat(path, header.readUInt32BE(USER_VERSION_OFFSET));
}

function notALedger(path: string): StoreError {
  return new StoreError(`${path} is not a ledger: it was left as it is`);
}

/** 0600: a ledger tells who paid what; SQLite gives the files beside it the same permissions. */
function createEmpty(path: string): void {
  try {
    closeSync(openSync(path, 'a', 0o600));
  } catch (cause) {
    throw new StoreError(`${path} cannot be created: ${reason(cause)}`, { cause });
  }
}

function readHeader(path: string): Buffer {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const header = Buffer.alloc(HEADER_BYTES);
    return header.subarray(0, readSync(file, header, 0, HEADER_BYTES, 0));
  } catch (cause) {
    throw new StoreError(`${path} cannot be read: ${reason(cause)}`, { cause });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function assertFormat(path: string, format: number): void {
  if (format <= FORMAT) return;
  throw new StoreError(
    `${path} has format ${format}, and this version reads up to ${FORMAT}: upgrade channel-ledger`,
  );
}

/**
 * Still in rollback-journal mode, so that the header names a ledger as soon as there is a table;
 * in WAL mode a crash could leave a file whose header says nothing yet.
 */
function createTables(database: Database.Database): void {
  database.pragma(`page_size = ${PAGE_BYTES}`);
  database.pragma('synchronous = FULL');
  database.exec('BEGIN IMMEDIATE');
  // Another process may have made the tables while this one waited.
  if (applicationId(database) === 0 && isEmpty(database)) {
    database.exec(SCHEMA);
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${FORMAT}`);
  }
  database.exec('COMMIT');
}

/** Without an id of its own it may still be somebody's database. */
function isEmpty(database: Database.Database): boolean {
  return database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0;
}

function applicationId(database: Database.Database): unknown {
  return database.pragma('application_id', { simple: true });
}

/** WAL lets readers and a writer work at once; FULL makes a commit survive a power cut. */
function configure(database: Database.Database, isReadonly: boolean, maxPages?: number): void {
  database.pragma(`cache_size = -${CACHE_KIB}`);
  if (isReadonly) return;
  const mode = database.pragma('journal_mode = WAL', { simple: true });
  database.pragma('synchronous = FULL');
  database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  database.pragma(`journal_size_limit = ${WAL_LIMIT_BYTES}`);
  if (maxPages !== undefined) database.pragma(`max_page_count = ${maxPages}`);
  const level = database.pragma('synchronous', { simple: true });
  if (mode !== 'wal' || level !== 2) {
    throw new StoreError(
      `this disk does not keep commits safe (journal ${String(mode)}, synchronous ${String(level)})`,
    );
  }
}

/** The system's codes that a person meets when a ledger lies in the wrong place. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied: run as the user who owns it, or choose another path',
  EPERM: 'permission denied: run as the user who owns it, or choose another path',
  EROFS: 'the file system is read-only: choose another path',
  ENOSPC: 'the disk is full: free some space and try again',
};

function reason(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? REASONS[String(cause.code)] : undefined;
  if (code !== undefined) return code;
  return cause instanceof Error ? cause.message : String(cause);
}
