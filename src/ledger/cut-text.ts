/**
 * Canonical text has its fields in the schema's order, so what a fold does not read (signatures, raw
 * messages, sealed values) can be cut off before it is parsed: it is the larger part of many events.
 */
import type { TObject, TSchema } from 'typebox';

/** JSON text of an object in, JSON text of its first fields out. */
export type Cutter = (text: string) => string;

/** Cuts after the field `upTo` of the schema; without it only what is sealed is cut off. */
export function cutterOf(schema: TObject, upTo: string | undefined): Cutter {
  const fields = Object.keys(schema.properties);
  const last = upTo === undefined ? fields.length - 1 : fields.indexOf(upTo);
  const nested = new Set(
    fields.slice(0, last + 1).flatMap((field) => keysIn(schema.properties[field])),
  );
  // Inside strings every quote has a backslash before it; only a name of an object in an earlier
  // field could be taken for the one looked for.
  const needles = [...fields.slice(last + 1), 'sealed']
    .filter((field) => !nested.has(field))
    .map((field) => `,${JSON.stringify(field)}:`);
  return (text) => {
    for (const needle of needles) {
      const end = text.indexOf(needle);
      if (end !== -1) return `${text.slice(0, end)}}`;
    }
    return text;
  };
}

/** The names of all objects inside a field. */
function keysIn(schema: TSchema | undefined): readonly string[] {
  const { properties, items } = (schema ?? {}) as {
    readonly properties?: Record<string, TSchema>;
    readonly items?: TSchema;
  };
  if (items !== undefined) return keysIn(items);
  return Object.entries(properties ?? {}).flatMap(([key, inner]) => [key, ...keysIn(inner)]);
}
