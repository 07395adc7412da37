/**
 * A gossip_store read from its file, once or as it grows. It needs no copy: records are only added at
 * its end, and lightningd opens it without a lock.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { pause } from '../following.ts';
import { ImportError } from '../importer.ts';
import { minorVersionOf, type StoreRecord, StoreRecords } from './store-records.ts';

const CHUNK_BYTES = 1 << 20;
/** How often a store that grows is looked at. */
const PAUSE_MS = 200;
/** `gossip_store_ended`: lightningd has written the store anew, into another file of the same name. */
const ENDED = 4105;

export interface ReadOptions {
  readonly signal: AbortSignal;
  /** Goes on at the end of the file, until the signal aborts. */
  readonly isFollowed: boolean;
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
}

/**
 * A record, that nothing more has come (`idle`), that another file took this one's place, from its beginning on,
 * or that the file ends within a record.
 */
export type Read =
  | { readonly kind: 'record'; readonly record: StoreRecord; readonly place: string }
  | { readonly kind: 'idle' }
  | { readonly kind: 'replaced' }
  | { readonly kind: 'unfinished'; readonly bytes: number; readonly place: string };

/** Looks at the beginning: throws an ImportError where it is no gossip_store. */
export async function assertGossipStore(path: string): Promise<void> {
  await using file = await open(path, 'r');
  const about = await file.stat();
  if (about.isDirectory()) {
    throw new ImportError(`${path} is a directory: name the gossip_store in it`);
  }
  const { buffer, bytesRead } = await file.read(Buffer.alloc(1), 0, 1, 0);
  minorVersionOf(bytesRead === 0 ? undefined : buffer[0], path);
}

/** The records of the store at `path`; a store that is written anew is begun anew. */
export async function* readStore(
  path: string,
  options: ReadOptions,
): AsyncGenerator<Read, void, undefined> {
  for (;;) {
    const isReplaced = yield* readFile(path, options);
    if (!isReplaced) return;
    yield { kind: 'replaced' };
  }
}

/** True where the file was replaced by another one while it was followed. */
async function* readFile(
  path: string,
  { signal, isFollowed, onProgress }: ReadOptions,
): AsyncGenerator<Read, boolean, undefined> {
  await using file = await open(path, 'r');
  const first = Buffer.alloc(1);
  const { bytesRead } = await file.read(first, 0, 1, 0);
  const records = new StoreRecords(
    minorVersionOf(bytesRead === 0 ? undefined : first[0], path),
    path,
  );
  let position = 1;
  let hasEnded = false;
  while (!signal.aborted) {
    // A new one each time: records are views of it.
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, position);
    position += bytesRead;
    for (const record of records.take(chunk.subarray(0, bytesRead))) {
      hasEnded ||= record.type === ENDED && record.isSound;
      yield { kind: 'record', record, place: records.placeOf(record) };
      if (signal.aborted) return false;
    }
    onProgress(position, Math.max(position, (await file.stat()).size));
    if (bytesRead > 0) continue;
    if (!isFollowed) break;
    yield { kind: 'idle' };
    if (hasEnded || (await isReplaced(file, path, position))) return true;
    await pause(PAUSE_MS, signal);
  }
  if (!isFollowed && records.unfinishedBytes > 0) {
    const place = `${path} byte ${records.byte}`;
    yield { kind: 'unfinished', bytes: records.unfinishedBytes, place };
  }
  return false;
}

/** lightningd renames a new store over the old one; while there is none, the old one is waited at. */
async function isReplaced(file: FileHandle, path: string, position: number): Promise<boolean> {
  try {
    await using now = await open(path, 'r');
    const [there, here] = [await now.stat(), await file.stat()];
    return there.ino !== here.ino || there.size < position;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return false;
    throw cause;
  }
}
