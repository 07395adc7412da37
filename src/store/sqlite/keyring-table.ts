/**
 * The keyring's table. A key that is destroyed must be gone from the file's bytes: SQLite zeroes
 * what it deletes (`secure_delete`), and the WAL, which still holds the older pages, is cut to
 * nothing. What remains is a tombstone, so that no key is made for the subject again.
 */
import { StoreError } from '../event-store.ts';
import type { KeyTable, NewKey, StoredKey } from '../key-table.ts';
import type { Connection } from './connection.ts';

type KeyTuple = [string, string, Buffer | null, bigint, bigint | null];

/** In `meta`: how often a key was destroyed or wrapped again. */
const CHANGES = 'key changes';
const COUNT_CHANGE = `INSERT INTO meta(key, text) VALUES ('${CHANGES}', '1')
  ON CONFLICT(key) DO UPDATE SET text = CAST(CAST(text AS INTEGER) + 1 AS TEXT)`;
const PUT = `INSERT INTO keyring(key_id, subject, wrapped, created_at) VALUES (?, ?, ?, ?)
  ON CONFLICT(key_id) DO NOTHING`;
const KEY = 'SELECT key_id, subject, wrapped, created_at, destroyed_at FROM keyring';

export class KeyringTable implements KeyTable {
  readonly #connection: Connection;
  readonly #onDestroyed: () => void;
  #dataVersion = -1;
  #version = 0;

  /** `onDestroyed`: whoever holds keys to write with lets go of them. */
  constructor(connection: Connection, onDestroyed: () => void) {
    this.#connection = connection;
    this.#onDestroyed = onDestroyed;
  }

  /** Counted beside the keys: every commit of the writer's thread would look like a change of them. */
  version(): number {
    const dataVersion = this.#connection.dataVersion();
    if (dataVersion === this.#dataVersion) return this.#version;
    const sql = 'SELECT text FROM meta WHERE key = ?';
    const count = this.#connection.guard(() => this.#connection.values<string>(sql).get(CHANGES));
    this.#dataVersion = dataVersion;
    const version = Number(count ?? 0);
    // Another process may have destroyed what the writer's thread still holds.
    if (version !== this.#version) this.#onDestroyed();
    this.#version = version;
    return version;
  }

  put(key: NewKey): boolean {
    return this.#putEach([key]) === 1;
  }

  putAll(keys: readonly NewKey[]): void {
    if (keys.length > 0) this.#putEach(keys);
  }

  #putEach(keys: readonly NewKey[]): number {
    this.#connection.pragma('secure_delete = ON');
    // What is sealed under a key is acknowledged by a later commit, which puts both on the disk.
    return this.#connection.lazyTransaction(() => {
      const insert = this.#connection.command(PUT);
      let added = 0;
      for (const { keyId, subject, wrapped, createdAtNs } of keys) {
        added += insert.run(keyId, subject, wrapped, createdAtNs).changes;
      }
      return added;
    });
  }

  /** A commit that changes nothing flushes nothing, so something comes and goes. */
  flush(): void {
    const add = "INSERT OR REPLACE INTO meta(key, text) VALUES ('flush', '')";
    const remove = "DELETE FROM meta WHERE key = 'flush'";
    this.#connection.transaction(() => {
      this.#connection.command(add).run();
      this.#connection.command(remove).run();
    });
  }

  byId(keyId: string): StoredKey | undefined {
    return this.#keys('WHERE key_id = ?', keyId)[0];
  }

  bySubject(subject: string): readonly StoredKey[] {
    return this.#keys('WHERE subject = ? ORDER BY serial', subject);
  }

  all(): readonly StoredKey[] {
    return this.#keys('ORDER BY serial');
  }

  rewrap(keyId: string, wrapped: Uint8Array): boolean {
    const sql = 'UPDATE keyring SET wrapped = ? WHERE key_id = ? AND wrapped IS NOT NULL';
    return this.#erasing(() => this.#connection.command(sql).run(wrapped, keyId).changes === 1);
  }

  destroy(keyId: string, destroyedAtNs: bigint): boolean {
    const sql = `UPDATE keyring SET wrapped = NULL, destroyed_at = ?
      WHERE key_id = ? AND wrapped IS NOT NULL`;
    if (this.byId(keyId) === undefined) return false;
    this.#erasing(() => this.#connection.command(sql).run(destroyedAtNs, keyId));
    this.#onDestroyed();
    this.#truncateWal();
    return true;
  }

  #erasing<T>(work: () => T): T {
    this.#connection.pragma('secure_delete = ON');
    return this.#connection.transaction(() => {
      this.#connection.command(COUNT_CHANGE).run();
      return work();
    });
  }

  /** A reader in another process keeps old pages alive; it is waited for as long as a lock is. */
  #truncateWal(): void {
    const [busy] = this.#connection.guard(
      () => this.#connection.rows<[number]>('PRAGMA wal_checkpoint(TRUNCATE)').get() ?? [1],
    );
    if (busy === 0) return;
    throw new StoreError(
      `${this.#connection.path}: the key is gone from the ledger, but another process still reads ` +
        'old pages that hold it: close that process and purge again',
    );
  }

  #keys(where: string, ...parameters: string[]): readonly StoredKey[] {
    const rows = this.#connection.guard(() =>
      this.#connection.bigRows<KeyTuple>(`${KEY} ${where}`).all(...parameters),
    );
    return rows.map(([keyId, subject, wrapped, createdAtNs, destroyedAtNs]) => ({
      keyId,
      subject,
      wrapped,
      createdAtNs,
      destroyedAtNs,
    }));
  }
}
