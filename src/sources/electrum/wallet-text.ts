/**
 * An Electrum wallet file as text: one JSON object and, behind it, its journal, each patch after a comma
 * and a line end (Electrum 4.5 and later, electrum/json_db.py). What an older program wrote, or one
 * with a password, is refused with a sentence; the values of a wallet are secrets and in no message.
 */
import { isUtf8 } from 'node:buffer';
import { readFile, stat } from 'node:fs/promises';
import { ImportError } from '../importer.ts';

/** Electrum itself reads a wallet whole. The largest known are a few megabytes. */
const MOST_BYTES = 32 * 1024 * 1024;
/** Ten times what such a wallet has: a file of nothing but small values takes many times its size. */
const MOST_VALUES = 3_000_000;

export interface WalletText {
  readonly base: Record<string, unknown>;
  /** In order, with the byte each begins at. The last may be torn: its value is then undefined. */
  readonly journal: Iterable<JournalRecord>;
}

export interface JournalRecord {
  readonly number: number;
  readonly byte: number;
  readonly value: unknown;
}

/** `name` is what the person called the file; `path` may be a copy of it. */
export async function readWallet(path: string, name: string): Promise<WalletText> {
  const { size } = await stat(path);
  if (size > MOST_BYTES) {
    throw new ImportError(
      `${name} has ${size} bytes: no Electrum wallet is larger than ${MOST_BYTES}`,
    );
  }
  const bytes = await readFile(path);
  if (!isUtf8(bytes)) {
    throw new ImportError(`${name} is no Electrum wallet: it holds bytes that are no text (UTF-8)`);
  }
  return parseWallet(bytes.toString('utf8'), name);
}

function parseWallet(text: string, name: string): WalletText {
  const start = skipSpace(text, 0);
  // Base64 of the magics BIE1 and BIE2 (electrum/storage.py).
  if (/^QklFM[Qg]/.test(text.slice(start, start + 6))) throw encrypted(name);
  if (text[start] !== '{') {
    throw new ImportError(`${name} is no Electrum wallet: one begins with a JSON object`);
  }
  const budget: Budget = { values: MOST_VALUES, name };
  const end = endOfObject(text, start, budget);
  const base = end === undefined ? undefined : parsed(text.slice(start, end));
  if (end === undefined || !isRecord(base)) {
    // Python's own notation was what Electrum wrote before version 2.8.
    const why = text.startsWith("{'", start)
      ? 'is a wallet of an Electrum before 2.8: open it with a newer one first, which has channels'
      : `is no whole Electrum wallet: ${flawOf(text, end)}: copy it again while Electrum is closed`;
    throw new ImportError(`${name} ${why}`);
  }
  if (typeof base.seed_version !== 'number' && !isRecord(base.keystore)) {
    throw new ImportError(
      `${name} is JSON and no Electrum wallet: it has neither seed_version nor keystore`,
    );
  }
  return { base, journal: { [Symbol.iterator]: () => journalOf(text, end, budget) } };
}

function flawOf(text: string, end: number | undefined): string {
  return end === undefined
    ? `it ends in the middle of the wallet, at byte ${Buffer.byteLength(text)}`
    : `its JSON object, which ends at byte ${Buffer.byteLength(text.slice(0, end))}, cannot be read`;
}

interface Budget {
  /** How many more values are taken. */
  values: number;
  readonly name: string;
}

/** Whether a record is torn, as a crash while it was being written leaves it. */
export const isTorn = ({ value }: JournalRecord): boolean => value === undefined;

function* journalOf(text: string, from: number, budget: Budget): Generator<JournalRecord> {
  let at = from;
  // Electrum's own counting: bytes of what comes before are counted as they are passed.
  let byte = Buffer.byteLength(text.slice(0, from));
  for (let number = 1; ; number++) {
    const comma = skipSpace(text, at);
    const start = text[comma] === ',' ? skipSpace(text, comma + 1) : comma;
    if (start >= text.length) return;
    byte += Buffer.byteLength(text.slice(at, start));
    const end =
      text[comma] === ',' && text[start] === '{' ? endOfObject(text, start, budget) : undefined;
    if (end === undefined) {
      yield { number, byte, value: undefined };
      return;
    }
    const part = text.slice(start, end);
    const value = parsed(part);
    yield { number, byte, value };
    if (value === undefined) return;
    byte += Buffer.byteLength(part);
    at = end;
  }
}

/** Behind the object that begins here; undefined where it does not end. Not recursive: depth is theirs. */
function endOfObject(text: string, start: number, budget: Budget): number | undefined {
  let depth = 0;
  let isInText = false;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isInText) {
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) isInText = false;
    } else if (code === QUOTE) isInText = true;
    else if (code === CLOSE) {
      if (--depth === 0) return at + 1;
    } else if (code === OPEN) depth++;
    else if ((code === COMMA || code === LIST) && --budget.values < 0) {
      throw new ImportError(`${budget.name} holds more values than any Electrum wallet`);
    }
  }
  return undefined;
}

const [QUOTE, BACKSLASH, OPEN, CLOSE] = [0x22, 0x5c, 0x7b, 0x7d];
const [COMMA, LIST] = [0x2c, 0x5b];

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text[at] ?? '')) at++;
  return at;
}

/** The parser's own message quotes the text, which is full of keys. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function encrypted(name: string): ImportError {
  return new ImportError(
    `${name} is encrypted with a password: in Electrum, remove the password of a copy of the wallet ` +
      '(Wallet, Password), import that copy, and destroy it',
  );
}
