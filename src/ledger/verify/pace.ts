/** Long work that lets others run: progress is told and the event loop turned every few ms. */
import { setImmediate } from 'node:timers/promises';

export type Progress = (done: number, total: number) => void;

/** Long enough that turning the loop costs nothing, short enough that a key press is answered. */
const TURN_MS = 12;
/** Looking at the clock costs as much as a small step. */
const STEPS_PER_LOOK = 32;

export class Pace {
  readonly #total: number;
  readonly #onProgress: Progress;
  #done = 0;
  #since = performance.now();

  constructor(total: number, onProgress: Progress = () => undefined) {
    this.#total = total;
    this.#onProgress = onProgress;
  }

  /** Counts one step; true when it is time to `rest`. */
  step(): boolean {
    this.#done++;
    return this.#done % STEPS_PER_LOOK === 0 && performance.now() - this.#since > TURN_MS;
  }

  async rest(): Promise<void> {
    this.#onProgress(Math.min(this.#done, this.#total), this.#total);
    await setImmediate();
    this.#since = performance.now();
  }

  finish(): void {
    this.#onProgress(this.#total, this.#total);
  }
}
