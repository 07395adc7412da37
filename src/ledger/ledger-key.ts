/**
 * The ledger's key: it wraps every data key. A file beside the ledger, made on first use and readable
 * by its owner alone, or derived from a passphrase. Without it every question about numbers is answered.
 */

import { createHmac, randomBytes, scryptSync } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { type LocalStore, StoreError } from '../store/event-store.ts';

const KEY_BYTES = 32;
/** RFC 7914 cost: about 0.1 s and 64 MiB, once per opening. */
const SCRYPT = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 1024 * 1024 };

/** In the ledger's meta: what its passphrase is salted with. */
export const SALT = 'key/salt';
const SALT_BYTES = 16;

export type LedgerKeySource =
  | { readonly kind: 'file'; readonly path: string; readonly mayCreate: boolean }
  | { readonly kind: 'passphrase'; readonly passphrase: string; readonly salt: Uint8Array }
  | { readonly kind: 'seed'; readonly seed: string; readonly path: string | undefined }
  | { readonly kind: 'random' };

/** The key's bytes, or undefined where the ledger is opened without it. */
export function ledgerKey(source: LedgerKeySource): Uint8Array | undefined {
  switch (source.kind) {
    case 'file':
      if (existsSync(source.path)) return readKeyFile(source.path);
      return source.mayCreate ? writeKeyFile(source.path, randomBytes(KEY_BYTES)) : undefined;
    case 'passphrase':
      return scryptSync(source.passphrase, source.salt, KEY_BYTES, SCRYPT);
    case 'seed': {
      const key = createHmac('sha256', source.seed).update('channel-ledger/ledger-key').digest();
      const { path } = source;
      if (path === undefined) return key;
      return existsSync(path) ? readKeyFile(path) : writeKeyFile(path, key);
    }
    case 'random':
      return randomBytes(KEY_BYTES);
  }
}

export function keyPathOf(ledgerPath: string): string {
  return `${ledgerPath}.key`;
}

function readKeyFile(path: string): Uint8Array {
  const text = readText(path).trim();
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new StoreError(`the key file ${path} is damaged: put back the copy you keep of it`);
  }
  return Buffer.from(text, 'hex');
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StoreError(`the key file ${path} cannot be read: ${reason}`);
  }
}

/**
 * Whole or not at all: written beside its place, flushed, and linked into it; who comes second takes
 * the first one's. The directory is flushed too, for the wrapped keys must not outlive their key.
 */
function writeKeyFile(path: string, key: Uint8Array): Uint8Array {
  const making = `${path}.${process.pid}.new`;
  const file = openSync(making, 'w', 0o600);
  try {
    writeSync(file, `${Buffer.from(key).toString('hex')}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(making, path);
  } catch (cause) {
    const isThere = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    if (!isThere) throw cause;
  } finally {
    unlinkSync(making);
  }
  flushDirectory(dirname(path));
  return readKeyFile(path);
}

function flushDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/** The salt of a ledger's passphrase, made once: of several who open it first at once, one's is kept. */
export function saltOf(meta: Pick<LocalStore, 'getMeta' | 'updateMeta'>): Uint8Array {
  if (meta.getMeta(SALT) === undefined) {
    meta.updateMeta(SALT, (known) => known ?? randomBytes(SALT_BYTES).toString('hex'));
  }
  return Buffer.from(meta.getMeta(SALT) ?? '', 'hex');
}
