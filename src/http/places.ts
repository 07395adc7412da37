/** How much may be under way at once of what takes long, such as a search, or is held for long, such as a stream. */
import { Refusal } from './problem.ts';

export interface PlaceLimits {
  readonly most: number;
  /** Less than all: one program that forgets to close what it opens shuts out no other. */
  readonly mostOfOne?: number;
  /** As a sentence counts them, such as `replays`. */
  readonly what: string;
}

export class Places {
  readonly #limits: PlaceLimits;
  readonly #held = new Map<string, number>();
  #all = 0;

  constructor(limits: PlaceLimits) {
    this.#limits = limits;
  }

  /** `who` is a token or an address. Gives what gives the place back; throws a Refusal where none is left. */
  take(who: string): () => void {
    const { most, mostOfOne = most, what } = this.#limits;
    const own = this.#held.get(who) ?? 0;
    if (own >= mostOfOne) throw full(`${own} ${what} of yours are under way: end one first`, 5);
    if (this.#all >= most) throw full(`${most} ${what} are under way: wait until one ends`, 5);
    this.#held.set(who, own + 1);
    this.#all += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#all -= 1;
      const left = (this.#held.get(who) ?? 1) - 1;
      if (left === 0) this.#held.delete(who);
      else this.#held.set(who, left);
    };
  }

  /**
   * Holds a place for as long as the work takes, whoever asked for it: all of it shares one thread. Throws a
   * Refusal where none is left: who waits here would hold a socket.
   */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const { most, what } = this.#limits;
    if (this.#all >= most) {
      throw full(`${what} take long, and ${most} are under way: ask again in a second`, 1);
    }
    this.#all += 1;
    try {
      return await work();
    } finally {
      this.#all -= 1;
    }
  }
}

function full(detail: string, retryAfterSeconds: number): Refusal {
  return new Refusal(429, detail, { 'retry-after': String(retryAfterSeconds) });
}
