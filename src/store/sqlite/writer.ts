/**
 * Appending. Requests that come while others wait share one commit (group commit): a commit costs
 * a flush of the disk, an insert a few microseconds. What is appended while its writer has other
 * work to do is written by a thread of its own.
 */
import type { AppendResult } from '../event-store.ts';
import type { Appending, Committer } from './committer.ts';
import type { WriterThread } from './writer-thread.ts';

interface Waiting extends Appending {
  readonly resolve: (results: readonly AppendResult[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Beyond this many events the next commit begins, so that memory and latency stay bounded. */
const MAX_COMMIT_EVENTS = 10_000;

/**
 * So long a commit waits for as many as shared one of the two before: about what a quick disk takes to
 * flush. Appends that come over a connection arrive in pieces, and would pay for a flush each.
 */
const LONGEST_GATHERING_MS = 0.5;

export interface WriterParts {
  readonly committer: Committer;
  readonly thread: WriterThread;
  readonly onCommit: () => void;
  /** Whether appends come over connections. */
  readonly isGathering: boolean;
}

export class Writer {
  readonly #committer: Committer;
  readonly #thread: WriterThread;
  readonly #onCommit: () => void;
  readonly #isGathering: boolean;
  #shared: readonly [number, number] = [0, 0];
  #queue: Waiting[] = [];
  #isScheduled = false;

  constructor({ committer, thread, onCommit, isGathering }: WriterParts) {
    this.#committer = committer;
    this.#thread = thread;
    this.#onCommit = onCommit;
    this.#isGathering = isGathering;
  }

  /** Answers when the requests are on disk. */
  enqueue(appending: Appending): Promise<readonly AppendResult[]> {
    // Behind what the thread writes: those events may be the ones these were decided on.
    if (this.#thread.isBusy) return this.enqueueAside(appending);
    return new Promise((resolve, reject) => {
      this.#queue.push({ ...appending, resolve, reject });
      if (this.#isScheduled) return;
      this.#isScheduled = true;
      // After everything that is ready to run: each of those may have its append to add.
      if (this.#isGathering) this.#gather(performance.now() + LONGEST_GATHERING_MS);
      else setImmediate(() => this.flush());
    });
  }

  /** Each turn lets what has arrived join; timers are too coarse for so short a time. */
  #gather(deadline: number): void {
    setImmediate(() => {
      if (this.#queue.length === 0) return;
      const isEnough = this.#queue.length >= Math.max(...this.#shared);
      if (isEnough || performance.now() >= deadline) this.flush();
      else this.#gather(deadline);
    });
  }

  /** The same, written by the thread: for a caller that goes on working meanwhile. */
  async enqueueAside(appending: Appending): Promise<readonly AppendResult[]> {
    this.flush();
    const lost = this.#committer.lostOf(appending.batch);
    const results = await this.#thread.append(appending, lost);
    this.#onCommit();
    return results;
  }

  /** Writes everything that waits, in order. */
  flush(): void {
    this.#isScheduled = false;
    if (this.#queue.length > 0) this.#shared = [this.#shared[1], this.#queue.length];
    while (this.#queue.length > 0) this.#commit(this.#nextGroup());
  }

  /** Writes everything that waits; undefined where no thread has to end first. */
  close(): Promise<void> | undefined {
    this.flush();
    return this.#thread.close();
  }

  #nextGroup(): readonly Waiting[] {
    let events = 0;
    let count = 0;
    for (const { requests } of this.#queue) {
      if (events >= MAX_COMMIT_EVENTS) break;
      count++;
      for (const request of requests) events += request.events.length;
    }
    const group = this.#queue.slice(0, count);
    this.#queue = this.#queue.slice(count);
    return group;
  }

  #commit(group: readonly Waiting[]): void {
    try {
      const results = this.#committer.commit(group);
      group.forEach(({ resolve }, index) => {
        resolve(results[index] ?? []);
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
      return;
    }
    this.#onCommit();
  }
}
