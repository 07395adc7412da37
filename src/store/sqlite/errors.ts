/** SQLite's error codes as sentences that say what to do. */
import Database from 'better-sqlite3';
import { StoreError } from '../event-store.ts';

/** Longest first: `SQLITE_IOERR_WRITE` must not be taken for a code it merely begins with. */
const SENTENCES: readonly (readonly [code: string, sentence: string])[] = [
  ['SQLITE_FULL', 'the disk is full: free some space and try again'],
  ['SQLITE_IOERR', 'the disk failed or is full: check it and try again'],
  ['SQLITE_BUSY', 'another process keeps the ledger locked: try again when it is done'],
  ['SQLITE_READONLY', 'the ledger may not be written: check its permissions'],
  ['SQLITE_PERM', 'the ledger may not be opened: check its permissions'],
  ['SQLITE_CANTOPEN', 'the ledger cannot be opened: check its directory and permissions'],
  ['SQLITE_NOTADB', 'the file is not a ledger, or its beginning is damaged'],
  ['SQLITE_CORRUPT', 'the ledger is damaged: run verify, and restore a backup'],
];

/** Anything a statement threw, as a StoreError that names the file. */
export function storeError(cause: unknown, path: string): StoreError {
  if (cause instanceof StoreError) return cause;
  if (cause instanceof Database.SqliteError) {
    const known = SENTENCES.find(([code]) => cause.code.startsWith(code));
    const sentence = known?.[1] ?? cause.message;
    return new StoreError(`${path}: ${sentence} (${cause.code})`, { cause });
  }
  if (cause instanceof TypeError && cause.message.includes('connection is not open')) {
    return new StoreError('the store is closed', { cause });
  }
  const message = cause instanceof Error ? cause.message : String(cause);
  return new StoreError(`${path}: ${message}`, { cause });
}
