/**
 * Where an event lies, by its id. The store has no index on ids (each append would pay for it), so the
 * first who asks has one made here, in slices that let others be answered. It takes 8 bytes a slot, of
 * which a quarter to a half are used: 16 to 32 bytes an event.
 */
import { Slices } from '../ledger/slices.ts';
import type { StoredEvent } from '../store/event-store.ts';
import type { ServedLedger } from './served-ledger.ts';

const FIRST_SLOTS = 1 << 12;
/** Half of the slots stay empty, so that few looks find a place. */
const FULLEST = 0.5;
const MULTIPLIER = 0x9e3779b1;

/** Position of each event by 32 bits of its id, which is a hash itself; 0 is no event's position. */
class IdTable {
  #keys = new Uint32Array(FIRST_SLOTS);
  #positions = new Uint32Array(FIRST_SLOTS);
  #count = 0;

  add(key: number, position: number): void {
    if (this.#count >= this.#keys.length * FULLEST) this.#grow();
    this.#put(key, position);
    this.#count += 1;
  }

  /** Every event that may have the id: few of a million share these bits. */
  *positionsOf(key: number): Generator<number> {
    const mask = this.#keys.length - 1;
    for (let slot = startOf(key, mask); this.#positions[slot] !== 0; slot = (slot + 1) & mask) {
      if (this.#keys[slot] === key) yield this.#positions[slot] ?? 0;
    }
  }

  #put(key: number, position: number): void {
    const mask = this.#keys.length - 1;
    let slot = startOf(key, mask);
    while (this.#positions[slot] !== 0) slot = (slot + 1) & mask;
    this.#keys[slot] = key;
    this.#positions[slot] = position;
  }

  #grow(): void {
    const [keys, positions] = [this.#keys, this.#positions];
    this.#keys = new Uint32Array(keys.length * 2);
    this.#positions = new Uint32Array(keys.length * 2);
    for (const [slot, position] of positions.entries()) {
      if (position !== 0) this.#put(keys[slot] ?? 0, position);
    }
  }
}

function startOf(key: number, mask: number): number {
  return (Math.imul(key, MULTIPLIER) >>> 7) & mask;
}

export class EventIds {
  readonly #store: ServedLedger['store'];
  #table = new IdTable();
  #upTo = 0;
  #reading: Promise<void> | undefined;

  constructor({ store }: ServedLedger) {
    this.#store = store;
  }

  async byId(id: string): Promise<StoredEvent | undefined> {
    // Who joins a reading under way may be asking for what came after it began.
    await this.#reading;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
    for (const position of this.#table.positionsOf(keyOf(id))) {
      const event = eventAt(this.#store, position);
      if (event?.id === id) return event;
    }
    return undefined;
  }

  async #read(): Promise<void> {
    const slices = new Slices();
    for (const { id, position } of this.#store.allEvents(this.#upTo)) {
      this.#table.add(keyOf(id), position);
      this.#upTo = position;
      if (slices.step()) await slices.rest();
    }
  }
}

/** The event at a position of the store's order. */
export function eventAt(store: ServedLedger['store'], position: number): StoredEvent | undefined {
  for (const event of store.allEvents(position - 1)) {
    return event.position === position ? event : undefined;
  }
  return undefined;
}

function keyOf(id: string): number {
  return Number.parseInt(id.slice(0, 8), 16);
}
