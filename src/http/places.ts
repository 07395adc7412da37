/**
 * What is held for long, such as an open stream, or takes long in the one thread: so much of it in all, and
 * so much for one who asks.
 */
import { Refusal } from './problem.ts';

export interface PlaceLimits {
  readonly most: number;
  /** Less than all: one program that forgets to close what it opens shuts out no other. */
  readonly mostOfOne: number;
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
    const { most, mostOfOne, what } = this.#limits;
    const own = this.#held.get(who) ?? 0;
    if (own >= mostOfOne) throw full(`${own} ${what} of yours are under way: end one first`);
    if (this.#all >= most) throw full(`${most} ${what} are under way: wait until one ends`);
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

  /** Holds a place as long as the work goes on. */
  async during<T>(who: string, work: () => Promise<T>): Promise<T> {
    const leave = this.take(who);
    try {
      return await work();
    } finally {
      leave();
    }
  }
}

function full(detail: string): Refusal {
  return new Refusal(429, detail, { 'retry-after': '5' });
}
