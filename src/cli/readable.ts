/**
 * A ledger that may be read and not written: SQLite's WAL mode needs a file beside the ledger even to
 * read, so without leave to make one the questions are asked of a copy.
 */
import { accessSync, constants, copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { StoreError } from '../store/event-store.ts';

/** Where a ledger is read. */
export interface Reading {
  readonly path: string;
  /** Nothing may be written there. */
  readonly isReadonly: boolean;
  /** What the person should know of it; undefined where it is read as usual. */
  readonly notice?: string;
  /** Removes the copy, if there is one. */
  readonly end: () => void;
}

/** Finds a way to read the ledger at `path`; throws where there is none. */
export function readingOf(path: string): Reading {
  const nothing = () => undefined;
  // What may not even be read cannot be copied either: the system's own error says it plainly.
  accessSync(path, constants.R_OK);
  if (mayWrite(path) && mayWrite(dirname(path))) {
    return { path, isReadonly: false, end: nothing };
  }
  // Somebody else has it open, and what that process keeps beside it serves this one too.
  if (existsSync(`${path}-shm`) && mayRead(`${path}-shm`)) {
    return { path, isReadonly: true, end: nothing };
  }
  return copied(path);
}

function copied(path: string): Reading {
  let directory: string | undefined;
  const end = () => {
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  };
  try {
    directory = mkdtempSync(join(tmpdir(), 'channel-ledger-'));
    const copy = join(directory, basename(path));
    copyFileSync(path, copy, constants.COPYFILE_FICLONE);
    const wal = `${path}-wal`;
    if (existsSync(wal)) copyFileSync(wal, `${copy}-wal`, constants.COPYFILE_FICLONE);
    const notice = `${path} may be read and not written, so this is answered from a copy of it as it is now`;
    return { path: copy, isReadonly: true, notice, end };
  } catch (cause) {
    end();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StoreError(
      `${path} may not be written, which SQLite needs even to read it, and a copy of it in ` +
        `${tmpdir()} failed (${reason}): copy it to a place of your own, key file and all, or name ` +
        'one with more room in $TMPDIR',
      { cause },
    );
  }
}

function mayWrite(path: string): boolean {
  return may(path, constants.W_OK);
}

function mayRead(path: string): boolean {
  return may(path, constants.R_OK);
}

function may(path: string, what: number): boolean {
  try {
    accessSync(path, what);
    return true;
  } catch {
    return false;
  }
}
