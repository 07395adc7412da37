/**
 * Where an event's id may be found in its stream. Of each id only so much is kept as tells most of them
 * apart: the event itself says whether it is the one. A million of them take 16 to 32 MB.
 */

/** Of the first hex digits of an id, which is a hash. */
const KEY_DIGITS = 8;
const FIRST_SLOTS = 1024;

export class IdIndex {
  #keys = new Uint32Array(FIRST_SLOTS);
  /** Revision and one; none is 0. */
  #places = new Uint32Array(FIRST_SLOTS);
  #count = 0;

  add(id: string, revision: number): void {
    if (2 * (this.#count + 1) > this.#keys.length) this.#grow();
    this.#put(keyOf(id), revision + 1);
    this.#count++;
  }

  /** The revisions of all events that may have this id. */
  *revisionsOf(id: string): Generator<number> {
    const key = keyOf(id);
    const mask = this.#keys.length - 1;
    for (let slot = key & mask; this.#places[slot] !== 0; slot = (slot + 1) & mask) {
      if (this.#keys[slot] === key) yield (this.#places[slot] as number) - 1;
    }
  }

  #put(key: number, place: number): void {
    const mask = this.#keys.length - 1;
    let slot = key & mask;
    while (this.#places[slot] !== 0) slot = (slot + 1) & mask;
    this.#keys[slot] = key;
    this.#places[slot] = place;
  }

  #grow(): void {
    const [keys, places] = [this.#keys, this.#places];
    this.#keys = new Uint32Array(2 * keys.length);
    this.#places = new Uint32Array(2 * keys.length);
    for (const [slot, place] of places.entries()) {
      if (place !== 0) this.#put(keys[slot] as number, place);
    }
  }
}

function keyOf(id: string): number {
  return Number.parseInt(id.slice(0, KEY_DIGITS), 16) >>> 0;
}
