/** Worker threads that check secrets. Started by the first task, so that a small ledger needs none. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { SecretAnswer, SecretTask } from './secret-answers.ts';

/** The worker's file beside this one, in the checkout (.ts) and in the built package (.js). */
const WORKER = new URL(
  import.meta.url.endsWith('.ts') ? './secret-worker.ts' : './secret-worker.js',
  import.meta.url,
);

/** A check leaves only garbage behind: more room for it makes a worker larger and no faster. */
const YOUNG_MB = 4;

interface Waiting {
  resolve(answer: SecretAnswer): void;
  reject(error: Error): void;
}

export class SecretPool {
  readonly size: number;
  readonly #lanes: Lane[] = [];
  #nextLane = 0;
  #isClosed = false;

  constructor(size = availableParallelism()) {
    this.size = size;
  }

  /** The next worker's turn: tasks of one worker are answered in order. Refused where it ends. */
  async ask(task: SecretTask): Promise<SecretAnswer> {
    if (this.#isClosed) throw new Error('the secret checker is closed');
    const nth = this.#nextLane++ % this.size;
    const known = this.#lanes[nth];
    // One that ended is started again: what it was asked is lost, and was refused.
    const lane = known === undefined || known.hasEnded ? new Lane() : known;
    this.#lanes[nth] = lane;
    return lane.ask(task);
  }

  /** Ends the workers; what they had not answered is refused. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#lanes.map((lane) => lane.close()));
  }
}

class Lane {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #nth = 0;
  #failure: Error | undefined;
  #isClosing = false;

  constructor() {
    this.#worker = new Worker(WORKER, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
    // A worker with nothing to do must not keep the process alive.
    this.#worker.unref();
    this.#worker.on('message', (message: { nth: number; answer: SecretAnswer }) => {
      this.#settle(message.nth)?.resolve(message.answer);
    });
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('the secret checker ended')));
  }

  get hasEnded(): boolean {
    return this.#failure !== undefined;
  }

  ask(task: SecretTask): Promise<SecretAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      const nth = this.#nth++;
      this.#waiting.set(nth, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ nth, task });
    });
  }

  async close(): Promise<void> {
    // Its end is waited for, perhaps by a process that has nothing else to do.
    this.#isClosing = true;
    this.#worker.ref();
    await this.#worker.terminate();
  }

  #settle(nth: number): Waiting | undefined {
    const waiting = this.#waiting.get(nth);
    this.#waiting.delete(nth);
    if (this.#waiting.size === 0 && !this.#isClosing) this.#worker.unref();
    return waiting;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}
