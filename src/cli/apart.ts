/** What is written beside a ledger must not be written onto it: nothing brings a ledger or its key back. */
import { realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { UsageError } from './errors.ts';
import { isCluster } from './open.ts';

/** The ledger's files, and the directory of its live source. */
const SUFFIXES = ['', '-wal', '-shm', '-journal', '.key', '.ldk'];

/** Throws where `output` is the ledger at `ledger` or a part of it, under whatever name. */
export function assertApart(output: string, ledger: string): void {
  if (isCluster(ledger)) return;
  const place = realPlace(output);
  const target = statOf(output);
  // SQLite keeps its files beside the real one, the key is beside the one that was named.
  for (const path of new Set([ledger, realPlace(ledger)])) {
    for (const suffix of SUFFIXES) {
      const own = `${path}${suffix}`;
      const isWithin = `${place}${sep}`.startsWith(`${realPlace(own)}${sep}`);
      if (!isWithin && !isSameFile(target, statOf(own))) continue;
      throw new UsageError(
        `${output} is ${suffix === '' ? 'the ledger itself' : `a part of the ledger (${own})`}, ` +
          'which an export must not replace: name another file with --output',
      );
    }
  }
}

/** Where it is or would be, whatever links lead there. */
function realPlace(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const directory = dirname(path);
    return directory === path ? path : join(realPlace(directory), basename(path));
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function isSameFile(a: Stats | undefined, b: Stats | undefined): boolean {
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
}
