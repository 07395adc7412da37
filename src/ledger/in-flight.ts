/**
 * Streams to which something is being appended. What is decided on their state meanwhile is decided
 * on something a full disk or a lost race may still undo.
 */
import type { AppendResult } from '../store/event-store.ts';

export class InFlight {
  /** By stream: true once all that was on its way is stored, false when some of it is not. */
  readonly #settling = new Map<string, Promise<boolean>>();

  of(stream: string): Promise<boolean> | undefined {
    return this.#settling.get(stream);
  }

  /** Follows an append of one request a stream or several, `streams[n]` being that of the nth. */
  follow(
    streams: readonly string[],
    appending: Promise<readonly AppendResult[]>,
    onLost: (stream: string) => void,
  ): void {
    const lose = (names: readonly string[]) => {
      for (const name of new Set(names)) onLost(name);
      return new Set(names);
    };
    // First to hear of it: who waits for the same promise must find the states forgotten.
    const lost = appending.then(
      (results) => lose(streams.filter((_, nth) => results[nth]?.ok !== true)),
      () => lose(streams),
    );
    for (const stream of new Set(streams)) {
      const before = this.#settling.get(stream) ?? Promise.resolve(true);
      const isStored = lost.then((names) => !names.has(stream));
      const all = Promise.all([before, isStored]).then((parts) => {
        if (this.#settling.get(stream) === all) this.#settling.delete(stream);
        return parts.every(Boolean);
      });
      this.#settling.set(stream, all);
    }
  }
}
