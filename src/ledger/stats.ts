/** Figures about the ledger itself: its head, its events by type, what it keeps beside them. */
import { statSync } from 'node:fs';
import { channelProjection } from '../../projections/channel.ts';
import type { LocalStore } from '../store/event-store.ts';
import { type CurrentFigures, CurrentFiguresOf } from './current-figures.ts';
import type { LedgerParts } from './ledger-parts.ts';
import { Slices } from './slices.ts';
import type { ProblemView } from './view-types.ts';

export interface LedgerStats {
  /** Seals every event of every stream; give it to `verify --head` later. */
  readonly head: string;
  readonly events: number;
  readonly streams: number;
  readonly eventsByType: Readonly<Record<string, number>>;
  /** Of type, data and metadata together. */
  readonly textBytesPerEvent: number;
  /** Of the file, with indexes, rows and snapshots; absent where there is none. */
  readonly fileBytesPerEvent?: number;
  readonly lastCheckpoint?: string;
  readonly snapshots: { readonly count: number; readonly bytes: number };
  readonly cache: { readonly rows: number; readonly bytes: number; readonly waiting: number };
}

/** Every event is counted once: who asks again pays for what came since, and others go on meanwhile. */
class EventCounts {
  readonly byType = new Map<string, number>();
  events = 0;
  textBytes = 0;
  readonly #store: LocalStore;
  #upTo = 0;
  #counting: Promise<void> | undefined;

  constructor(store: LocalStore) {
    this.#store = store;
  }

  async catchUp(): Promise<void> {
    // Who joins a counting under way may have recorded what it had passed already.
    await this.#counting;
    this.#counting ??= this.#count().finally(() => {
      this.#counting = undefined;
    });
    await this.#counting;
  }

  async #count(): Promise<void> {
    const slices = new Slices();
    for (const { type, data, metadata, position } of this.#store.allBodies(this.#upTo)) {
      this.events += 1;
      this.textBytes += type.length + data.length + metadata.length;
      this.byType.set(type, (this.byType.get(type) ?? 0) + 1);
      this.#upTo = position;
      if (slices.step()) await slices.rest();
    }
  }
}

type Counted = Pick<LedgerParts, 'path' | 'store' | 'rows'>;

/** The figures of one open ledger. */
export class Figures {
  readonly #parts: Counted;
  readonly #counts: EventCounts;
  readonly #current: CurrentFiguresOf;

  /** `foundBeside`: problems that no event tells of. */
  constructor(parts: Counted, foundBeside: () => readonly ProblemView[] = () => []) {
    this.#parts = parts;
    this.#current = new CurrentFiguresOf(parts, foundBeside);
    this.#counts = new EventCounts(parts.store);
  }

  stats(): Promise<LedgerStats> {
    return ledgerStats(this.#parts, this.#counts);
  }

  /** Open channels with their balances, closed ones, problems: for who asks every few seconds. */
  current(): Promise<CurrentFigures> {
    return this.#current.ask();
  }

  /** What is kept ready of rows: part of `stats`, without its reading. */
  cache(): LedgerStats['cache'] {
    return this.#parts.rows.stats();
  }
}

async function ledgerStats(
  { path, store, rows }: Counted,
  counts: EventCounts,
): Promise<LedgerStats> {
  rows.flush();
  await counts.catchUp();
  const fileBytes = statSync(path, { throwIfNoEntry: false })?.size;
  const { byType, events, textBytes: bytes } = counts;
  const slices = new Slices();
  const snapshots = { count: 0, bytes: 0 };
  for (const { json } of store.keptSnapshots(channelProjection.name)) {
    snapshots.count++;
    snapshots.bytes += json.length;
    if (slices.step()) await slices.rest();
  }
  const lastCheckpoint = await store.lastCheckpoint();
  return {
    head: Buffer.from(await store.head()).toString('hex'),
    events,
    streams: store.streamNames('').length,
    eventsByType: Object.fromEntries([...byType].sort(([a], [b]) => (a < b ? -1 : 1))),
    textBytesPerEvent: events === 0 ? 0 : Math.round(bytes / events),
    ...(fileBytes !== undefined &&
      events > 0 && { fileBytesPerEvent: Math.round(fileBytes / events) }),
    ...(lastCheckpoint !== undefined && { lastCheckpoint }),
    snapshots,
    cache: rows.stats(),
  };
}
