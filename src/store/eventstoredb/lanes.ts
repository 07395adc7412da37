/**
 * The appends of one process, a lane for each stream: one after the other within it, in the order they
 * were asked for. What waits together and follows each other is appended as one.
 */
import { Conflicts } from '../conflicts.ts';
import { type AppendRequest, type AppendResult, UNKNOWN_POSITION } from '../event-store.ts';
import { mergeable } from './outcome.ts';

export interface LaneWork {
  /** Appends; `digests` gets those of the events, where they were made. */
  append(request: AppendRequest, digests: Uint8Array[]): Promise<AppendResult>;
  newestRevision(stream: string): Promise<number>;
}

interface Job {
  readonly request: AppendRequest;
  readonly batch: number | undefined;
  /** Of a call that is no part of a batch. */
  readonly lost: Set<string>;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

export class AppendLanes {
  readonly #work: LaneWork;
  readonly #lanes = new Map<string, Job[]>();
  readonly #conflicts = new Conflicts();

  constructor(work: LaneWork) {
    this.#work = work;
  }

  append(
    requests: readonly AppendRequest[],
    batch: number | undefined,
  ): Promise<readonly AppendResult[]> {
    const lost = new Set<string>();
    return Promise.all(
      requests.map(
        (request) =>
          new Promise<AppendResult>((resolve, reject) => {
            this.#enqueue({ request, batch, lost, resolve, reject });
          }),
      ),
    );
  }

  #enqueue(job: Job): void {
    const { stream } = job.request;
    const lane = this.#lanes.get(stream);
    if (lane !== undefined) {
      lane.push(job);
      return;
    }
    const fresh = [job];
    this.#lanes.set(stream, fresh);
    // After everything that is ready to run: what is asked for next may share the call.
    setImmediate(() => this.#drain(stream, fresh));
  }

  /** Never rejects: every job hears its own error. */
  async #drain(stream: string, lane: Job[]): Promise<void> {
    while (lane.length > 0) {
      const count = mergeable(lane.map(({ request }) => request));
      const jobs = lane.splice(0, count);
      await this.#run(jobs);
    }
    this.#lanes.delete(stream);
  }

  /** Several jobs at once are appended as one; where that conflicts, each one by itself. */
  async #run(jobs: readonly Job[]): Promise<void> {
    const [first] = jobs;
    if (first === undefined) return;
    if (jobs.length > 1 && !this.#isLost(first) && (await this.#runAsOne(jobs))) return;
    for (const job of jobs) {
      try {
        const { stream } = job.request;
        const result = this.#isLost(job)
          ? { ok: false as const, actualRevision: await this.#work.newestRevision(stream) }
          : await this.#work.append(job.request, []);
        if (!result.ok) this.#lose(job);
        job.resolve(result);
      } catch (error) {
        this.#lose(job);
        job.reject(error);
      }
    }
  }

  async #runAsOne(jobs: readonly Job[]): Promise<boolean> {
    const [first] = jobs;
    if (first === undefined) return false;
    const { stream, expectedRevision } = first.request;
    const events = jobs.flatMap(({ request }) => request.events);
    const digests: Uint8Array[] = [];
    try {
      const whole = await this.#work.append({ stream, events, expectedRevision }, digests);
      // Found there without having been made here: whose digest is whose, each one asks by itself.
      if (!whole.ok || digests.length !== events.length) return false;
      let lastRevision = expectedRevision;
      for (const job of jobs) {
        lastRevision += job.request.events.length;
        const digest = digests[lastRevision - expectedRevision - 1] ?? whole.digest;
        job.resolve({ ok: true, lastRevision, position: UNKNOWN_POSITION, digest });
      }
      return true;
    } catch (error) {
      for (const job of jobs) {
        this.#lose(job);
        job.reject(error);
      }
      return true;
    }
  }

  #isLost({ request, batch, lost }: Job): boolean {
    return (batch === undefined ? lost : this.#conflicts.of(batch)).has(request.stream);
  }

  #lose({ request, batch, lost }: Job): void {
    const all = batch === undefined ? lost : this.#conflicts.of(batch);
    all.add(request.stream);
    this.#conflicts.keep(batch, all);
  }
}
