/**
 * The ids of a stream's newest events: whether what is told for no later than the newest event is
 * recorded already can mostly be said without reading the stream.
 */

/** Two recorders of one source are apart by less, and what a source dates alike is within it. */
const WINDOW_NS = 60_000_000_000n;
/** A stream that has more in the window is read instead. */
const MAX_IDS = 512;

export class RecentIds {
  /** Oldest first; what both have at an index belongs together. */
  #ids: string[] = [];
  #timesNs: bigint[] = [];
  /** Made when it is asked for: most streams are only added to. */
  #known: Set<string> | undefined;
  /** Events up to here may have been let go. */
  #askUntilNs = -1n;
  #newestNs = 0n;

  copy(): RecentIds {
    const copy = new RecentIds();
    copy.#ids = [...this.#ids];
    copy.#timesNs = [...this.#timesNs];
    copy.#askUntilNs = this.#askUntilNs;
    copy.#newestNs = this.#newestNs;
    return copy;
  }

  add(id: string, happenedAtNs: bigint): void {
    if (happenedAtNs > this.#newestNs) this.#newestNs = happenedAtNs;
    this.#ids.push(id);
    this.#timesNs.push(happenedAtNs);
    this.#known?.add(id);
    // Now and then only: it costs as much as keeping the ids.
    if (this.#ids.length >= 2 * MAX_IDS) this.#letGo();
  }

  #letGo(): void {
    const oldestNs = this.#newestNs - WINDOW_NS;
    const inWindow = this.#timesNs.findIndex((timeNs) => timeNs >= oldestNs);
    const outside = inWindow < 0 ? this.#ids.length : inWindow;
    const count = Math.max(outside, this.#ids.length - MAX_IDS);
    for (const timeNs of this.#timesNs.slice(0, count)) {
      if (timeNs > this.#askUntilNs) this.#askUntilNs = timeNs;
    }
    this.#ids = this.#ids.slice(count);
    this.#timesNs = this.#timesNs.slice(count);
    this.#known = undefined;
  }

  /** False only where no event that happened at or after that time has the id. */
  mayHave(happenedAtNs: bigint, id: () => string): boolean {
    if (happenedAtNs <= this.#askUntilNs) return true;
    this.#known ??= new Set(this.#ids);
    return this.#known.has(id());
  }
}
