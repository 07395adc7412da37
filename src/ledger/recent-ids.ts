/**
 * The ids of a stream's newest events: whether what is told for no later than the newest event is
 * recorded already can mostly be said without reading the stream.
 */

/** Two recorders of one source are apart by less, and what a source dates alike is within it. */
const WINDOW_NS = 60_000_000_000n;
/** A stream that has more in the window is read instead. */
const MAX_IDS = 512;
const LET_GO_EVERY = 64;

export class RecentIds {
  readonly #timesNs = new Map<string, bigint>();
  /** Events up to here may have been let go. */
  #askUntilNs = -1n;
  #newestNs = 0n;

  add(id: string, happenedAtNs: bigint): void {
    if (happenedAtNs > this.#newestNs) this.#newestNs = happenedAtNs;
    this.#timesNs.set(id, happenedAtNs);
    // Looked at now and then only: it costs as much as keeping the id.
    if (this.#timesNs.size % LET_GO_EVERY === 0) this.#letGo();
  }

  #letGo(): void {
    const oldestNs = this.#newestNs - WINDOW_NS;
    for (const [first, timeNs] of this.#timesNs) {
      if (timeNs >= oldestNs && this.#timesNs.size <= MAX_IDS) return;
      this.#timesNs.delete(first);
      if (timeNs > this.#askUntilNs) this.#askUntilNs = timeNs;
    }
  }

  /** False only where no event that happened at or after that time has the id. */
  mayHave(happenedAtNs: bigint, id: () => string): boolean {
    return happenedAtNs <= this.#askUntilNs || this.#timesNs.has(id());
  }
}
