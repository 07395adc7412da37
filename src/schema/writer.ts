/**
 * A value's canonical JSON text, checked on the way: one pass does both, for every event that is
 * recorded. Writers are made once for each schema; what they take is what the schema says.
 */
import type { TSchema } from 'typebox';

/** The text, or undefined where the value does not fit. */
export type Writer = (value: unknown) => string | undefined;

/** What is read of a schema here; the fields of `src/schema/fields.ts` have nothing else. */
export interface SchemaNode {
  readonly type?: string;
  readonly codec?: string;
  readonly minimumBigint?: string;
  readonly properties?: Record<string, TSchema>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly items?: TSchema;
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly description?: string;
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
}

export function writerOf(schema: TSchema): Writer {
  const node = schema as SchemaNode;
  if (node.codec === 'bigint') return bigintWriter(bigintBounds(node));
  if (node.properties !== undefined) return objectWriter(node, node.properties);
  if (node.items !== undefined) return listWriter(writerOf(node.items));
  if (node.enum !== undefined) return wordWriter(node.enum);
  switch (node.type) {
    case 'integer':
      return integerWriter(node);
    case 'boolean':
      return (value) => (value === true ? 'true' : value === false ? 'false' : undefined);
    case 'string':
      return node.pattern === undefined ? textWriter(node) : patternWriter(node, node.pattern);
    default:
      throw new Error(`no writer for a field of type ${node.type}`);
  }
}

/** Money and nanoseconds fit SQLite's 64-bit integers. */
export function bigintBounds({ minimumBigint }: SchemaNode) {
  const minimum = minimumBigint === undefined ? -(2n ** 63n) : BigInt(minimumBigint);
  return { minimum, maximum: 2n ** 63n - 1n };
}

function bigintWriter(bounds: { readonly minimum: bigint; readonly maximum: bigint }): Writer {
  const { minimum, maximum } = bounds;
  return (value) =>
    typeof value === 'bigint' && value >= minimum && value <= maximum ? `"${value}"` : undefined;
}

function integerWriter({ minimum, maximum }: SchemaNode): Writer {
  const least = minimum ?? Number.NEGATIVE_INFINITY;
  const most = maximum ?? Number.POSITIVE_INFINITY;
  return (value) =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? String(value)
      : undefined;
}

function wordWriter(words: readonly string[]): Writer {
  const texts = new Map<unknown, string>(words.map((word) => [word, JSON.stringify(word)]));
  return (value) => texts.get(value);
}

/** The limit counts code points, of which no text has more than it has units. */
function textWriter({ maxLength = Number.POSITIVE_INFINITY }: SchemaNode): Writer {
  return (value) => {
    if (typeof value !== 'string') return undefined;
    const isTooLong = value.length > maxLength && Array.from(value).length > maxLength;
    return isTooLong ? undefined : JSON.stringify(value);
  };
}

function patternWriter(node: SchemaNode, pattern: string): Writer {
  const { maxLength = Number.POSITIVE_INFINITY } = node;
  const fits = matcherOf(pattern);
  const quoted = isQuoteFree(pattern) ? (text: string) => `"${text}"` : JSON.stringify;
  return (value) => {
    if (typeof value !== 'string' || value.length > maxLength || !fits(value)) return undefined;
    return quoted(value);
  };
}

const HEX_OF_LENGTH = /^\^\[0-9a-f\]\{(\d+)\}\$$/;

/** Most fields of an event are hex of one length, for which a loop is faster than the pattern. */
function matcherOf(pattern: string): (text: string) => boolean {
  const length = Number(HEX_OF_LENGTH.exec(pattern)?.[1]);
  if (!Number.isNaN(length)) return (text) => text.length === length && isHex(text);
  const expression = new RegExp(pattern);
  return (text) => expression.test(text);
}

function isHex(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const isDigit = code >= 0x30 && code <= 0x39;
    if (!isDigit && (code < 0x61 || code > 0x66)) return false;
  }
  return true;
}

/**
 * True where nothing the pattern takes needs an escape in JSON: it is anchored, and made of plain
 * characters, groups, counts and positive classes only.
 */
function isQuoteFree(pattern: string): boolean {
  return /^\^(?:[0-9A-Za-z:(){}|*+?,-]|\\\.|\[[0-9A-Za-z-]+\])*\$$/.test(pattern);
}

function listWriter(writeItem: Writer): Writer {
  return (value) => {
    if (!Array.isArray(value)) return undefined;
    let text = '';
    for (const item of value) {
      const written = writeItem(item);
      if (written === undefined) return undefined;
      text += text === '' ? written : `,${written}`;
    }
    return `[${text}]`;
  };
}

function objectWriter(node: SchemaNode, properties: Record<string, TSchema>): Writer {
  const { required = [], additionalProperties } = node;
  const fields = Object.entries(properties).map(([key, inner]) => {
    const name = `${JSON.stringify(key)}:`;
    const [first, next] = [`{${name}`, `,${name}`];
    return { key, first, next, isRequired: required.includes(key), write: writerOf(inner) };
  });
  const isClosed = additionalProperties === false;
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const record = value as Readonly<Record<string, unknown>>;
    let text = '';
    let found = 0;
    for (const { key, first, next, isRequired, write } of fields) {
      const inner = record[key];
      if (inner === undefined) {
        if (isRequired) return undefined;
        continue;
      }
      const written = write(inner);
      if (written === undefined) return undefined;
      text += (found++ === 0 ? first : next) + written;
    }
    if (isClosed && hasOthers(record, found, properties)) return undefined;
    return found === 0 ? '{}' : `${text}}`;
  };
}

/** Whether the record has a field that the schema does not name, beside those found. */
function hasOthers(record: object, found: number, properties: object): boolean {
  let count = 0;
  for (const _ in record) count++;
  return count !== found && !Object.keys(record).every((name) => Object.hasOwn(properties, name));
}
