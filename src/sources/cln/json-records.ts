/**
 * The records of JSON lists, one by one from a file of any size: `{"forwards": [{…}, …]}`, or the same
 * within `"result"` as JSON-RPC answers it. Only the record at hand is in memory.
 */
import { open } from 'node:fs/promises';
import { ImportError } from '../importer.ts';

export interface JsonRecord {
  /** The list's own name. */
  readonly list: string;
  readonly text: string;
  /** Where it begins in the file. */
  readonly byte: number;
}

/** A channel with all the HTLCs that it can have takes less than 1 MB. */
const MOST_BYTES = 8 << 20;
const MOST_DEPTH = 64;
/** A value of two bytes fills a hundred once it is parsed. */
const MOST_VALUES = 500_000;
const CHUNK_BYTES = 1 << 18;
const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN, CLOSE] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Throws an ImportError where the file is no JSON any more; what came before it is whole records. */
export async function* jsonRecords(
  path: string,
  lists: ReadonlySet<string>,
  signal: AbortSignal,
): AsyncGenerator<JsonRecord> {
  await using file = await open(path, 'r');
  const scanner = new Scanner(path, lists);
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, null);
    if (bytesRead === 0) break;
    yield* scanner.take(chunk.subarray(0, bytesRead));
  }
  scanner.end();
}

class Scanner {
  readonly #path: string;
  readonly #lists: ReadonlySet<string>;
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true });
  /** What is open: `{` or `[`. */
  readonly #open: number[] = [];
  /** The keys that lead to it, empty for an item of a list. */
  readonly #keys: string[] = [];
  #isInText = false;
  #isEscaped = false;
  #text: number[] = [];
  #lastText = '';
  #list: string | undefined;
  #record: number[] | undefined;
  #recordAt = 0;
  #recordValues = 0;
  #byte = 0;

  constructor(path: string, lists: ReadonlySet<string>) {
    this.#path = path;
    this.#lists = lists;
  }

  *take(chunk: Uint8Array): Generator<JsonRecord> {
    for (const byte of chunk) {
      const record = this.#next(byte);
      this.#byte++;
      if (record !== undefined) yield record;
    }
  }

  end(): void {
    if (this.#open.length > 0 || this.#isInText) {
      throw this.#refusal('it ends in the middle: it was cut off when it was written or copied');
    }
  }

  #next(byte: number): JsonRecord | undefined {
    if (this.#record !== undefined) {
      if (this.#record.push(byte) > MOST_BYTES) {
        throw this.#refusal(`a record of more than ${MOST_BYTES} bytes`);
      }
    }
    if (this.#isInText) {
      this.#takeText(byte);
      return undefined;
    }
    switch (byte) {
      case QUOTE:
        this.#isInText = true;
        this.#text = [];
        return undefined;
      case OPEN:
      case OPEN_LIST:
        this.#begin(byte);
        return undefined;
      case CLOSE:
      case CLOSE_LIST:
        return this.#finish(byte);
      case COMMA:
        if (this.#record === undefined) this.#lastText = '';
        else this.#countValue();
        return undefined;
      default:
        return undefined;
    }
  }

  #takeText(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) {
      this.#isInText = false;
      if (this.#record === undefined) this.#lastText = String.fromCharCode(...this.#text);
      return;
    }
    // Keys are short; of a long text nothing more is wanted.
    if (this.#record === undefined && this.#text.length < 64) this.#text.push(byte);
  }

  #begin(byte: number): void {
    if (this.#open.length >= MOST_DEPTH) throw this.#refusal('lists or objects in each other');
    const isItem = this.#list !== undefined && this.#open.length === this.#keys.length;
    if (isItem && this.#record === undefined) {
      this.#record = [byte];
      this.#recordValues = 0;
      this.#recordAt = this.#byte;
    } else if (this.#list === undefined) {
      this.#keys.push(this.#lastText);
      if (byte === OPEN_LIST && this.#isWanted()) this.#list = this.#lastText;
      this.#lastText = '';
    }
    this.#open.push(byte);
    if (this.#record !== undefined) this.#countValue();
  }

  #countValue(): void {
    if (++this.#recordValues > MOST_VALUES) {
      throw this.#refusal(`a record of more than ${MOST_VALUES} values`);
    }
  }

  /** The file's own object has no name; below it are the list, or `result` and the list. */
  #isWanted(): boolean {
    const [, ...path] = this.#keys;
    const isThere = path.length === 1 || (path.length === 2 && path[0] === 'result');
    return isThere && this.#lists.has(this.#lastText);
  }

  #finish(byte: number): JsonRecord | undefined {
    const begun = this.#open.pop();
    if (begun === undefined || (begun === OPEN) !== (byte === CLOSE)) {
      throw this.#refusal('a bracket that closes nothing');
    }
    if (this.#list === undefined) {
      this.#keys.pop();
      return undefined;
    }
    if (this.#open.length >= this.#keys.length) {
      if (this.#open.length > this.#keys.length || this.#record === undefined) return undefined;
      return this.#recordEnded(this.#list, this.#record);
    }
    this.#list = undefined;
    this.#keys.pop();
    return undefined;
  }

  #recordEnded(list: string, bytes: readonly number[]): JsonRecord {
    this.#record = undefined;
    const byte = this.#recordAt;
    try {
      return { list, byte, text: this.#utf8.decode(Uint8Array.from(bytes)) };
    } catch {
      // Its parser will say that it is no JSON, and the next one is read.
      return { list, byte, text: '' };
    }
  }

  #refusal(what: string): ImportError {
    return new ImportError(
      `${this.#path}, byte ${this.#byte}: no JSON as lightning-cli prints it: ${what}; let it print that again`,
    );
  }
}

/** Whole numbers that JavaScript would round become bigints, numbers with decimals stay text. */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown, ...context: readonly unknown[]) => {
    if (typeof value !== 'number') return value;
    const source = sourceOf(context[0]) ?? String(value);
    if (/^-?[0-9]{1,40}$/.test(source)) {
      return Number.isSafeInteger(value) ? value : BigInt(source);
    }
    return source;
  });
}

function sourceOf(context: unknown): string | undefined {
  if (typeof context !== 'object' || context === null || !('source' in context)) return undefined;
  return typeof context.source === 'string' ? context.source : undefined;
}
