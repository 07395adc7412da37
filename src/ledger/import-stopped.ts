/** The import of an export that did not get to its end: why, and what of it is in the ledger by now. */
import { StoreError } from '../store/event-store.ts';

export interface Stop {
  readonly reason: string;
  /** From 1; undefined where it is not the file's fault. */
  readonly line: number | undefined;
  readonly appended: number;
  readonly cause: unknown;
}

export class ImportStopped extends StoreError {
  /** What is wrong, without the place. */
  readonly reason: string;
  readonly line: number | undefined;
  /** What is kept of it, and how the rest gets there. */
  readonly kept: string;

  constructor({ reason, line, appended, cause }: Stop) {
    const place = line === undefined ? '' : `line ${line} of the export cannot be read: `;
    const kept = keptSentence(appended, line !== undefined);
    super(`${place}${reason}; ${kept}`, { cause });
    this.reason = reason;
    this.line = line;
    this.kept = kept;
  }
}

function keptSentence(appended: number, isFileWrong: boolean): string {
  const what = appended === 0 ? 'no event was' : appended === 1 ? '1 event was' : undefined;
  const imported = `${what ?? `${appended.toLocaleString('en-US')} events were`} imported`;
  const again = isFileWrong ? 'import one that is whole' : 'run it again';
  return appended === 0 ? `${imported}: ${again}` : `${imported}: ${again}, and the rest is added`;
}
