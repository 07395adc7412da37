/**
 * Data keys, one per subject (a channel, a node), kept outside the log and wrapped by the ledger's
 * key. Destroying a subject's key is what purging means (DESIGN §8).
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  randomBytes,
} from 'node:crypto';
import { StoreError } from '../store/event-store.ts';
import { hmacKeyOf, hmacOfText } from '../store/hmac.ts';
import type { KeyTable, NewKey, StoredKey } from '../store/key-table.ts';
import type { SealingKey } from '../store/unsealed.ts';

/** What a subject's key is now: usable, destroyed, or locked away without the ledger's key. */
export type KeyState =
  | { readonly state: 'open'; readonly key: SealingKey }
  | { readonly state: 'purged'; readonly keyId: string }
  | { readonly state: 'no-key'; readonly keyId: string | undefined };

const WRAP = 'id-aes256-wrap';
/** RFC 3394 §2.2.3.1: the default initial value. */
const WRAP_IV = Buffer.alloc(8, 0xa6);
const LINK_SUBJECT = 'links';
const REMEMBERED_LINKS = 10_000;
const MOST_CACHED = 100_000;

export class Keyring {
  readonly #table: KeyTable;
  readonly #ledgerKey: Uint8Array | undefined;
  readonly #seed: string | undefined;
  readonly #nowNs: () => bigint;
  readonly #open = new Map<string, KeyState>();
  readonly #keys = new Map<string, { readonly wrapped: Uint8Array; readonly key: SealingKey }>();
  #version = -1;
  #isFresh = false;
  /** An HTLC stands in several commitments: its link is asked for again and again. */
  readonly #links = new Map<string, string>();

  constructor(options: {
    readonly table: KeyTable;
    readonly ledgerKey: Uint8Array | undefined;
    /** Makes data keys reproducible, for `--seed`. */
    readonly seed?: string | undefined;
    readonly nowNs: () => bigint;
  }) {
    this.#table = options.table;
    this.#ledgerKey = options.ledgerKey;
    this.#seed = options.seed;
    this.#nowNs = options.nowNs;
  }

  get hasLedgerKey(): boolean {
    return this.#ledgerKey !== undefined;
  }

  /** Throws where the ledger's key is another ledger's, or the passphrase is wrong. */
  assertFits(): void {
    const wrapped = this.#table.all().find((key) => key.wrapped !== null);
    if (wrapped !== undefined) this.#stateOf(wrapped);
  }

  /** The subject's key for sealing; made on first use, never again after a purge. */
  forSealing(subject: string): KeyState {
    return this.#cached(subject, () => {
      return this.#stateOf(this.#table.bySubject(subject)[0]) ?? this.#make(subject);
    });
  }

  /** The key a sealed value names. */
  byId(keyId: string): KeyState {
    return this.#cached(`id ${keyId}`, () => {
      return this.#stateOf(this.#table.byId(keyId)) ?? { state: 'no-key', keyId };
    });
  }

  /** Makes the keys that new subjects will need: one by one, each would wait for the file. */
  prepare(subjects: Iterable<string>): void {
    if (this.#ledgerKey === undefined) return;
    this.#refresh();
    const made: { readonly bytes: Uint8Array; readonly stored: NewKey }[] = [];
    for (const subject of subjects) {
      if (this.#open.has(subject) || this.#table.bySubject(subject).length > 0) continue;
      made.push(this.#newKey(subject, this.#ledgerKey));
    }
    this.#table.putAll(made.map(({ stored }) => stored));
    for (const { bytes, stored } of made) this.#open.set(stored.subject, this.#made(bytes, stored));
  }

  #cached(name: string, read: () => KeyState): KeyState {
    this.#refresh();
    const cached = this.#open.get(name);
    if (cached !== undefined) return cached;
    const state = read();
    // A key that is not there yet may be brought by an import, which changes no key.
    const isAbsent = state.state === 'no-key' && this.#ledgerKey !== undefined;
    if (!isAbsent) this.#open.set(name, state);
    return state;
  }

  /**
   * A purge by another process reaches this one before its next piece of work. Asked once for all
   * that is sealed in one go: asking for each event took a tenth of recording it.
   */
  #refresh(): void {
    if (this.#isFresh) return;
    const version = this.#table.version();
    if (version !== this.#version) this.#keys.clear();
    if (version !== this.#version || this.#open.size >= MOST_CACHED) this.#open.clear();
    this.#version = version;
    this.#isFresh = true;
    queueMicrotask(() => {
      this.#isFresh = false;
    });
  }

  keyIdOf(subject: string): string | undefined {
    return this.#table.bySubject(subject)[0]?.keyId;
  }

  /** Whether this ledger's key opens a wrapped one; undefined where it is opened without its key. */
  fits(wrapped: Uint8Array): boolean | undefined {
    if (this.#ledgerKey === undefined) return undefined;
    return unwrapped(this.#ledgerKey, wrapped) !== undefined;
  }

  /** Destroys the bytes of all the subject's keys (an import may have brought a second one). */
  destroy(subject: string): boolean {
    this.#open.clear();
    this.#keys.clear();
    const stored = this.#table.bySubject(subject);
    for (const { keyId } of stored) this.#table.destroy(keyId, this.#nowNs());
    return stored.length > 0;
  }

  /** Makes a link of a payment hash that both HTLCs of a forward share and nobody can undo. */
  linkOf(paymentHash: string): string {
    const known = this.#links.get(paymentHash);
    if (known !== undefined) return known;
    const state = this.forSealing(LINK_SUBJECT);
    if (state.state !== 'open') throw noKey();
    const link = hmacOfText(state.key.nonceKey, paymentHash).slice(0, 32);
    if (this.#links.size >= REMEMBERED_LINKS) this.#links.clear();
    this.#links.set(paymentHash, link);
    return link;
  }

  #stateOf(stored: StoredKey | undefined): KeyState | undefined {
    if (stored === undefined) return undefined;
    const { keyId, wrapped } = stored;
    if (wrapped === null) {
      this.#keys.delete(keyId);
      return { state: 'purged', keyId };
    }
    if (this.#ledgerKey === undefined) return { state: 'no-key', keyId };
    return { state: 'open', key: this.#unwrapped(keyId, wrapped, this.#ledgerKey) };
  }

  /** Unwrapped once, although the table is asked again after every commit by another connection. */
  #unwrapped(keyId: string, wrapped: Uint8Array, ledgerKey: Uint8Array): SealingKey {
    const known = this.#keys.get(keyId);
    if (known !== undefined && Buffer.compare(known.wrapped, wrapped) === 0) return known.key;
    const key = dataKey(keyId, unwrap(ledgerKey, wrapped));
    if (this.#keys.size >= MOST_CACHED) this.#keys.clear();
    this.#keys.set(keyId, { wrapped, key });
    return key;
  }

  #make(subject: string): KeyState {
    if (this.#ledgerKey === undefined) throw noKey();
    const { bytes, stored } = this.#newKey(subject, this.#ledgerKey);
    this.#table.put(stored);
    return this.#made(bytes, stored);
  }

  /** Another process may have made the subject's key first: the oldest one is everybody's. */
  #made(bytes: Uint8Array, { keyId, subject, wrapped }: NewKey): KeyState {
    const first = this.#table.bySubject(subject)[0];
    const isOurs = first?.wrapped != null && Buffer.compare(first.wrapped, wrapped) === 0;
    if (isOurs) return { state: 'open', key: dataKey(keyId, bytes) };
    return this.#stateOf(first) ?? { state: 'no-key', keyId };
  }

  #newKey(
    subject: string,
    ledgerKey: Uint8Array,
  ): { readonly bytes: Uint8Array; readonly stored: NewKey } {
    const bytes = this.#fresh(`data key ${subject}`, 32);
    const keyId = Buffer.from(this.#fresh(`key id ${subject}`, 8)).toString('hex');
    const stored: NewKey = {
      keyId,
      subject,
      wrapped: wrap(ledgerKey, bytes),
      createdAtNs: this.#nowNs(),
    };
    return { bytes, stored };
  }

  #fresh(label: string, length: number): Uint8Array {
    if (this.#seed === undefined) return randomBytes(length);
    return createHmac('sha256', this.#seed).update(label).digest().subarray(0, length);
  }
}

function noKey(): StoreError {
  return new StoreError(
    'this ledger was opened without its key, so nothing can be sealed: put the key file back beside it',
  );
}

function dataKey(keyId: string, bytes: Uint8Array): SealingKey {
  const derive = (label: string) => createHmac('sha256', bytes).update(label).digest();
  const encryptionKey = createSecretKey(derive('encryption'));
  return { keyId, encryptionKey, nonceKey: hmacKeyOf(derive('nonce')) };
}

function wrap(ledgerKey: Uint8Array, bytes: Uint8Array): Uint8Array {
  const cipher = createCipheriv(WRAP, ledgerKey, WRAP_IV);
  return Buffer.concat([cipher.update(bytes), cipher.final()]);
}

function unwrap(ledgerKey: Uint8Array, wrapped: Uint8Array): Uint8Array {
  const bytes = unwrapped(ledgerKey, wrapped);
  if (bytes !== undefined) return bytes;
  throw new StoreError(
    'the key does not open this ledger: it belongs to another one, or the passphrase is wrong',
  );
}

function unwrapped(ledgerKey: Uint8Array, wrapped: Uint8Array): Uint8Array | undefined {
  try {
    const decipher = createDecipheriv(WRAP, ledgerKey, WRAP_IV);
    return Buffer.concat([decipher.update(wrapped), decipher.final()]);
  } catch {
    // AES-KW checks what it unwraps: these bytes were not wrapped by this key.
    return undefined;
  }
}
