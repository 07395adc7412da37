/** What a command is given: the streams, the reader's terminal, Ctrl-C, and the way to ledgers. */
import type { ImporterEntry } from '../sources/importer.ts';
import type { LiveSourceEntry } from '../sources/live-source.ts';
import { OutputClosed, OutputFailed } from './errors.ts';
import type { DemoNetwork, Ledgers } from './ledger-port.ts';
import type { Environment, Style } from './style.ts';

/** The part of a Node stream that is used here. */
export interface OutputStream {
  write(text: string): boolean;
  on(event: 'error', listener: (error?: unknown) => void): unknown;
  once(event: 'drain' | 'close' | 'error', listener: () => void): unknown;
  off(event: 'drain' | 'close' | 'error', listener: () => void): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly destroyed?: boolean;
}

export interface Cli {
  readonly out: Output;
  readonly err: Output;
  /** What the person types, for confirmations and for FILE `-`. */
  readonly stdin: NodeJS.ReadableStream & {
    readonly isTTY?: boolean;
    /** Only a terminal has it: every key at once, and none of them echoed. */
    setRawMode?(isRaw: boolean): unknown;
  };
  readonly env: Environment;
  /** Aborts at Ctrl-C, and when the system asks the process to end. */
  readonly signal: AbortSignal;
  /** Loaded when first asked for: help and wrong usage need no store. */
  readonly ledgers: () => Promise<Ledgers>;
  /** The network of the demo, with its Lightning nodes: large, and so loaded late as well. */
  readonly demoNetwork: () => Promise<DemoNetwork>;
  /** The live sources that `record` knows. */
  readonly liveSources: readonly LiveSourceEntry[];
  /** The importers that `import` knows. */
  readonly importers: readonly ImporterEntry[];
}

const BREATH_MS = 20;

/** One of the two outputs, and what its reader can show. */
export class Output {
  readonly #stream: OutputStream;
  readonly style: Style;
  #isClosed = false;
  #failure: OutputFailed | undefined;
  /** Its reader is behind: what is written more stays in memory. */
  #isFull = false;
  #breathedAt = 0;

  constructor(stream: OutputStream, style: Style) {
    this.#stream = stream;
    this.style = style;
    // A closed pipe complains at every write that was under way.
    stream.on('error', (error) => {
      this.#isClosed = true;
      if (codeOf(error) !== 'EPIPE') this.#failure = failed(error);
    });
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  /** Columns of the terminal; undefined where output goes to a file or another program. */
  get columns(): number | undefined {
    return this.isTerminal ? this.#stream.columns || 80 : undefined;
  }

  /** Lines of the terminal; undefined as `columns` is. */
  get rows(): number | undefined {
    return this.isTerminal ? this.#stream.rows || 24 : undefined;
  }

  line(text = ''): void {
    this.raw(`${text}\n`);
  }

  raw(text: string): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#isClosed || this.#stream.destroyed) throw new OutputClosed();
    this.#isFull = !this.#stream.write(text);
  }

  /** Waits until the stream had its say on what was written; throws where it was not all taken. */
  async finish(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#failure !== undefined) throw this.#failure;
  }

  /**
   * A line of output of any length: waits while its reader is behind, and now and then lets the
   * process notice Ctrl-C and a reader that went away, which a loop over a local store never would.
   */
  async streamLine(text: string): Promise<void> {
    this.line(text);
    if (this.#isFull) await this.#drained();
    const now = performance.now();
    if (now - this.#breathedAt < BREATH_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#breathedAt = performance.now();
  }

  /** A line that went out: throws where its reader was gone before it was written. */
  async takenLine(text: string): Promise<void> {
    await this.streamLine(text);
    await this.finish();
    if (this.#isClosed) throw new OutputClosed();
  }

  async #drained(): Promise<void> {
    const stream = this.#stream;
    await new Promise<void>((resolve) => {
      const events = ['drain', 'close', 'error'] as const;
      const done = () => {
        for (const event of events) stream.off(event, done);
        resolve();
      };
      for (const event of events) stream.once(event, done);
    });
    this.#isFull = false;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function failed(error: unknown): OutputFailed {
  const reason = error instanceof Error ? error.message : String(error);
  return new OutputFailed(`the output could not be written to its end: ${reason}`);
}
