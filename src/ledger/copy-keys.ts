/**
 * The keys of a ledger that is copied from one file into another. They stay wrapped as they are, and
 * what unwraps them goes beside the copy: its key file, or the salt of its passphrase.
 */
import { constants, copyFileSync, existsSync, readFileSync } from 'node:fs';
import type { LocalStore } from '../store/event-store.ts';
import { keyPathOf, SALT } from './ledger-key.ts';

export interface CopiedKeys {
  readonly keysCopied: number;
  /** Why secrets stay sealed in the copy, or with what they are opened there. */
  readonly keysNote?: string;
}

export interface KeyedFile {
  readonly path: string;
  readonly store: LocalStore;
}

export function copyKeys(from: KeyedFile, to: KeyedFile): CopiedKeys {
  // A destroyed one has nothing left to copy.
  const keys = from.store.keys.all().flatMap(({ wrapped, ...key }) => {
    return wrapped === null ? [] : [{ ...key, wrapped }];
  });
  if (keys.length === 0) return { keysCopied: 0 };
  const obstacle = prepared(from, to);
  if (obstacle !== undefined) return { keysCopied: 0, keysNote: obstacle };
  const keysCopied = keys.filter((key) => to.store.keys.put(key)).length;
  to.store.keys.flush();
  return { keysCopied };
}

/** Undefined once what unwraps the keys is the same at both ends. */
function prepared(from: KeyedFile, to: KeyedFile): string | undefined {
  const salt = from.store.getMeta(SALT);
  if (salt !== undefined) {
    // Who opens the copy with a passphrase in this moment gives it a salt, and keys of its own.
    to.store.updateMeta(SALT, (there) => {
      return there === undefined && to.store.keys.all().length === 0 ? salt : undefined;
    });
    const isOther = to.store.getMeta(SALT) !== salt;
    return isOther ? 'the other ledger has keys of its own: secrets stay sealed there' : undefined;
  }
  const [here, there] = [keyPathOf(from.path), keyPathOf(to.path)];
  if (!existsSync(here)) return `the key file ${here} is not there: secrets stay sealed`;
  if (!existsSync(there)) copyFileSync(here, there, constants.COPYFILE_EXCL);
  const isSame = readFileSync(here, 'utf8').trim() === readFileSync(there, 'utf8').trim();
  return isSame
    ? undefined
    : 'the other ledger has a key of its own: secrets that were copied stay sealed there';
}
