/** Whether the ledger's file is still where it was: an open one is served on after it was removed. */
import { statSync } from 'node:fs';
import { Refusal } from './problem.ts';

export class LedgerFile {
  readonly #path: string;
  readonly #opened: string | undefined;

  /** Of a ledger in memory or in a cluster there is no file, and nothing to be missed. */
  constructor(path: string) {
    this.#path = path;
    this.#opened = identityOf(path);
  }

  /** Throws a Refusal where what is served is not what lies on the disk. */
  assertThere(): void {
    if (this.#opened === undefined) return;
    const now = identityOf(this.#path);
    if (now === this.#opened) return;
    const what = now === undefined ? 'is gone' : 'was replaced by another';
    throw new Refusal(
      503,
      `the file of the ledger ${what}: answers are of the one that was opened; end this server, put the file back, and begin it again`,
    );
  }
}

function identityOf(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}
