/**
 * Rows kept folded: the ones in use, bounded by bytes and by age, and the ones not yet written. What
 * is written is derived data, so writing waits; nothing is let go before it is written.
 */
import { LRUCache } from 'lru-cache';
import type { RowBase } from '../../projections/projection.ts';
import {
  type KeptRow,
  type KeptSnapshot,
  type LocalStore,
  StoreError,
} from '../store/event-store.ts';
import type { View } from './view.ts';

/** A row as of its stream's events so far. The row is never changed, only replaced. */
interface HotRow {
  readonly view: View<RowBase>;
  readonly stream: string;
  row: RowBase;
  /** Length of its text when it was last read or written: it says how much memory it takes. */
  characters: number;
}

export interface HotRowsOptions {
  /** About how much the rows may take that are kept only for speed (default 64 MiB). */
  readonly cacheBytes?: number;
  /** How long a row stays that nobody asks for (default 10 minutes). */
  readonly maxAgeMs?: number;
  /** How long a changed row may wait to be written (default 1 second). */
  readonly writeAfterMs?: number;
  /** Nothing is written. */
  readonly isReadonly?: boolean;
}

const CACHE_BYTES = 64 * 1024 * 1024;
const MAX_AGE_MS = 10 * 60 * 1000;
const WRITE_AFTER_MS = 1000;
/** So much may wait to be written before recording waits for it. */
const MAX_WAITING = 4096;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** Written in one transaction; others may write between two of them. */
const WRITE_ROWS = 1000;
/** In memory a row takes about this many times its text. */
const BYTES_PER_CHARACTER = 4;
const UNWRITTEN_CHARACTERS = 2048;

export class HotRows {
  readonly isReadonly: boolean;
  readonly #store: LocalStore;
  readonly #writeAfterMs: number;
  readonly #cache: LRUCache<string, HotRow>;
  readonly #waiting = new Map<string, HotRow>();
  #waitingBytes = 0;
  #snapshots: KeptSnapshot[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(store: LocalStore, options: HotRowsOptions = {}) {
    this.#store = store;
    this.isReadonly = options.isReadonly ?? false;
    this.#writeAfterMs = options.writeAfterMs ?? WRITE_AFTER_MS;
    this.#cache = new LRUCache<string, HotRow>({
      maxSize: options.cacheBytes ?? CACHE_BYTES,
      ttl: options.maxAgeMs ?? MAX_AGE_MS,
      updateAgeOnGet: true,
      sizeCalculation: sizeOf,
    });
  }

  get<Row extends RowBase>(view: View<Row>, stream: string): Row | undefined {
    // A projection's name names its row's type.
    return this.#find(keyOf(view, stream))?.row as Row | undefined;
  }

  /** Takes in a row as the store has it, or had it: its text has about so many characters. */
  setKept<Row extends RowBase>(
    view: View<Row>,
    stream: string,
    row: Row,
    characters: number,
  ): void {
    this.#cache.set(keyOf(view, stream), { view, stream, row, characters });
  }

  /** Takes in a row that the store does not have so. */
  setChanged<Row extends RowBase>(view: View<Row>, stream: string, row: Row): void {
    const key = keyOf(view, stream);
    let hot = this.#find(key);
    if (hot === undefined) {
      hot = { view, stream, row, characters: UNWRITTEN_CHARACTERS };
      this.#cache.set(key, hot);
    }
    hot.row = row;
    if (this.isReadonly || this.#waiting.has(key)) return;
    this.#waiting.set(key, hot);
    this.#waitingBytes += sizeOf(hot);
    this.#writeLater();
  }

  /** Lets go of a row, written or not: it is refolded when it is asked for. */
  drop(view: { readonly name: string }, stream: string): void {
    const key = keyOf(view, stream);
    this.#cache.delete(key);
    this.#waiting.delete(key);
  }

  /** Lets go of every row and snapshot of a projection. */
  dropAll(view: { readonly name: string }): void {
    for (const hot of [...this.#cache.values(), ...this.#waiting.values()]) {
      if (hot.view.name === view.name) this.drop(hot.view, hot.stream);
    }
    this.#snapshots = this.#snapshots.filter((snapshot) => snapshot.projection !== view.name);
  }

  /** Takes a snapshot of a row as it is now; the length of its text. */
  snapshot<Row extends RowBase>(
    view: View<Row>,
    stream: string,
    row: Row,
    position: number,
  ): number | undefined {
    const snapshot = view.text.encodeSnapshot(stream, row, position);
    if (snapshot === undefined) return undefined;
    this.#measure(keyOf(view, stream), snapshot.json.length);
    this.#snapshots.push(snapshot);
    this.#writeLater();
    return snapshot.json.length;
  }

  /** Writes when so much waits that memory would not be bounded; called between two batches. */
  settle(): void {
    const waiting = this.#waiting.size + this.#snapshots.length;
    if (waiting > MAX_WAITING || this.#waitingBytes > MAX_WAITING_BYTES) this.#tryFlush();
  }

  /** Writes everything that waits. A row that another process knows better is let go of. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#cache.purgeStale();
    while (this.#waiting.size > 0 || this.#snapshots.length > 0) this.#writeSome();
    this.#waitingBytes = 0;
  }

  /** Writes what waits, if it can be written, and then nothing any more. */
  close(): void {
    if (!this.isReadonly) this.#tryFlush();
    clearTimeout(this.#timer);
    this.#cache.clear();
    this.#waiting.clear();
  }

  stats(): { readonly rows: number; readonly bytes: number; readonly waiting: number } {
    const { size, calculatedSize } = this.#cache;
    return { rows: size, bytes: calculatedSize, waiting: this.#waiting.size };
  }

  #find(key: string): HotRow | undefined {
    return this.#cache.get(key) ?? this.#waiting.get(key);
  }

  #writeSome(): void {
    const taken = [...this.#waiting.entries()].slice(0, WRITE_ROWS);
    const snapshots = this.#snapshots.slice(0, WRITE_ROWS);
    const rows = taken.flatMap(([key, { view, stream, row }]): KeptRow[] => {
      const kept = view.text.encode(stream, row);
      if (kept === undefined) return [];
      this.#measure(key, kept.json.length);
      return [kept];
    });
    const lost = this.#store.keepRows(rows, snapshots);
    for (const [key] of taken) this.#waiting.delete(key);
    this.#snapshots = this.#snapshots.slice(snapshots.length);
    for (const { projection, stream } of lost) this.drop({ name: projection }, stream);
  }

  /** Tells the cache when a row takes much more or less than it was taken for. */
  #measure(key: string, characters: number): void {
    const hot = this.#find(key);
    if (hot === undefined) return;
    const isAbout = characters < hot.characters * 2 && characters * 2 > hot.characters;
    hot.characters = characters;
    if (!isAbout && this.#cache.has(key)) this.#cache.set(key, hot);
  }

  #writeLater(): void {
    this.#timer ??= setTimeout(() => this.#tryFlush(), this.#writeAfterMs).unref();
  }

  /** Rows can be written later, or never: what is wrong with the file the next append will say. */
  #tryFlush(): void {
    try {
      this.flush();
    } catch (cause) {
      if (!(cause instanceof StoreError)) throw cause;
      this.#writeLater();
    }
  }
}

function sizeOf({ characters }: HotRow): number {
  return characters * BYTES_PER_CHARACTER;
}

function keyOf(view: { readonly name: string }, stream: string): string {
  return `${view.name} ${stream}`;
}
