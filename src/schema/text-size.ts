/**
 * About how long a value's canonical text is, told from its schema: only what can be absent, long or many is
 * looked at, so that asking takes a fraction of writing it.
 */
import type { TSchema } from 'typebox';
import type { SchemaNode } from './writer.ts';

/** Of a value that fits its schema. */
export type Sizer = (value: unknown) => number;

/** An amount, a count or a word has about so many characters. */
const SHORT = 8;
/** A hash, a name or a time has about so many. */
const LONG = 48;
/** Of a field besides its name and its value: two quotes, a colon and a comma. */
const MARKS = 4;

export function sizerOf(schema: TSchema): Sizer {
  const node = schema as SchemaNode;
  if (node.properties !== undefined) return objectSizer(node, node.properties);
  if (node.items !== undefined) return listSizer(node.items);
  const same = alwaysOf(schema);
  return same === undefined ? textSize : () => same;
}

/** The size of what is about as long whatever its value is. */
function alwaysOf(schema: TSchema): number | undefined {
  const { properties, items, codec, type, maxLength, ...node } = schema as SchemaNode;
  if (properties !== undefined || items !== undefined) return undefined;
  if (codec === 'bigint' || node.enum !== undefined || type !== 'string') return SHORT;
  return node.pattern !== undefined && maxLength === undefined ? LONG : undefined;
}

function textSize(value: unknown): number {
  return typeof value === 'string' ? value.length : SHORT;
}

function listSizer(items: TSchema): Sizer {
  const same = alwaysOf(items);
  if (same !== undefined) return (value) => (Array.isArray(value) ? value.length * same : SHORT);
  const sizeOf = sizerOf(items);
  return (value) => {
    let characters = 0;
    if (Array.isArray(value)) for (const item of value) characters += sizeOf(item);
    return characters;
  };
}

function objectSizer({ required = [] }: SchemaNode, properties: Record<string, TSchema>): Sizer {
  let always = 0;
  const fields: { readonly key: string; readonly name: number; readonly sizeOf: Sizer }[] = [];
  for (const [key, field] of Object.entries(properties)) {
    const name = key.length + MARKS;
    const same = required.includes(key) ? alwaysOf(field) : undefined;
    if (same === undefined) fields.push({ key, name, sizeOf: sizerOf(field) });
    else always += name + same;
  }
  return (value) => {
    if (!isRecord(value)) return SHORT;
    let characters = always;
    for (const { key, name, sizeOf } of fields) {
      const inner = value[key];
      if (inner !== undefined) characters += name + sizeOf(inner);
    }
    return characters;
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
