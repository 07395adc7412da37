/** The values in what lncli prints: 64-bit numbers as text, enums as words, bytes in hex or base64. */
import Type, { type Static, type TObject, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { AFTER_LAST_NS } from '../../../schema/time.ts';
import { NS_PER_SECOND } from '../told.ts';

const DIGITS = '^(0|[1-9][0-9]{0,19})$';
/** lncli writes 64-bit numbers as text; other tools that keep its answers make numbers of them. */
export const Whole = Type.Union([
  Type.String({ pattern: DIGITS }),
  Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
]);
export type Whole = Static<typeof Whole>;
/** The word, or in old versions the number, of an enum. */
export const Word = Type.Union([Type.String({ maxLength: 80 }), Type.Integer()]);
export type Word = Static<typeof Word>;
export const Text = Type.String({ maxLength: 65_536 });
export const Flag = Type.Boolean();
/** lncli writes null where there is nothing. */
export const OrNull = <S extends TSchema>(schema: S) =>
  Type.Optional(Type.Union([schema, Type.Null()]));
export const Maybe = Type.Optional;

export const wholeOf = (value: Whole | null | undefined): bigint =>
  value === undefined || value === null ? 0n : BigInt(value);

/** A number that is no amount: heights, indices, times. Throws beyond what JSON holds exactly. */
export function countOf(value: Whole | null | undefined): number {
  const count = Number(value ?? 0);
  if (!Number.isSafeInteger(count)) throw new Error('a number is too large to be one of its kind');
  return count;
}

/** Nanoseconds since 1970, of a field in seconds; 0 where it is not told. Throws beyond any date. */
export function secondsNsOf(value: Whole | null | undefined): bigint {
  return timeNsOf(wholeOf(value) * NS_PER_SECOND);
}

/** The same, of a field in nanoseconds. */
export function nanosecondsOf(value: Whole | null | undefined): bigint {
  return timeNsOf(wholeOf(value));
}

function timeNsOf(ns: bigint): bigint {
  if (ns >= AFTER_LAST_NS) throw new Error('a time in it is beyond any date');
  return ns;
}

/** A block's height; lnd keeps it in 32 bits. Throws beyond. */
export function heightOf(value: Whole | null | undefined): number {
  const height = countOf(value);
  if (height > 0xffff_ffff) throw new Error('a height in it is none of a block');
  return height;
}

/** The word of an enum, also where its number was written: as `lightning.proto` numbers them. */
export function wordOf(value: Word | undefined, words: readonly string[]): string {
  if (typeof value === 'number') return words[value] ?? String(value);
  return value ?? '';
}

/** Bytes in lower-case hex, from hex or base64; undefined where it is neither or of another length. */
export function bytesHexOf(text: string | undefined, length: number): string | undefined {
  if (text === undefined) return undefined;
  if (text.length === length * 2 && /^[0-9a-fA-F]*$/.test(text)) return text.toLowerCase();
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === length ? bytes.toString('hex') : undefined;
}

export interface RecordForm<T> {
  /** The record, or undefined where the value has not its form. */
  readonly of: (value: unknown) => T | undefined;
  /** The first field that does not fit, in words; no value in it. */
  readonly flaw: (value: unknown) => string;
}

export function formOf<S extends TObject>(schema: S): RecordForm<Static<S>> {
  const compiled = Compile(schema);
  return {
    of: (value) => (compiled.Check(value) ? (value as Static<S>) : undefined),
    flaw(value) {
      const [first] = compiled.Errors(value);
      const field = first?.instancePath.replace(/^\//, '').replaceAll('/', '.') || 'the record';
      return `${field} is not what lncli writes there`;
    },
  };
}
