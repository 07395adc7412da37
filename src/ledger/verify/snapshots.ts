/** The snapshots of one stream, by their revisions; their texts are read one at a time. */
import type { KeptSnapshot, LocalStore } from '../../store/event-store.ts';

export class Snapshots {
  /** Newest first. */
  readonly revisions: readonly number[];
  readonly #left: Set<number>;
  readonly #read: (revision: number) => KeptSnapshot | undefined;

  constructor(store: LocalStore, projection: string, stream: string) {
    this.#read = (revision) => store.snapshotAt(projection, stream, revision);
    const revisions: number[] = [];
    let next = this.#read(Number.MAX_SAFE_INTEGER);
    while (next !== undefined) {
      revisions.push(next.revision);
      next = next.revision <= 0 ? undefined : this.#read(next.revision - 1);
    }
    this.revisions = revisions;
    this.#left = new Set(revisions);
  }

  get isEmpty(): boolean {
    return this.revisions.length === 0;
  }

  /** The newest one's revision, or -1. */
  get last(): number {
    return this.revisions[0] ?? -1;
  }

  /** The snapshot of a revision, the first time it is asked for. */
  take(revision: number): KeptSnapshot | undefined {
    return this.#left.delete(revision) ? this.#read(revision) : undefined;
  }

  /** Those nobody asked for. */
  left(): ReadonlySet<number> {
    return this.#left;
  }
}
