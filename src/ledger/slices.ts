/** Long reading in slices, so that who else waits in this process is answered in between. */
import { setImmediate } from 'node:timers/promises';

const SLICE_MS = 8;
/** Looking at the clock costs as much as a small step. */
const STEPS_PER_LOOK = 128;

export class Slices {
  #steps = 0;
  #since = performance.now();

  /** Counts one step; true when it is time to `rest`. */
  step(): boolean {
    this.#steps += 1;
    return this.#steps % STEPS_PER_LOOK === 0 && performance.now() - this.#since > SLICE_MS;
  }

  async rest(): Promise<void> {
    await setImmediate();
    this.#since = performance.now();
  }
}
