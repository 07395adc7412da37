/** Whether a file that is open is still the one under its name: else what is written is lost with it. */
import { type Stats, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { StoreError } from '../event-store.ts';

/** Far shorter than anybody needs to put another file there and far longer than a look takes. */
const LOOK_AGAIN_MS = 100;

export class Place {
  readonly #path: string;
  readonly #own: Stats | undefined;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  /** The file at `path` was just opened. Resolved now: the process may work in another directory later. */
  constructor(path: string) {
    this.#path = resolve(path);
    const own = statOf(this.#path);
    this.#own = own === 'unknown' ? undefined : own;
  }

  /** Throws a StoreError where the file is gone from its place; looks no more than ten times a second. */
  assertKeptLately(): void {
    const nowMs = performance.now();
    if (nowMs - this.#lookedAtMs < LOOK_AGAIN_MS) return;
    this.#lookedAtMs = nowMs;
    this.assertKept();
  }

  assertKept(): void {
    if (this.#own === undefined) return;
    const there = statOf(this.#path);
    if (there === 'unknown') return;
    if (there?.ino === this.#own.ino && there.dev === this.#own.dev) return;
    throw new StoreError(
      `${this.#path} was removed, moved or replaced while it was open: nothing more is written, and ` +
        'what was recorded since it was opened went where that file went',
    );
  }
}

/** Undefined where nothing is; a directory that may not be searched any more tells nothing. */
function statOf(path: string): Stats | undefined | 'unknown' {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return 'unknown';
  }
}
