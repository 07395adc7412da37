/**
 * Batches that are recorded in the order of their calls: the next is decided while the one before is
 * still being written, and its answer comes after that one's.
 */

/** What recording a batch says of itself, and asks, where other batches wait for it. */
export interface Turn {
  /** The batch's number in the store: what one call of a number loses, its later ones lose. */
  batch(): number;
  /** Everything is decided, and the next batch may be decided on it. */
  decided(): void;
  /** Something lost a race, or a part failed. Resolves when it may be decided again. */
  lost(): Promise<void>;
}

let batches = 0;

/** The turn of a batch that no other waits for. */
export function ownTurn(): Turn {
  return { batch: () => ++batches, decided: () => undefined, lost: () => Promise.resolve() };
}

interface Place {
  readonly decided: Promise<void>;
  readonly ended: Promise<void>;
}

export class Turns {
  #newest: Place = { decided: Promise.resolve(), ended: Promise.resolve() };
  /** Batches that have lost something and not recorded it yet: nothing new overtakes them. */
  #losers = 0;
  /**
   * Shared by all that are under way: each was decided on what the ones before would make, so what one
   * loses on a stream, those behind it must lose there too.
   */
  #batch: number | undefined;

  async take<T>(work: (turn: Turn) => Promise<T>): Promise<T> {
    const before = this.#newest;
    const decided = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    this.#newest = { decided: decided.promise, ended: ended.promise };
    let hasLost = false;
    const lose = () => {
      if (!hasLost) this.#losers++;
      hasLost = true;
      this.#batch = undefined;
    };
    const turn: Turn = {
      batch: () => {
        this.#batch ??= ++batches;
        return this.#batch;
      },
      decided: () => decided.resolve(),
      lost: () => {
        lose();
        return before.ended;
      },
    };
    try {
      await before.decided;
      if (this.#losers > 0) await before.ended;
      return await work(turn);
    } catch (cause) {
      lose();
      throw cause;
    } finally {
      decided.resolve();
      await before.ended;
      if (hasLost) this.#losers--;
      ended.resolve();
    }
  }
}
