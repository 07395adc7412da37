/** Every way a command can end, as one sentence and an exit code. No stack trace, no secret. */
import { QuestionError } from '../ledger/query.ts';
import { StoreError } from '../store/event-store.ts';

export const exitCodes = { done: 0, no: 1, wrongUsage: 2, failed: 3, interrupted: 130 } as const;

/** The command was not asked rightly: what is wrong and what to write instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The answer is no, in a sentence: what was given is not what was asked for. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** A source of observations failed: what happened, and where in the source. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
}

/** The answer is no, and everything there is to say has been said on stdout. */
export class AnswerIsNo extends Error {
  override readonly name = 'AnswerIsNo';
}

/** Somebody pressed Ctrl-C, or the system asked the process to end. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.interrupted) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The reader of our output went away (`| head`), which is its right. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}

/** Our output could not be written: what is there of it is not all. */
export class OutputFailed extends Error {
  override readonly name = 'OutputFailed';
}

export interface Failure {
  readonly exitCode: number;
  /** Undefined where there is nothing to say. */
  readonly sentence: string | undefined;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof OutputClosed) return { exitCode: exitCodes.done, sentence: undefined };
  if (error instanceof AnswerIsNo) return { exitCode: exitCodes.no, sentence: undefined };
  if (error instanceof Refused) return { exitCode: exitCodes.no, sentence: error.message };
  if (error instanceof Interrupted) {
    return { exitCode: error.exitCode, sentence: error.message };
  }
  if (error instanceof UsageError) {
    return { exitCode: exitCodes.wrongUsage, sentence: error.message };
  }
  if (error instanceof QuestionError) {
    const exitCode = error.kind === 'unknown' ? exitCodes.no : exitCodes.wrongUsage;
    return { exitCode, sentence: error.message };
  }
  const isOwnSentence =
    error instanceof StoreError || error instanceof SourceError || error instanceof OutputFailed;
  if (isOwnSentence) {
    return { exitCode: exitCodes.failed, sentence: error.message };
  }
  return { exitCode: exitCodes.failed, sentence: sentenceOf(error) };
}

const SYSTEM_SENTENCES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory: check the path',
  EACCES: 'permission denied: run as the user who owns it, or choose another path',
  EPERM: 'permission denied: run as the user who owns it, or choose another path',
  EISDIR: 'it is a directory: name a file',
  ENOTDIR: 'a part of the path is a file, not a directory: check the path',
  ENOSPC: 'the disk is full: free some space and try again',
  EDQUOT: 'the disk quota is used up: free some space and try again',
  EFBIG: 'no file may be that large here (see "ulimit -f"): raise the limit or choose another path',
  EIO: 'the disk failed: check it and try again',
  EROFS: 'the file system is read-only: choose another path',
  EEXIST: 'it is there already: choose another name',
  EMFILE: 'too many files are open: close some and try again',
};

/** One that is told in a sentence of its own, with the file's name. */
export function isSystemError(error: unknown): boolean {
  return SYSTEM_SENTENCES[errorFields(error).code] !== undefined;
}

/** A system error says which file; anything else is a mistake of ours and says so. */
function sentenceOf(error: unknown): string {
  const { code, path, message } = errorFields(error);
  const known = SYSTEM_SENTENCES[code];
  if (known !== undefined) return path === '' ? known : `${path}: ${known}`;
  return `${message} (this should not happen: please report it with the command you ran)`;
}

function errorFields(error: unknown): { code: string; path: string; message: string } {
  if (!(error instanceof Error)) return { code: '', path: '', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const path = 'path' in error && typeof error.path === 'string' ? error.path : '';
  return { code, path, message: error.message };
}
