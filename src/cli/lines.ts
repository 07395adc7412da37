/** Lines of a file or of stdin, and where they stand in it, so that bad input can be named. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Cli } from './cli.ts';
import { Refused } from './errors.ts';

const NEWLINE = 0x0a;
/** Far above the largest event and its envelope. */
const MOST_LINE_BYTES = 16 * 1024 * 1024;

/**
 * Only a line feed ends a line: Node's readline would also split at U+2028, which may stand in JSON.
 * A last line without a line feed counts.
 */
export class FileLines implements AsyncIterable<string> {
  readonly name: string;
  /** Undefined where it cannot be known beforehand. */
  readonly totalBytes: number | undefined;
  readonly #chunks: AsyncIterable<Uint8Array | string>;
  #reading: AsyncGenerator<string, void, undefined> | undefined;
  #first: IteratorResult<string, void> | undefined;
  #line = 0;
  #lineStart = 0;
  #nextStart = 0;

  constructor(
    name: string,
    chunks: AsyncIterable<Uint8Array | string>,
    totalBytes: number | undefined,
  ) {
    this.name = name;
    this.totalBytes = totalBytes;
    this.#chunks = chunks;
  }

  get doneBytes(): number {
    return this.#nextStart;
  }

  /** Of the line handed out last. */
  get place(): string {
    return `${this.name} line ${this.#line} (byte ${this.#lineStart})`;
  }

  /** The first line, which is handed out all the same; undefined where there is none. */
  async first(): Promise<string | undefined> {
    this.#reading ??= this.#read();
    this.#first ??= await this.#reading.next();
    return this.#first.done ? undefined : this.#first.value;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string, void, undefined> {
    try {
      const first = await this.first();
      if (first !== undefined) yield first;
      if (this.#reading !== undefined) yield* this.#reading;
    } finally {
      await this.close();
    }
  }

  /** Lets go of a file that is not read to its end. */
  async close(): Promise<void> {
    await this.#reading?.return();
  }

  async *#read(): AsyncGenerator<string, void, undefined> {
    let rest: Uint8Array = new Uint8Array(0);
    for await (const chunk of this.#chunks) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      let data: Uint8Array = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      let end = data.indexOf(NEWLINE, rest.length);
      while (end >= 0) {
        yield this.#take(data.subarray(0, end), 1);
        data = data.subarray(end + 1);
        end = data.indexOf(NEWLINE);
      }
      rest = data;
      if (rest.length > MOST_LINE_BYTES) throw this.#tooLong();
    }
    if (rest.length > 0) yield this.#take(rest, 0);
  }

  #take(bytes: Uint8Array, ending: number): string {
    this.#line += 1;
    this.#lineStart = this.#nextStart;
    this.#nextStart += bytes.length + ending;
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw new Refused(`${this.place} is not UTF-8: is it the right file?`);
    }
  }

  #tooLong(): Refused {
    const place = `${this.name} line ${this.#line + 1} (byte ${this.#nextStart})`;
    return new Refused(`${place} is longer than any record: is it the right file?`);
  }
}

/** `-` is stdin. */
export async function openLines(file: string, cli: Cli): Promise<FileLines> {
  if (file === '-') return new FileLines('stdin', cli.stdin, undefined);
  const handle = await open(file, 'r');
  const about = await handle.stat();
  if (about.isDirectory()) {
    await handle.close();
    throw new Refused(`${file} is a directory: name a file`);
  }
  const stream = createReadStream(file, { fd: handle, signal: cli.signal });
  return new FileLines(file, stream, about.isFile() ? about.size : undefined);
}
