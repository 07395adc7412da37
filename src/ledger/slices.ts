/** Long reading in slices, so that who else waits in this process is answered in between. */
import { setImmediate } from 'node:timers/promises';

const SLICE_MS = 8;
/** Looking at the clock costs as much as a small step. */
const STEPS_PER_LOOK = 128;

export class Slices {
  readonly #signal: AbortSignal | undefined;
  #steps = 0;
  #since = performance.now();

  /** `signal` ends the work: `rest` then throws its reason. */
  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Counts one step; true when it is time to `rest`. */
  step(): boolean {
    this.#steps += 1;
    return this.#steps % STEPS_PER_LOOK === 0 && this.isOver;
  }

  /** The same, for who just took a large step. */
  get isOver(): boolean {
    return performance.now() - this.#since > SLICE_MS;
  }

  async rest(): Promise<void> {
    await setImmediate();
    this.#signal?.throwIfAborted();
    this.#since = performance.now();
  }
}
