/** A command that makes a ledger and fails before anything is in it leaves none behind. */
import { existsSync, rmSync } from 'node:fs';
import type { Cli } from './cli.ts';
import { existingPath, isCluster } from './open.ts';
import { type CommonOptions, ledgerPath } from './options.ts';

/** A key that was put beside the new ledger before is none of ours to remove. */
const suffixes = ['', '-wal', '-shm', '-journal', '.key'];

/** Runs the work; where it fails, the files of a ledger that it made go again, unless that has events. */
export async function unmadeOnFailure<T>(
  cli: Cli,
  common: CommonOptions,
  work: () => Promise<T>,
): Promise<T> {
  const path = existingPath(ledgerPath(common, cli));
  const files = suffixes.map((suffix) => `${path}${suffix}`);
  const absent = isCluster(path) ? [] : files.filter((file) => !existsSync(file));
  try {
    return await work();
  } catch (error) {
    if (absent.includes(path) && (await isEmpty(cli, path))) {
      for (const file of absent) rmSync(file, { force: true });
    }
    throw error;
  }
}

/** Looked at again, closed as it is by now: a write that was under way may have come to an end. */
async function isEmpty(cli: Cli, path: string): Promise<boolean> {
  if (!existsSync(path)) return false;
  try {
    const { openLedger } = await cli.ledgers();
    const ledger = await openLedger(path, { readonly: true, onBadKey: () => undefined });
    try {
      return (await ledger.store.lastCheckpoint()) === undefined;
    } finally {
      await ledger.close();
    }
  } catch {
    // What cannot be looked at stays, and why the work failed is what is told.
    return false;
  }
}
