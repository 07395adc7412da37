/**
 * A copy of a file that another program may be writing to. The file is never opened in place: a lock on
 * it, even a reader's, stops lightningd, and SQLite would leave files beside it.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { SourceFailed } from './importer.ts';

/** Holds both meta pages of a bbolt file of any page size, and SQLite's change counter. */
const HEAD_BYTES = 128 * 1024;
const CHUNK_BYTES = 1 << 20;
/** Between tries; about half a minute in all, in which a busy node mostly has a quiet moment. */
const PAUSES_MS = [200, 400, 800, 1_600, 3_200, 6_400, 8_000, 8_000] as const;

export interface CopyOptions {
  /** An empty directory of our own. */
  readonly into: string;
  /** Endings of the files that belong to it where they are there: `-wal`, `-journal`. */
  readonly companions?: readonly string[];
  readonly signal?: AbortSignal | undefined;
  /** How long to wait between one try and the next. */
  readonly pausesMs?: readonly number[];
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

/**
 * Copies byte for byte, and again where the file or a companion changed meanwhile (size, time of change,
 * or the pages at its front, where SQLite counts changes and bbolt its transactions). Returns the copy's
 * path. Throws a SourceFailed where it never stands still, and the system's error where it cannot be read.
 */
export async function copyOfFile(path: string, options: CopyOptions): Promise<string> {
  const { into, companions = [], pausesMs = PAUSES_MS, signal } = options;
  const copy = join(into, basename(path));
  for (const pauseMs of [0, ...pausesMs]) {
    if (pauseMs > 0) await setTimeout(pauseMs, undefined, { signal });
    const before = await stampOf(path, companions);
    await copyBytes(path, copy, options);
    for (const ending of companions) {
      const isThere = await copyIfThere(`${path}${ending}`, `${copy}${ending}`, options);
      if (!isThere) await rm(`${copy}${ending}`, { force: true });
    }
    if ((await stampOf(path, companions)) === before) return copy;
  }
  throw new SourceFailed(
    `${path} changed each of the ${pausesMs.length + 1} times it was copied: try again when its node is less busy, ` +
      'or give a backup of it',
  );
}

async function copyIfThere(from: string, to: string, options: CopyOptions): Promise<boolean> {
  try {
    await copyBytes(from, to, { signal: options.signal });
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function copyBytes(
  from: string,
  to: string,
  { signal, onProgress }: Partial<CopyOptions>,
): Promise<void> {
  await using source = await open(from, 'r');
  await using target = await open(to, 'w', 0o600);
  const { size } = await source.stat();
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let done = 0;
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead } = await source.read(chunk, 0, CHUNK_BYTES, done);
    if (bytesRead === 0) return;
    await target.writeFile(chunk.subarray(0, bytesRead));
    done += bytesRead;
    onProgress?.(done, Math.max(size, done));
  }
}

async function stampOf(path: string, companions: readonly string[]): Promise<string> {
  const parts = [await stampOfOne(path)];
  for (const ending of companions) {
    parts.push(
      await stampOfOne(`${path}${ending}`).catch((error: unknown) => {
        if (isMissing(error)) return 'not there';
        throw error;
      }),
    );
  }
  return parts.join(' ');
}

async function stampOfOne(path: string): Promise<string> {
  await using file: FileHandle = await open(path, 'r');
  const { size, mtimeNs } = await file.stat({ bigint: true });
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(HEAD_BYTES), 0, HEAD_BYTES, 0);
  const head = createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('hex');
  return `${size} ${mtimeNs} ${head}`;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
