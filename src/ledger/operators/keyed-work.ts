/** Work with keys: one key's in order, different keys' at once, no more than so much of it in hand. */

export interface KeyedWorkOptions<T> {
  readonly handler: (value: T) => Promise<void> | void;
  readonly concurrency: number;
  /** Values in hand, running or waiting. */
  readonly buffer: number;
  readonly onDone: (value: T) => void;
  /** Called once, after the last handler that was under way has ended. */
  readonly onFailed: (error: unknown) => void;
}

export class KeyedWork<T> {
  readonly #options: KeyedWorkOptions<T>;
  /** Every key in hand: what waits behind the one that runs, or for its turn to run. */
  readonly #queues = new Map<string, T[]>();
  /** Keys that have something to run and do not run: the one that waits longest first. */
  readonly #ready = new Set<string>();
  #running = 0;
  #inHand = 0;
  #isStopped = false;
  #failure: { readonly error: unknown; isTold: boolean } | undefined;
  #waiting: (() => void)[] = [];

  constructor(options: KeyedWorkOptions<T>) {
    this.#options = options;
  }

  add(key: string, value: T): void {
    if (this.isOver) return;
    this.#inHand++;
    const queue = this.#queues.get(key);
    if (queue !== undefined) queue.push(value);
    else {
      this.#queues.set(key, [value]);
      this.#ready.add(key);
    }
    this.#begin();
  }

  /** Resolves when one more value fits, or when none is wanted any more. */
  async room(): Promise<void> {
    while (!this.isOver && this.#inHand >= this.#options.buffer) await this.#change();
  }

  /** Resolves when everything is handled; never where something failed or it was stopped. */
  async finished(): Promise<void> {
    while (this.#inHand > 0 || this.isOver) await this.#change();
  }

  /** Begins nothing more, and tells the failure when nothing runs any more. */
  fail(error: unknown): void {
    this.#failure ??= { error, isTold: false };
    this.#queues.clear();
    this.#ready.clear();
    this.#tellFailure();
    this.#changed();
  }

  /** Begins nothing more; nobody is told of what still runs. */
  stop(): void {
    this.#isStopped = true;
    this.#changed();
  }

  /** Nothing more is begun: what is added now is passed over. */
  get isOver(): boolean {
    return this.#isStopped || this.#failure !== undefined;
  }

  #begin(): void {
    while (!this.isOver && this.#running < this.#options.concurrency) {
      const [key] = this.#ready;
      if (key === undefined) return;
      this.#ready.delete(key);
      const value = this.#queues.get(key)?.shift();
      if (value === undefined) continue;
      this.#running++;
      void this.#run(key, value);
    }
  }

  /** Never rejects. */
  async #run(key: string, value: T): Promise<void> {
    try {
      await this.#options.handler(value);
      // Handled is handled: a change that another one's failure overtook is told all the same.
      if (!this.#isStopped) this.#options.onDone(value);
      this.#ended(key);
    } catch (error) {
      this.#running--;
      this.fail(error);
    }
  }

  #ended(key: string): void {
    this.#running--;
    this.#inHand--;
    const queue = this.#queues.get(key);
    // Behind all others that wait: a busy channel does not keep the quiet ones from their turn.
    if (queue !== undefined && queue.length > 0) this.#ready.add(key);
    else this.#queues.delete(key);
    this.#tellFailure();
    this.#begin();
    this.#changed();
  }

  #tellFailure(): void {
    const failure = this.#failure;
    if (failure === undefined || failure.isTold || this.#running > 0) return;
    failure.isTold = true;
    if (!this.#isStopped) this.#options.onFailed(failure.error);
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #changed(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
