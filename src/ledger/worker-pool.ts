/** Worker threads that check. Started by the first task, so that a small ledger needs none. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** A check leaves only garbage behind: more room for it makes a worker larger and no faster. */
const YOUNG_MB = 4;

interface Waiting<Answer> {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

export interface WorkerPoolOptions {
  /** The worker's own file. It answers each `{nth, task}` with `{nth, answer}`, in order. */
  readonly worker: URL;
  /** For sentences: who it is that ended. */
  readonly name: string;
  readonly size?: number | undefined;
}

export class WorkerPool<Task, Answer> {
  readonly size: number;
  readonly #worker: URL;
  readonly #name: string;
  readonly #lanes: Lane<Task, Answer>[] = [];
  #nextLane = 0;
  #isClosed = false;

  constructor({ worker, name, size = availableParallelism() }: WorkerPoolOptions) {
    this.#worker = worker;
    this.#name = name;
    this.size = size;
  }

  /** The next worker's turn: tasks of one worker are answered in order. Refused where it ends. */
  async ask(task: Task): Promise<Answer> {
    if (this.#isClosed) throw new Error(`${this.#name} is closed`);
    const nth = this.#nextLane++ % this.size;
    const known = this.#lanes[nth];
    // One that ended is started again: what it was asked is lost, and was refused.
    const lane = known === undefined || known.hasEnded ? this.#newLane() : known;
    this.#lanes[nth] = lane;
    return lane.ask(task);
  }

  #newLane(): Lane<Task, Answer> {
    return new Lane(this.#worker, this.#name);
  }

  /** Ends the workers; what they had not answered is refused. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#lanes.map((lane) => lane.close()));
  }
}

class Lane<Task, Answer> {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting<Answer>>();
  #nth = 0;
  #failure: Error | undefined;
  #isClosing = false;

  constructor(worker: URL, name: string) {
    this.#worker = new Worker(worker, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
    // A worker with nothing to do must not keep the process alive.
    this.#worker.unref();
    this.#worker.on('message', (message: { nth: number; answer: Answer }) => {
      this.#settle(message.nth)?.resolve(message.answer);
    });
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error(`${name} ended`)));
  }

  get hasEnded(): boolean {
    return this.#failure !== undefined;
  }

  ask(task: Task): Promise<Answer> {
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

  #settle(nth: number): Waiting<Answer> | undefined {
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
