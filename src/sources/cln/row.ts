/** One record of a foreign database or JSON list, read field by field: what does not fit is named, never guessed. */
import { bytesToHex } from '../../lightning/bytes.ts';
import { type Txid, txidOfBytes } from '../../lightning/ids.ts';

/** A record that is no such record. The sentence names the field and nothing of its value. */
export class RecordError extends Error {
  override readonly name = 'RecordError';
}

const wrong = (name: string, what: string) => new RecordError(`"${name}" expected ${what}`);

/** Absent (NULL, no such column) is undefined everywhere. */
export class Row {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  /** A whole number of either sign. */
  integer(name: string): bigint | undefined {
    const value = this.#values[name] ?? undefined;
    if (value === undefined || typeof value === 'bigint') return value;
    if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
    throw wrong(name, 'a whole number');
  }

  /** msat or sat: never negative. */
  amount(name: string): bigint | undefined {
    const value = this.integer(name);
    if (value !== undefined && value < 0n) throw wrong(name, 'an amount that is not negative');
    return value;
  }

  /** A number that JavaScript holds exactly. */
  count(name: string): number | undefined {
    const value = this.integer(name);
    if (value === undefined) return undefined;
    if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw wrong(name, 'a count from 0 to 2^53 - 1');
    }
    return Number(value);
  }

  /** 64 bits, which SQLite holds with a sign. */
  unsigned(name: string): bigint | undefined {
    const value = this.integer(name);
    return value === undefined ? undefined : BigInt.asUintN(64, value);
  }

  /** JSON amounts: a number, or in older versions a text that ends with `msat`. */
  msat(name: string): bigint | undefined {
    const value = this.#values[name] ?? undefined;
    const match = typeof value === 'string' ? /^([0-9]{1,19})msat$/.exec(value) : null;
    return match?.[1] === undefined ? this.amount(name) : BigInt(match[1]);
  }

  /** Seconds since 1970, in JSON with decimals (which are kept as text) or without, as nanoseconds. */
  secondsNs(name: string): bigint | undefined {
    const value = this.#values[name] ?? undefined;
    if (typeof value !== 'string') return unlessUndefined(this.integer(name), (s) => s * 10n ** 9n);
    const match = /^([0-9]{1,12})\.([0-9]{1,18})$/.exec(value);
    if (match === null) throw wrong(name, 'seconds since 1970');
    return BigInt(match[1] ?? '') * 10n ** 9n + BigInt((match[2] ?? '').slice(0, 9).padEnd(9, '0'));
  }

  /** What JSON has as `true` or `false`. */
  truth(name: string): boolean | undefined {
    const value = this.#values[name] ?? undefined;
    if (value === undefined || typeof value === 'boolean') return value;
    throw wrong(name, 'true or false');
  }

  /** A text of hex digits, in lower case. */
  hexText(name: string, length?: number): string | undefined {
    const text = this.text(name)?.toLowerCase();
    if (text === undefined) return undefined;
    const isRight = /^([0-9a-f]{2})*$/.test(text) && (!length || text.length === 2 * length);
    if (!isRight) throw wrong(name, 'hex digits');
    return text;
  }

  object(name: string): Row | undefined {
    const value = this.#values[name] ?? undefined;
    return value === undefined ? undefined : rowOf(value, name);
  }

  list(name: string): readonly Row[] {
    return this.items(name).map((item) => rowOf(item, name));
  }

  items(name: string): readonly unknown[] {
    const value = this.#values[name] ?? [];
    if (!Array.isArray(value)) throw wrong(name, 'a list');
    return value;
  }

  flag(name: string): boolean {
    return (this.integer(name) ?? 0n) !== 0n;
  }

  text(name: string): string | undefined {
    const value = this.#values[name] ?? undefined;
    if (value === undefined || typeof value === 'string') return value;
    throw wrong(name, 'a text');
  }

  bytes(name: string, length?: number): Uint8Array | undefined {
    const value = this.#values[name] ?? undefined;
    if (value === undefined) return undefined;
    if (!(value instanceof Uint8Array) || (length !== undefined && value.length !== length)) {
      throw wrong(name, length === undefined ? 'bytes' : `${length} bytes`);
    }
    return value;
  }

  hex(name: string, length?: number): string | undefined {
    const value = this.bytes(name, length);
    return value && bytesToHex(value);
  }
}

/** A JSON object as a record. */
export function rowOf(value: unknown, name = 'record'): Row {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong(name, 'an object');
  }
  return new Row(value as Record<string, unknown>);
}

function unlessUndefined<T>(value: T | undefined, change: (value: T) => T): T | undefined {
  return value === undefined ? undefined : change(value);
}

/** A transaction's or block's hash as it stands in bytes, spelled as people read it. */
export function txidColumn(row: Row, column: string): Txid | undefined {
  const bytes = row.bytes(column, 32);
  return bytes && txidOfBytes(bytes);
}

export function must<T>(name: string, value: T | undefined): T {
  if (value === undefined) throw new RecordError(`"${name}" is missing`);
  return value;
}

/** The fields that are there. */
export function present<T extends object>(
  fields: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
