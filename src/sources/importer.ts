/**
 * What an importer of another program's records offers `import`: opened once, pulled once, and asked at
 * the end what it read and what such records cannot tell.
 */
import type { NodeId } from '../lightning/ids.ts';
import type { Observation } from '../observation/observation.ts';
import type { Known } from './known.ts';
import type { Tally } from './tally.ts';

export interface ImportContext {
  /** Files, as the person named them or as they were found in a folder. */
  readonly paths: readonly string[];
  /** Said by the person: needed where the records do not name them, and held against them where they do. */
  readonly nodeId: NodeId | undefined;
  readonly chain: string | undefined;
  /** When the import began: no record is learned before it is read. */
  readonly nowNs: bigint;
  /** Aborts when the person ends it: the observations then end by themselves, soon. */
  readonly signal: AbortSignal;
  /** Empty, and this import's own: copies of files go there. Whoever made it removes it. */
  readonly workDirectory: string;
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
  /** What the person gave for the options that the importer declares, by their camelCase names. */
  readonly options?: Readonly<Record<string, string | boolean | undefined>>;
  /** What the ledger knows already; undefined where it is new. */
  readonly known?: Known | undefined;
}

export interface ImportRun {
  /**
   * In the order in which the ledger is to hear them, streamed: never a whole file's at once. Pulled once.
   * Throws an ImportError where the rest cannot be read; what came before it is whole records.
   */
  readonly observations: AsyncIterable<Observation>;
  /** Complete once the observations have ended. */
  readonly tally: Tally;
}

export interface Importer {
  /** Looks at the files; throws an ImportError, nothing read yet, where they are no such records. */
  open(context: ImportContext): Promise<ImportRun>;
}

/** How an importer is listed before it is loaded. */
export interface ImporterEntry {
  readonly name: string;
  readonly summary: string;
  /**
   * The files that it reads, to finish a sentence: such as recognise.ts tells by their content, and no
   * others are given to it. Left out where the importer looks for itself what a file is.
   */
  readonly reads?: string;
  /** An example of its arguments. */
  readonly example: string;
  /** Beside those that every importer has. */
  readonly options?: readonly { readonly flags: string; readonly description: string }[];
  readonly load: () => Promise<Importer>;
}

/** The records cannot be read: a sentence with file, record and byte, and what to do. No secret in it. */
export class ImportError extends Error {
  override readonly name: string = 'ImportError';
}

/** It is not the records' fault: they change, or are not there, or there is no room. Another time they may be read. */
export class SourceFailed extends ImportError {
  override readonly name: string = 'SourceFailed';
}

/** The person is to say what the records do not, or said something else than they do. */
export class AskedError extends ImportError {
  override readonly name: string = 'AskedError';
}

/** The person must say what the records do not: the sentence names the option. */
export class OptionMissing extends AskedError {}
