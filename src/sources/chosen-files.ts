/**
 * Which of the files that a person names, or has in a folder, an importer reads: those that are what it
 * reads, by their content. A folder's others are left out and listed; one that was named is refused.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImporterEntry } from './importer.ts';
import { type Recognised, recognise } from './recognise.ts';

/** A node's own folder is deeper nowhere: data/graph/mainnet, logs/bitcoin/mainnet. */
const MAX_DEPTH = 6;
/** A folder with more is no node's. */
const MAX_FILES = 10_000;
/** They belong to the database beside them, and are read with it. */
const COMPANION = /-(?:wal|shm|journal)$/;

export interface LeftOut {
  readonly path: string;
  readonly why: string;
}

export interface ChosenFiles {
  readonly paths: readonly string[];
  /** Of folders, in the order of their names. */
  readonly leftOut: readonly LeftOut[];
}

/** A file is not what the importer reads: a sentence that says what it is, and what to do. */
export class WrongFileError extends Error {
  override readonly name = 'WrongFileError';
}

/**
 * Throws a WrongFileError for a file that is named and not read, and for a folder in which nothing is;
 * an ImportError for a pipe; the system's error for a file that is named and cannot be opened.
 */
export async function chosenFiles(
  named: readonly string[],
  entry: ImporterEntry,
  others: readonly ImporterEntry[],
): Promise<ChosenFiles> {
  const paths: string[] = [];
  const leftOut: LeftOut[] = [];
  for (const path of named) {
    const found = await recognise(path);
    if (found === undefined) {
      const inside = await filesIn(path, entry, others);
      paths.push(...inside.paths);
      leftOut.push(...inside.leftOut);
      continue;
    }
    if (!found.sources.includes(entry.name) && !isLookedAt(found, entry)) {
      throw new WrongFileError(refusalOf(path, found, entry, others));
    }
    paths.push(path);
  }
  return { paths, leftOut };
}

/** Whether the importer itself says what it is. */
function isLookedAt({ sources, instead, lookers }: Recognised, entry: ImporterEntry): boolean {
  if (lookers?.includes(entry.name)) return true;
  return entry.reads === undefined && sources.length === 0 && instead === undefined;
}

function refusalOf(
  path: string,
  found: Recognised,
  entry: ImporterEntry,
  others: readonly ImporterEntry[],
): string {
  const { what, instead } = found;
  const other = readerOf(found, others);
  if (other !== undefined) {
    return `${path} is ${what}: write "channel-ledger import ${other.name} ${path}"`;
  }
  if (instead !== undefined) return `not yet: ${path} is ${what}; ${instead}`;
  if (found.remedy !== undefined) return `${path} is ${what}: ${found.remedy}`;
  const reads = entry.reads ?? entry.summary;
  return `${path} is ${what}, and "import ${entry.name}" reads ${reads}: is it the right file?`;
}

function readerOf(
  { sources }: Recognised,
  importers: readonly ImporterEntry[],
): ImporterEntry | undefined {
  return importers.find(({ name }) => sources.includes(name));
}

async function filesIn(
  folder: string,
  entry: ImporterEntry,
  others: readonly ImporterEntry[],
): Promise<ChosenFiles> {
  const paths: string[] = [];
  const leftOut: LeftOut[] = [];
  for (const path of await everyFile(folder, entry)) {
    const why = await whyNot(path, entry, others);
    if (why === undefined) paths.push(path);
    else leftOut.push({ path, why });
  }
  if (paths.length > 0) return { paths, leftOut };
  const [first] = leftOut;
  const example = first === undefined ? 'it has no files' : `${first.path}, for one: ${first.why}`;
  const reads = entry.reads ?? entry.summary;
  throw new WrongFileError(
    `${folder} has nothing that "import ${entry.name}" reads (${example}): give ${reads}`,
  );
}

/** Undefined where it is to be read. */
async function whyNot(
  path: string,
  entry: ImporterEntry,
  others: readonly ImporterEntry[],
): Promise<string | undefined> {
  let found: Recognised | undefined;
  try {
    found = await recognise(path);
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    return `it cannot be read${typeof code === 'string' ? ` (${code})` : ''}`;
  }
  if (found === undefined) return 'it is a folder';
  const { what, sources, instead } = found;
  if (sources.includes(entry.name)) return found.whyNot;
  const other = readerOf(found, others);
  if (other !== undefined) return `it is ${what}, which "import ${other.name}" reads`;
  return instead === undefined ? `it is ${what}` : `not yet, it is ${what}: ${instead}`;
}

/** Every file of the folder and those in it, without what is hidden or a link. */
async function everyFile(folder: string, entry: ImporterEntry): Promise<readonly string[]> {
  const found: string[] = [];
  const waiting = [{ path: folder, depth: 0 }];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const entries = await readdir(next.path, { withFileTypes: true });
    for (const file of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (file.name.startsWith('.') || COMPANION.test(file.name)) continue;
      const path = join(next.path, file.name);
      if (file.isDirectory() && next.depth < MAX_DEPTH) {
        waiting.push({ path, depth: next.depth + 1 });
      }
      if (file.isFile()) found.push(path);
      if (found.length > MAX_FILES) {
        throw new WrongFileError(
          `${folder} has more than ${MAX_FILES} files: give ${entry.reads ?? entry.summary}`,
        );
      }
    }
  }
  return found;
}
