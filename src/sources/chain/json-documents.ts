/**
 * JSON objects one after the other, as a shell loop leaves them: on a line each or spread over many, with
 * or without commas, in an array or not. Cut by their braces, so that none needs the whole file in memory.
 */
import { ImportError } from '../importer.ts';

export interface JsonDocument {
  /** Counted from 1. */
  readonly number: number;
  readonly byte: number;
  /** Undefined for what stands there and is no object: an error that went into the file, say. */
  readonly bytes: Uint8Array | undefined;
}

/** Far above a block with the ids of all its transactions. */
const MOST_BYTES = 32 * 1024 * 1024;
/** Far above what Bitcoin Core prints. */
const MOST_DEPTH = 64;
/** A value of two bytes fills a hundred: above a full block with all that its transactions spend. */
const MOST_VALUES = 1_000_000;
const [QUOTE, BACKSLASH, NEWLINE, COMMA] = [0x22, 0x5c, 0x0a, 0x2c];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];
/** Blanks, commas, brackets of an array around the objects, RFC 7464's mark, a byte order mark. */
const BETWEEN = new Set([0x20, 0x09, 0x0d, NEWLINE, COMMA, OPEN_BRACKET, CLOSE_BRACKET, 0x1e]);
const BYTE_ORDER_MARK = new Set([0xef, 0xbb, 0xbf]);

export class JsonDocuments {
  readonly #name: string;
  /** Of the object that is not at its end yet. */
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #startByte = 0;
  #byte = 0;
  #number = 0;
  #depth = 0;
  #values = 0;
  #isInText = false;
  #isEscaped = false;
  #isInRefuse = false;

  constructor(name: string) {
    this.#name = name;
  }

  placeOf({ number, byte }: Pick<JsonDocument, 'number' | 'byte'>): string {
    return `${this.#name} object ${number} (byte ${byte})`;
  }

  /** The place of an object without its end, once nothing more comes. */
  get openPlace(): string | undefined {
    const place = { number: this.#number + 1, byte: this.#startByte };
    return this.#depth === 0 ? undefined : this.placeOf(place);
  }

  /** Throws an ImportError for one that is too large or too deep. */
  *take(chunk: Uint8Array): Generator<JsonDocument, void, undefined> {
    let start = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] as number;
      if (this.#depth === 0) {
        if (byte === OPEN_BRACE) {
          this.#begin(this.#byte + i);
          start = i;
        } else if (this.#isRefuse(byte)) {
          yield { number: ++this.#number, byte: this.#byte + i, bytes: undefined };
        }
        continue;
      }
      if (this.#isInText) this.#readText(byte);
      else if (byte === QUOTE) this.#isInText = true;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#countValue(++this.#depth);
      else if (byte === COMMA) this.#countValue(this.#depth);
      else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.#depth--;
      if (this.#depth === 0) yield this.#end(chunk.subarray(start, i + 1));
    }
    if (this.#depth > 0) this.#keep(chunk.subarray(start));
    this.#byte += chunk.length;
  }

  #begin(byte: number): void {
    this.#depth = 1;
    this.#values = 0;
    this.#startByte = byte;
    this.#isInRefuse = false;
  }

  /** Before it is parsed: what a parser makes of few bytes may be more than there is memory. */
  #countValue(depth: number): void {
    if (depth > MOST_DEPTH) {
      throw new ImportError(`${this.openPlace} is more than ${MOST_DEPTH} deep: no record is`);
    }
    if (++this.#values > MOST_VALUES) {
      throw new ImportError(`${this.openPlace} holds more values than any record`);
    }
  }

  #readText(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) this.#isInText = false;
  }

  /** True at the first byte of a line that is no object. */
  #isRefuse(byte: number): boolean {
    if (this.#isInRefuse) {
      if (byte === NEWLINE) this.#isInRefuse = false;
      return false;
    }
    if (BETWEEN.has(byte) || BYTE_ORDER_MARK.has(byte)) return false;
    this.#isInRefuse = true;
    return true;
  }

  #keep(part: Uint8Array): void {
    this.#partBytes += part.length;
    if (this.#partBytes > MOST_BYTES) {
      throw new ImportError(
        `${this.openPlace} is longer than any record: is it the right file? Of a long listchaintxns, ` +
          "jq -c '.transactions[]' makes an object a line",
      );
    }
    this.#parts.push(part);
  }

  #end(last: Uint8Array): JsonDocument {
    const bytes = this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    this.#partBytes = 0;
    return { number: ++this.#number, byte: this.#startByte, bytes };
  }
}
