/** The keyring's part of a store: kept beside the log, never in it, so that a key can be destroyed. */

/** A data key as it is kept: wrapped, under the name that sealed values carry. */
export interface StoredKey {
  readonly keyId: string;
  /** What it seals: a channel, or a node. */
  readonly subject: string;
  /** Null once destroyed. */
  readonly wrapped: Uint8Array | null;
  readonly createdAtNs: bigint;
  readonly destroyedAtNs: bigint | null;
}

export interface NewKey {
  readonly keyId: string;
  readonly subject: string;
  readonly wrapped: Uint8Array;
  readonly createdAtNs: bigint;
}

export interface KeyTable {
  /** Another number once any process destroyed or wrapped again a key: what is cached is asked again. */
  version(): number;
  /** Adds a key; one that is there already, or was destroyed, is never replaced (false). */
  put(key: NewKey): boolean;
  /** The same for several, which take no longer than one. */
  putAll(keys: readonly NewKey[]): void;
  /** Returns once every key is on disk, for who acknowledges one alone: what it seals takes it there. */
  flush(): void;
  byId(keyId: string): StoredKey | undefined;
  /** Oldest first. */
  bySubject(subject: string): readonly StoredKey[];
  all(): readonly StoredKey[];
  /** Replaces the wrapping of a key (a new passphrase); false if it is not there. */
  rewrap(keyId: string, wrapped: Uint8Array): boolean;
  /**
   * Destroys the key's bytes everywhere in this store's files and leaves a tombstone. False if
   * there is no such key. Throws StoreError while another process keeps old bytes from going.
   */
  destroy(keyId: string, destroyedAtNs: bigint): boolean;
}
