/**
 * Values with their fields in their schema's order. What is folded has them in the order in which
 * events set them, what is read back in the order in which it was written: as text they would differ.
 */
import type { TSchema } from 'typebox';
import type { SchemaNode } from './writer.ts';

/** The same value, or a copy of what is out of order; fields the schema does not know come last. */
export type Ordering = (value: unknown) => unknown;

/** Undefined for a schema without fields: nothing of it can be out of order. */
export function orderingOf(schema: TSchema): Ordering | undefined {
  const node = schema as SchemaNode;
  if (node.items !== undefined) {
    const inner = orderingOf(node.items);
    return inner && ((value) => (Array.isArray(value) ? orderedList(value, inner) : value));
  }
  if (node.properties === undefined) return undefined;
  const fields = new Map(
    Object.entries(node.properties).map(([name, field], place) => {
      return [name, { name, place, order: orderingOf(field) }];
    }),
  );
  return (value) => {
    if (!isRecord(value) || isOrdered(value, fields)) return value;
    const ordered: Record<string, unknown> = {};
    for (const { name, order } of fields.values()) {
      if (!Object.hasOwn(value, name)) continue;
      const before = value[name];
      ordered[name] = order === undefined ? before : order(before);
    }
    for (const name of Object.keys(value)) if (!fields.has(name)) ordered[name] = value[name];
    return ordered;
  };
}

interface Field {
  readonly name: string;
  readonly place: number;
  readonly order: Ordering | undefined;
}

/** Most values are: nothing is made anew for them. */
function isOrdered(value: Readonly<Record<string, unknown>>, fields: ReadonlyMap<string, Field>) {
  let last = -1;
  for (const name of Object.keys(value)) {
    const field = fields.get(name);
    const place = field?.place ?? fields.size;
    if (place < last) return false;
    last = place;
    if (field?.order !== undefined && field.order(value[name]) !== value[name]) return false;
  }
  return true;
}

function orderedList(list: readonly unknown[], order: Ordering): readonly unknown[] {
  const ordered = list.map(order);
  return ordered.every((one, nth) => one === list[nth]) ? list : ordered;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
