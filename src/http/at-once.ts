/** Work that takes long: so much of it at once and no more, since all of it shares one thread. */
import { Refusal } from './problem.ts';

export class AtOnce {
  readonly #most: number;
  readonly #what: string;
  #running = 0;

  /** `what`: as a sentence begins with it, such as `searches`. */
  constructor(most: number, what: string) {
    this.#most = most;
    this.#what = what;
  }

  /** Throws a Refusal while as many as may be are under way: who waits here would hold a socket. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#most) {
      const detail = `${this.#what} take long, and ${this.#most} are under way: ask again in a second`;
      throw new Refusal(429, detail, { 'retry-after': '1' });
    }
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
    }
  }
}
