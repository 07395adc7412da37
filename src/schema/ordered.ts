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
  const fields = Object.entries(node.properties).map(([name, field]) => {
    return { name, order: orderingOf(field) };
  });
  const names = new Set(fields.map(({ name }) => name));
  return (value) => {
    if (!isRecord(value)) return value;
    const ordered: Record<string, unknown> = {};
    let isSame = true;
    for (const { name, order } of fields) {
      if (!Object.hasOwn(value, name)) continue;
      const before = value[name];
      ordered[name] = order === undefined ? before : order(before);
      if (ordered[name] !== before) isSame = false;
    }
    for (const name of Object.keys(value)) if (!names.has(name)) ordered[name] = value[name];
    return isSame && hasOrder(value, ordered) ? value : ordered;
  };
}

function orderedList(list: readonly unknown[], order: Ordering): readonly unknown[] {
  const ordered = list.map(order);
  return ordered.every((one, nth) => one === list[nth]) ? list : ordered;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasOrder(value: object, ordered: object): boolean {
  const names = Object.keys(ordered);
  return Object.keys(value).every((name, nth) => name === names[nth]);
}
