/** Opening a ledger: its store, its key, its rows. */
import { existsSync, rmSync } from 'node:fs';
import { type LocalStore, StoreError } from '../store/event-store.ts';
import { isClusterAddress } from '../store/eventstoredb/address.ts';
import { MemoryStore } from '../store/memory.ts';
import { whileAlone } from '../store/sqlite/alone.ts';
import { openSqliteStore } from '../store/sqlite/open.ts';

import type { CopiedLedger, CopyOptions } from './copy-ledger.ts';
import { Keyring } from './keyring.ts';
import { Ledger } from './ledger.ts';
import { keyPathOf, type LedgerKeySource, ledgerKey, SALT, saltOf } from './ledger-key.ts';
import type { ClusterOpening } from './open-cluster.ts';
import type { Replication } from './replicate.ts';
import { LedgerRows } from './rows.ts';

export interface OpenOptions extends ClusterOpening {
  /** Makes a new ledger where there is none (default false). */
  readonly create?: boolean;
  /** Nothing is written, not even derived rows. */
  readonly readonly?: boolean;
  /** Wraps the data keys instead of the key file beside the ledger. */
  readonly passphrase?: string;
  /** Fixes keys and puts all peers on one lane, so that two equal runs give equal bytes. */
  readonly seed?: string;
  /** The ledger whose key file serves this one, which is a copy of it. */
  readonly keyOf?: string;
  /**
   * Told why there is no key that serves (damaged, another ledger's, a wrong passphrase, missing); the
   * ledger is then opened without it. Where nobody listens it is an error, but a missing one is not.
   */
  readonly onBadKey?: (why: string) => void;
}

/** A throw-away ledger in this process's memory. */
export const MEMORY = ':memory:';

/**
 * Opens the ledger at `path`, at `esdb://…`, or `:memory:`. Without its key file a ledger still answers every
 * question about numbers. Throws a StoreError with a sentence where it cannot be opened.
 */
export async function openLedger(path: string, options: OpenOptions = {}): Promise<Ledger> {
  const { store, keyPath } = await opened(path, options);
  // A replica's rows are its own, whatever its reader may do with the ledger.
  const isReadonly = !isClusterAddress(path) && (options.readonly ?? false);
  try {
    const { seed } = options;
    const nowNs = seed === undefined ? wallClockNs : () => 0n;
    const table = store.keys;
    const withKey = (ledgerKey: Uint8Array | undefined) =>
      new Keyring({ table, ledgerKey, seed, nowNs });
    let isKeyBad = false;
    const keyring = fitting(
      () => withKey(ledgerKey(keySource(keyPath, store, options))),
      () => {
        isKeyBad = true;
        return withKey(undefined);
      },
      options,
    );
    const isKeyMissing = !keyring.hasLedgerKey && table.all().length > 0;
    if (isKeyMissing && !isKeyBad) options.onBadKey?.(missingKey(keyPath, store, options));
    const rows = new LedgerRows(store, { isReadonly });
    return new Ledger({ path, store, keyring, rows, nowNs, isSingleLane: seed !== undefined });
  } catch (cause) {
    await store.close();
    throw cause;
  }
}

/** The store, and the file that its key lies beside. */
async function opened(
  path: string,
  options: OpenOptions,
): Promise<{ readonly store: LocalStore; readonly keyPath: string }> {
  if (path === MEMORY) return { store: new MemoryStore(), keyPath: path };
  if (isClusterAddress(path)) {
    // The client of clusters costs memory and time: only who asks for it loads it, here and below.
    const { openClusterLedger } = await import('./open-cluster.ts');
    const { store, keysPath } = await openClusterLedger(path, options);
    return { store, keyPath: keysPath };
  }
  const { create = false, readonly = false } = options;
  return { store: openSqliteStore(path, { create, readonly }), keyPath: path };
}

/** A keyring with the ledger's key, or without where it does not serve and somebody is told. */
function fitting(
  make: () => Keyring,
  withoutKey: () => Keyring,
  { onBadKey }: OpenOptions,
): Keyring {
  try {
    const keyring = make();
    keyring.assertFits();
    return keyring;
  } catch (cause) {
    if (onBadKey === undefined || !(cause instanceof StoreError)) throw cause;
    onBadKey(cause.message);
    return withoutKey();
  }
}

function keySource(path: string, store: LocalStore, options: OpenOptions): LedgerKeySource {
  const { passphrase, seed } = options;
  if (passphrase !== undefined) return { kind: 'passphrase', passphrase, salt: saltOf(store) };
  const isInMemory = path === MEMORY;
  if (seed !== undefined)
    return { kind: 'seed', seed, path: isInMemory ? undefined : keyPathOf(path) };
  if (isInMemory) return { kind: 'random' };
  // A key that got lost is never replaced by a new one: that would seem to work until it is needed.
  const mayCreate = options.readonly !== true && store.keys.all().length === 0;
  const owner = isClusterAddress(options.keyOf ?? '') ? path : (options.keyOf ?? path);
  return { kind: 'file', path: keyPathOf(owner), mayCreate };
}

function missingKey(path: string, store: LocalStore, { keyOf }: OpenOptions): string {
  const file = keyPathOf(keyOf ?? path);
  return store.getMeta(SALT) === undefined
    ? `the key file ${file} is not there: put back the copy you keep of it`
    : `this ledger has a passphrase, and none was given: put it into $CHANNEL_LEDGER_PASSPHRASE (or its key file at ${file})`;
}

function wallClockNs(): bigint {
  return BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n;
}

/** Copies a ledger into another store, `PATH` or `esdb://…` either of them; run again it goes on. */
export async function copyLedger(
  from: string,
  to: string,
  options: CopyOptions = {},
): Promise<CopiedLedger> {
  const { copyBetween } = await import('./copy-ledger.ts');
  return copyBetween(from, to, options);
}

/** Keeps the file up with a cluster's ledger until it is closed. */
export async function replicateLedger(
  address: string,
  path: string,
  options: { readonly onTrouble?: (sentence: string) => void } = {},
): Promise<Replication> {
  const { startReplication } = await import('./replicate.ts');
  return startReplication(address, path, options);
}

/**
 * Removes a ledger's files, its key and its sources' state; answers what was there. Throws a StoreError
 * where somebody has it open: a recorder would go on into a file that nobody can find again.
 */
export async function wipeLedger(path: string): Promise<readonly string[]> {
  if (isClusterAddress(path)) {
    const { howToWipe } = await import('./open-cluster.ts');
    throw new StoreError(howToWipe(path));
  }
  // Only what opens as a ledger is removed.
  await openSqliteStore(path, { create: false }).close();
  const files = [
    `${path}-wal`,
    `${path}-shm`,
    `${path}-journal`,
    path,
    keyPathOf(path),
    `${path}.ldk`,
  ];
  return whileAlone(path, () => {
    const there = files.filter((file) => existsSync(file));
    for (const file of there) rmSync(file, { recursive: true });
    return there;
  });
}
