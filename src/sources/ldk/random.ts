/** Randomness for the simulated network: from a seed where a run must be repeatable. */
import { randomBytes } from 'node:crypto';
import { concatBytes } from '../../lightning/bytes.ts';
import { sha256 } from '../../lightning/hashes.ts';

/** Bytes for a purpose: the same seed and purpose give the same bytes. */
export class Randomness {
  readonly isSeeded: boolean;
  readonly #root: Uint8Array;
  #drawn = 0;

  constructor(seed?: string) {
    this.isSeeded = seed !== undefined;
    this.#root =
      seed === undefined ? new Uint8Array(randomBytes(32)) : sha256(new TextEncoder().encode(seed));
  }

  /** 32 bytes that hang on the purpose only, not on what was drawn before. */
  key(purpose: string): Uint8Array {
    return sha256(concatBytes(this.#root, new TextEncoder().encode(`key/${purpose}`)));
  }

  /** A whole number from `low` to `high`, both included; each call draws anew. */
  between(low: number, high: number): number {
    this.#drawn += 1;
    const digest = this.key(`draw/${this.#drawn}`);
    const draw = new DataView(digest.buffer, digest.byteOffset).getUint32(0);
    return low + (draw % (high - low + 1));
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.between(0, items.length - 1)];
    if (item === undefined) throw new Error('"items" expected at least one, got none');
    return item;
  }
}
