/** Being the only one who has a file open, and saying who else has it where that can be told. */
import { readFileSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { StoreError } from '../event-store.ts';

/**
 * Does the work while nobody else has the file open, nor can begin to read or write it; throws a
 * StoreError where somebody has. Only who is alone may leave WAL mode: that is what tells.
 */
export function whileAlone<T>(path: string, work: () => T): T {
  const database = new Database(path, { fileMustExist: true, timeout: 0 });
  try {
    try {
      database.pragma('journal_mode = DELETE');
      database.exec('BEGIN EXCLUSIVE');
    } catch (cause) {
      // Any other failure (damage, a full disk) comes after nobody else was found.
      if (isBusy(cause)) {
        // Before the others are looked for: its own lock would be found too.
        database.close();
        throw inUse(path, cause);
      }
    }
    return work();
  } finally {
    database.close();
  }
}

function isBusy(cause: unknown): boolean {
  return cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY');
}

function inUse(path: string, cause: unknown): StoreError {
  const holders = holdersOf(path);
  if (holders.includes(process.pid)) {
    return new StoreError(`${path} is open in this process: close it first`, { cause });
  }
  const [who, whom] =
    holders.length === 0
      ? ['another process', 'it']
      : holders.length === 1
        ? [`process ${holders.join()}`, 'it']
        : [`processes ${holders.join(' and ')}`, 'them'];
  return new StoreError(`${path} is in use by ${who}: stop ${whom} first`, { cause });
}

/** `1: POSIX  ADVISORY  READ 4711 fe:00:11690001 128 128` */
const LOCK = /^\d+: POSIX +\S+ +\S+ +(\d+) ([0-9a-f]+):([0-9a-f]+):(\d+) /;

/** Processes with a lock on the ledger, as Linux lists them; none on other systems. */
function holdersOf(path: string): readonly number[] {
  const files = [path, `${path}-shm`].flatMap((file) => {
    return statSync(file, { throwIfNoEntry: false }) ?? [];
  });
  const found = new Set<number>();
  for (const line of lockLines()) {
    const [, pid, , , inode] = LOCK.exec(line) ?? [];
    // Not the device too: some file systems show another one there than in what stat answers.
    if (files.some(({ ino }) => String(ino) === inode)) found.add(Number(pid));
  }
  return [...found].filter((pid) => pid > 0).sort((a, b) => a - b);
}

function lockLines(): readonly string[] {
  try {
    return readFileSync('/proc/locks', 'utf8').split('\n');
  } catch {
    return [];
  }
}
