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
  const places = new Map(fields.map(({ name, order }, place) => [name, { place, order }]));
  return (value) => {
    if (!isRecord(value) || isInOrder(value, places)) return value;
    const ordered: Record<string, unknown> = {};
    for (const { name, order } of fields) {
      if (!Object.hasOwn(value, name)) continue;
      ordered[name] = order === undefined ? value[name] : order(value[name]);
    }
    for (const name of Object.keys(value)) if (!places.has(name)) ordered[name] = value[name];
    return ordered;
  };
}

interface Place {
  readonly place: number;
  readonly order: Ordering | undefined;
}

/** Nearly everything is: then nothing is copied. */
function isInOrder(
  value: Readonly<Record<string, unknown>>,
  places: ReadonlyMap<string, Place>,
): boolean {
  let before = -1;
  for (const name of Object.keys(value)) {
    const { place, order } = places.get(name) ?? AFTER_ALL;
    if (place < before) return false;
    if (order !== undefined && order(value[name]) !== value[name]) return false;
    before = place;
  }
  return true;
}

const AFTER_ALL: Place = { place: Number.POSITIVE_INFINITY, order: undefined };

function orderedList(list: readonly unknown[], order: Ordering): readonly unknown[] {
  const ordered = list.map(order);
  return ordered.every((one, nth) => one === list[nth]) ? list : ordered;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
