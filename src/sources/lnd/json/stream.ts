/**
 * A JSON document of any size, one value at a time: the elements of the lists that are asked for, whole,
 * and every scalar outside them with its path. What a list holds is never in memory at once.
 */
import { ImportError } from '../../importer.ts';

export interface JsonItem {
  /** Names of the objects and lists around it, then its own; a list's elements have the list's path. */
  readonly path: readonly string[];
  readonly value: unknown;
  /** An element of a list that was asked for. */
  readonly isElement: boolean;
  /** Where it begins in the file. */
  readonly byte: number;
}

/** A list's element may be a payment with hundreds of attempts, and no more than that. */
const MAX_ELEMENT_BYTES = 16 << 20;
const MAX_SCALAR_BYTES = 1 << 16;
const MAX_DEPTH = 64;
/** A value of two bytes fills a hundred: hundreds of attempts of twenty hops each have fewer. */
const MAX_ELEMENT_VALUES = 500_000;

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];
const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

interface Container {
  readonly isList: boolean;
  /** A list whose elements are given out whole. */
  readonly isAsked: boolean;
  /** Of an object: the name whose value comes next. */
  name: string;
}

type Expects = 'value' | 'value or end' | 'name' | 'name or end' | 'colon' | 'comma or end' | 'end';

/** The text ends before its document does, as while it is still being written. */
export class CutOff extends ImportError {
  override readonly name = 'CutOff';
}

/** Throws an ImportError, with the byte, where the text is no JSON. */
export async function* jsonItems(
  chunks: AsyncIterable<Uint8Array>,
  isList: (name: string) => boolean,
): AsyncGenerator<JsonItem, void, undefined> {
  const scanner = new JsonScanner(isList);
  for await (const chunk of chunks) yield* scanner.take(chunk);
  scanner.end();
}

class JsonScanner {
  readonly #isList: (name: string) => boolean;
  readonly #stack: Container[] = [];
  #expects: Expects = 'value';
  /** Bytes before this chunk. */
  #before = 0;
  /** What is being taken whole: a scalar or an element, from its first byte on. */
  #taken: Uint8Array[] = [];
  #takenBytes = 0;
  #takenFrom = 0;
  #taking: 'none' | 'scalar' | 'string' | 'element' = 'none';
  #elementDepth = 0;
  #elementValues = 0;
  #isInString = false;
  #isEscaped = false;

  constructor(isList: (name: string) => boolean) {
    this.#isList = isList;
  }

  *take(chunk: Uint8Array): Generator<JsonItem, void, undefined> {
    let from = 0;
    let at = 0;
    while (at < chunk.length) {
      const byte = chunk[at] ?? 0;
      if (this.#taking === 'none') {
        if (!isSpace(byte) && !this.#isMark(byte, at)) this.#structure(byte, this.#before + at);
        from = at;
        at++;
        // An element or scalar of one byte is still told by the byte behind it.
        continue;
      }
      const isWhole = this.#isEndOfTaken(byte);
      if (isWhole === 'no') {
        at++;
        continue;
      }
      if (isWhole === 'with this') at++;
      const item = this.#give(chunk.subarray(from, at));
      from = at;
      if (item !== undefined) yield item;
    }
    if (this.#taking !== 'none') this.#keep(chunk.subarray(from));
    this.#before += chunk.length;
  }

  end(): void {
    if (this.#taking === 'scalar' && this.#stack.length === 0) return;
    if (this.#expects === 'end') return;
    const { message } = notJson(this.#before, 'it ends in the middle');
    throw new CutOff(message);
  }

  /** The byte order mark that some editors write. */
  #isMark(byte: number, at: number): boolean {
    return this.#before + at < 3 && byte === [0xef, 0xbb, 0xbf][this.#before + at];
  }

  #structure(byte: number, at: number): void {
    const top = this.#stack.at(-1);
    const isEnd = byte === (top?.isList ? CLOSE_LIST : CLOSE_OBJECT);
    switch (this.#expects) {
      case 'value or end':
      case 'name or end':
        if (isEnd) this.#close();
        else if (top?.isList) this.#beginValue(byte, at);
        else this.#beginName(byte, at);
        return;
      case 'value':
        this.#beginValue(byte, at);
        return;
      case 'name':
        this.#beginName(byte, at);
        return;
      case 'colon':
        if (byte !== COLON) throw notJson(at, 'a colon was expected');
        this.#expects = 'value';
        return;
      case 'comma or end':
        if (isEnd) this.#close();
        else if (byte !== COMMA) throw notJson(at, 'a comma was expected');
        else this.#expects = top?.isList ? 'value' : 'name';
        return;
      case 'end':
        throw notJson(at, 'something follows its end');
    }
  }

  #beginName(byte: number, at: number): void {
    if (byte !== QUOTE) throw notJson(at, 'a name was expected');
    this.#begin('string', at);
  }

  #beginValue(byte: number, at: number): void {
    const top = this.#stack.at(-1);
    if (top?.isAsked) {
      this.#elementDepth = 0;
      this.#elementValues = 0;
      this.#begin('element', at);
      // Its first byte decides how it ends.
      this.#isEndOfTaken(byte);
      return;
    }
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      if (this.#stack.length === MAX_DEPTH) throw notJson(at, `more than ${MAX_DEPTH} deep`);
      const isList = byte === OPEN_LIST;
      const isAsked = isList && top !== undefined && !top.isList && this.#isList(top.name);
      this.#stack.push({ isList, isAsked, name: '' });
      this.#expects = isList ? 'value or end' : 'name or end';
      return;
    }
    this.#begin(byte === QUOTE ? 'string' : 'scalar', at);
  }

  #begin(taking: 'scalar' | 'string' | 'element', at: number): void {
    this.#taking = taking;
    this.#taken = [];
    this.#takenBytes = 0;
    this.#takenFrom = at;
    this.#isInString = taking === 'string';
    this.#isEscaped = false;
  }

  #close(): void {
    this.#stack.pop();
    this.#expects = this.#stack.length === 0 ? 'end' : 'comma or end';
  }

  /** Whether what is taken ends before this byte, with it, or goes on. */
  #isEndOfTaken(byte: number): 'no' | 'before' | 'with this' {
    if (this.#isInString) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) {
        this.#isInString = false;
        return this.#elementDepth === 0 ? 'with this' : 'no';
      }
      return 'no';
    }
    if (byte === QUOTE) {
      this.#isInString = true;
      return 'no';
    }
    if (this.#taking === 'element' && (byte === OPEN_OBJECT || byte === OPEN_LIST)) {
      this.#elementDepth++;
      this.#countValue();
      return 'no';
    }
    const isClosing = byte === CLOSE_OBJECT || byte === CLOSE_LIST;
    if (this.#elementDepth > 0) {
      if (byte === COMMA) this.#countValue();
      if (isClosing) this.#elementDepth--;
      return isClosing && this.#elementDepth === 0 ? 'with this' : 'no';
    }
    return isClosing || byte === COMMA || isSpace(byte) ? 'before' : 'no';
  }

  /** Before it is parsed: what a parser makes of few bytes may be more than there is memory. */
  #countValue(): void {
    if (this.#elementDepth > MAX_DEPTH) {
      throw notJson(this.#takenFrom, `more than ${MAX_DEPTH} deep`);
    }
    if (++this.#elementValues > MAX_ELEMENT_VALUES) {
      throw notJson(this.#takenFrom, `one value holds more than ${MAX_ELEMENT_VALUES} others`);
    }
  }

  /** The chunk's memory is used again by whoever gave it. */
  #keep(part: Uint8Array): void {
    this.#count(part);
    this.#taken.push(Uint8Array.from(part));
  }

  #count(part: Uint8Array): void {
    this.#takenBytes += part.length;
    const most = this.#taking === 'element' ? MAX_ELEMENT_BYTES : MAX_SCALAR_BYTES;
    if (this.#takenBytes > most) {
      throw notJson(this.#takenFrom, `one value has more than ${most} bytes`);
    }
  }

  #give(last: Uint8Array): JsonItem | undefined {
    this.#count(last);
    const whole = this.#taken.length === 0 ? last : Buffer.concat([...this.#taken, last]);
    const text = Buffer.from(whole.buffer, whole.byteOffset, whole.length).toString('utf8');
    const isElement = this.#taking === 'element';
    this.#taking = 'none';
    this.#taken = [];
    const value = parsed(text, this.#takenFrom);
    const top = this.#stack.at(-1);
    if (top !== undefined && (this.#expects === 'name' || this.#expects === 'name or end')) {
      top.name = String(value);
      this.#expects = 'colon';
      return undefined;
    }
    this.#expects = top === undefined ? 'end' : 'comma or end';
    const path = this.#stack.flatMap(({ isList, name }) => (isList ? [] : [name]));
    return { path, value, isElement, byte: this.#takenFrom };
  }
}

function parsed(text: string, byte: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, and with it perhaps a preimage.
    throw notJson(byte, 'a value cannot be read');
  }
}

function notJson(byte: number, why: string): ImportError {
  return new ImportError(`at byte ${byte}: it is not JSON: ${why}; let lncli print it again`);
}
