/** Randomness for the simulated network: from a seed where a run must be repeatable. */
import { randomBytes } from 'node:crypto';
import { bytesToHex, concatBytes, hexToBytes } from '../../lightning/bytes.ts';
import { sha256 } from '../../lightning/hashes.ts';

export interface RandomnessState {
  readonly isSeeded: boolean;
  readonly root: string;
  readonly drawn: number;
}

/** Bytes for a purpose: the same seed and purpose give the same bytes. */
export class Randomness {
  readonly isSeeded: boolean;
  readonly #root: Uint8Array;
  #drawn: number;

  private constructor(isSeeded: boolean, root: Uint8Array, drawn: number) {
    this.isSeeded = isSeeded;
    this.#root = root;
    this.#drawn = drawn;
  }

  static fromSeed(seed: string): Randomness {
    return new Randomness(true, sha256(new TextEncoder().encode(seed)), 0);
  }

  static fresh(): Randomness {
    return new Randomness(false, new Uint8Array(randomBytes(32)), 0);
  }

  static restore({ isSeeded, root, drawn }: RandomnessState): Randomness {
    return new Randomness(isSeeded, hexToBytes(root, 'randomness'), drawn);
  }

  /** Secret: all keys follow from it. */
  get state(): RandomnessState {
    return { isSeeded: this.isSeeded, root: bytesToHex(this.#root), drawn: this.#drawn };
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
