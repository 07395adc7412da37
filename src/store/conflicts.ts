/**
 * Streams on which a batch met a conflict. Its later requests there were decided on the state that the
 * first would have made, and must not fit another writer's revision by chance.
 */

/** Batches that met a conflict and may still have parts to come; those before them have ended. */
const MOST_BATCHES = 1000;

export class Conflicts {
  readonly #byBatch = new Map<number, Set<string>>();

  /** The streams lost so far; a call that is no part of a batch begins with none. */
  of(batch: number | undefined): Set<string> {
    return (batch === undefined ? undefined : this.#byBatch.get(batch)) ?? new Set();
  }

  /** Remembers what the batch has lost, for its later parts. */
  keep(batch: number | undefined, lost: ReadonlySet<string>): void {
    if (batch === undefined || lost.size === 0) return;
    const known = this.#byBatch.get(batch);
    if (known !== undefined) {
      for (const stream of lost) known.add(stream);
      return;
    }
    this.#byBatch.set(batch, new Set(lost));
    if (this.#byBatch.size <= MOST_BATCHES) return;
    for (const oldest of this.#byBatch.keys()) {
      this.#byBatch.delete(oldest);
      return;
    }
  }
}
