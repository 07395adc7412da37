/** Why a value does not fit its schema, in words: the field, what belongs there, and what stood there. */
import type { TSchema } from 'typebox';
import * as fields from './fields.ts';
import type { SchemaNode } from './writer.ts';

/** As typebox reports it. */
export interface SchemaProblem {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message: string;
  readonly params: object;
}

const nodeOf = (schema: TSchema): SchemaNode => schema as SchemaNode;

const patterns = new Map<string | undefined, string>([
  [nodeOf(fields.NodeIdField).pattern, 'a node key: 66 lower-case hex digits that begin 02 or 03'],
  [nodeOf(fields.OutpointField).pattern, 'an outpoint such as <64 lower-case hex digits>:0'],
  [nodeOf(fields.ShortChannelIdField).pattern, 'a short channel id such as 800000x12x0'],
  [
    nodeOf(fields.Time).pattern,
    'a time in UTC with nine decimals, such as 2026-03-14T15:09:26.000000000Z',
  ],
  [nodeOf(fields.HexUpTo(1)).pattern, 'lower-case hex digits, two for each byte'],
  ['^[a-z0-9-]+$', 'a name of lower-case letters, digits and hyphens'],
  ['^[a-z0-9]+$', 'a name of lower-case letters and digits, such as bitcoin or regtest'],
]);

/**
 * One sentence about the first thing that does not fit. The value itself is not quoted: it may be a
 * secret, or as long as a block.
 */
export function mismatchText(
  schema: TSchema,
  value: unknown,
  problems: Iterable<SchemaProblem>,
): string {
  const [first] = [...problems].filter(({ keyword }) => keyword !== 'boolean');
  if (first === undefined) return 'the whole value does not fit';
  const path = first.instancePath.split('/').slice(1);
  const field = path.join('.') || 'the whole value';
  const inside = (name: string) => [...path, name].join('.');
  const [missing] = namesIn(first.params, 'requiredProperties');
  if (first.keyword === 'required' && missing !== undefined) {
    return `${inside(missing)} is missing: expected ${expected(schema, [...path, missing])}`;
  }
  const [extra] = namesIn(first.params, 'additionalProperties');
  if (first.keyword === 'additionalProperties' && extra !== undefined) {
    return `there is no field ${inside(extra)}: it may be misspelt, or belong elsewhere`;
  }
  const found = valueAt(value, path);
  const isOut = numberFault(first.keyword);
  return `${field}: expected ${expected(schema, path)}, not ${isOut ?? kindOf(found)}`;
}

/** A number beside its range. */
function numberFault(keyword: string): string | undefined {
  if (keyword === 'minimum' || keyword === 'exclusiveMinimum') return 'a smaller one';
  return keyword === 'maximum' ? 'a larger one' : undefined;
}

function namesIn(params: object, name: string): readonly string[] {
  const found: unknown = Object.entries(params).find(([key]) => key === name)?.[1];
  return Array.isArray(found) ? found.map(String) : [];
}

function expected(schema: TSchema, path: readonly string[]): string {
  let at: TSchema | undefined = schema;
  for (const step of path) at = at && (nodeOf(at).properties?.[step] ?? nodeOf(at).items);
  return at === undefined ? 'something else' : expectedText(at);
}

/** What belongs into a field, in plain words. */
function expectedText(schema: TSchema): string {
  const node = nodeOf(schema);
  if (node.codec === 'bigint') return amountText(node);
  if (node.enum !== undefined) return `one of ${node.enum.join(', ')}`;
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.items !== undefined) return 'a list';
  if (node.properties !== undefined) return 'an object';
  if (node.type === 'boolean') return 'true or false';
  if (node.type === 'integer') return `a whole number${rangeText(node)}`;
  if (node.type === 'number') return `a number${rangeText(node)}`;
  return textText(node);
}

/** What no number in JSON can be beyond is no bound worth naming. */
function rangeText({ minimum, maximum, exclusiveMinimum }: SchemaNode): string {
  const isBounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  const to = isBounded ? ` ${minimum === undefined ? 'up ' : ''}to ${maximum}` : '';
  if (exclusiveMinimum !== undefined) return ` above ${exclusiveMinimum}${to && ` and${to}`}`;
  if (minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER) return to;
  return ` from ${minimum}${to === '' ? ' on' : to}`;
}

/** A number in JSON would lose what is beyond 2^53. */
function amountText({ description = '', minimumBigint }: SchemaNode): string {
  const [unit] = description.split(',');
  const from = minimumBigint === undefined ? '' : ' from 0 on';
  return `${unit} as a string of decimal digits${from}, such as "1000"`;
}

function textText({ pattern, maxLength, description }: SchemaNode): string {
  const hexDigits = /^\^\[0-9a-f\]\{(\d+)\}\$$/.exec(pattern ?? '')?.[1];
  if (hexDigits !== undefined) return `${hexDigits} lower-case hex digits`;
  const form = pattern === undefined || description === undefined ? '' : ` (${description})`;
  const known = patterns.get(pattern) ?? `text${form}`;
  return maxLength === undefined ? known : `${known}, at most ${maxLength} characters`;
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const step of path) {
    at = typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined;
  }
  return at;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return value === ''
        ? 'an empty text'
        : `a text of ${value.length} ${value.length === 1 ? 'character' : 'characters'} that does not fit`;
    case 'number':
      return Number.isInteger(value) ? 'a number that does not fit' : 'a fraction';
    case 'boolean':
      return 'true or false';
    case 'object':
      return 'an object';
    default:
      return 'nothing';
  }
}
