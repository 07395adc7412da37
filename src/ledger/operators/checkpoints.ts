/** Where a subscriber's checkpoint is kept between two runs: in a file, in memory, or in a store of yours. */
import { open, readFile, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Checkpoint } from '../../store/event-store.ts';
import { StoreError } from '../../store/event-store.ts';

/**
 * A program whose handler writes into a database keeps its checkpoint there, in the same transaction
 * where it can. Calls never overlap.
 */
export interface CheckpointStore {
  /** What was saved last, or undefined to begin at the start. */
  load(): Promise<Checkpoint | undefined>;
  /** Resolves once it would survive a crash, as far as that is wanted. */
  save(checkpoint: Checkpoint): Promise<void>;
}

/** Kept for as long as the object lives: for tests, and for subscribers that begin anew each time. */
export function memoryCheckpoints(first?: Checkpoint): CheckpointStore {
  let saved = first;
  return {
    load: async () => saved,
    save: async (checkpoint) => {
      saved = checkpoint;
    },
  };
}

const MOST_CHARACTERS = 200;

/** Kept in a file of its own, which holds the old or the new checkpoint and never half of one. */
export function fileCheckpoints(path: string): CheckpointStore {
  return {
    async load() {
      const text = await textOf(path);
      if (text === undefined) return undefined;
      const [checkpoint = '', ...rest] = text.split('\n');
      if (
        /^[!-~]+$/.test(checkpoint) &&
        checkpoint.length <= MOST_CHARACTERS &&
        rest.join('') === ''
      )
        return checkpoint;
      throw new StoreError(`${path} holds no checkpoint: is it the right file?`);
    },
    async save(checkpoint) {
      // Renaming replaces it in one step; without the two syncs a power failure could leave it empty.
      const written = join(dirname(path), `.${basename(path)}.new`);
      const file = await open(written, 'w', 0o600);
      try {
        await file.writeFile(`${checkpoint}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(written, path);
      await syncDirectory(dirname(path));
    },
  };
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
