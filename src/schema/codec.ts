/**
 * From one schema: the canonical JSON text (keys in schema order, bigint as decimal string), the way
 * back, and the check. Text is written once and then kept as it is, so encoding must never change.
 */
import Type, { type Static, type TObject, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { mismatchText, type SchemaProblem } from './mismatch.ts';
import { whenAsked } from './when-asked.ts';
import { bigintBounds, type SchemaNode, writerOf } from './writer.ts';

export interface Codec<T> {
  /** Canonical JSON text; throws a SchemaError naming the field when `value` does not fit. */
  encode(value: T): string;
  /** Memory form of a parsed JSON value, in place. Fields the schema does not know are kept. */
  decode(json: unknown): T;
  /** Parses and checks JSON from outside; throws a SchemaError naming the field. */
  parse(json: unknown): T;
  readonly schema: TSchema;
}

/** A value that does not fit its schema; the message names the field. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
}

/**
 * A text put together from many stays a tree of them until it is read: three times as large, and alive
 * as long as what it stands in. Being asked for its number makes it one piece.
 */
function inOnePiece(text: string): string {
  Number(text);
  return text;
}

export function codecOf<S extends TObject>(name: string, schema: S): Codec<Static<S>> {
  const stored = whenAsked(() => Compile(schema));
  const write = writerOf(schema);
  const revive = reviverOf(schema);
  return {
    schema,
    encode(value) {
      const text = write(value);
      if (text !== undefined) return inOnePiece(text);
      throw mismatch(name, schema, value, Compile(memorySchema(schema)).Errors(value));
    },
    decode: (json) => (revive === undefined ? json : revive(json)) as Static<S>,
    parse(json) {
      if (!stored().Check(json)) throw mismatch(name, schema, json, stored().Errors(json));
      const copy = structuredClone(json);
      return (revive === undefined ? copy : revive(copy)) as Static<S>;
    },
  };
}

function mismatch(
  name: string,
  schema: TSchema,
  value: unknown,
  problems: Iterable<SchemaProblem>,
): SchemaError {
  return new SchemaError(`${name}: ${mismatchText(schema, value, problems)}`);
}

const nodeOf = (schema: TSchema): SchemaNode => schema as SchemaNode;

/** The same schema with `bigint` where the stored form has a decimal string. */
function memorySchema(schema: TSchema): TSchema {
  const node = nodeOf(schema);
  if (node.codec === 'bigint') {
    return Type.BigInt(bigintBounds(node));
  }
  if (node.properties !== undefined) {
    const properties = Object.entries(node.properties).map(([key, inner]) => [
      key,
      memorySchema(inner),
    ]);
    return { ...schema, properties: Object.fromEntries(properties) };
  }
  if (node.items !== undefined) return { ...schema, items: memorySchema(node.items) };
  return schema;
}

type Reviver = (json: unknown) => unknown;

/** Turns decimal strings into bigint, in place; undefined where a schema holds none. */
function reviverOf(schema: TSchema): Reviver | undefined {
  const node = nodeOf(schema);
  if (node.codec === 'bigint') return (json) => BigInt(json as string);
  if (node.items !== undefined) {
    const revive = reviverOf(node.items);
    return revive && ((json) => (json as unknown[]).map(revive));
  }
  if (node.properties === undefined) return undefined;
  const fields = Object.entries(node.properties).flatMap(([key, inner]) => {
    const revive = reviverOf(inner);
    return revive === undefined ? [] : [{ key, revive }];
  });
  if (fields.length === 0) return undefined;
  return (json) => {
    const record = json as Record<string, unknown>;
    for (const { key, revive } of fields) {
      const inner = record[key];
      if (inner !== undefined) record[key] = revive(inner);
    }
    return record;
  };
}
