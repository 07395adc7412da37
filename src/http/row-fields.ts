/** Lists with no more of each row than is asked for: 5,000 channels in full are 12 MB. */
import Type, { type TObject, type TSchema } from 'typebox';
import { Maybe } from '../schema/fields.ts';
import { Refusal } from './problem.ts';
import { listOf } from './view-schemas.ts';

export interface RowFields {
  readonly parameter: ReturnType<typeof parameterOf>;
  /** Rows in full, or what was asked for of each. */
  readonly response: TSchema;
  /** The names in a question; undefined where all is asked for. Throws a Refusal for one that is none. */
  wanted(question: string | undefined): ReadonlySet<string> | undefined;
}

export function rowFieldsOf(row: TObject): RowFields {
  const names = Object.keys(row.properties);
  const known = new Set(names);
  return {
    parameter: parameterOf(names),
    response: Type.Union([listOf(row), listOf(Type.Partial(row))]),
    wanted(question) {
      if (question === undefined) return undefined;
      const wanted = question.split(',');
      const unknown = wanted.find((name) => !known.has(name));
      if (unknown === undefined) return new Set(wanted);
      throw new Refusal(400, `fields: there is no "${unknown}": write some of ${names.join(',')}`);
    },
  };
}

function parameterOf(names: readonly string[]) {
  const description = `only these of each row, with commas between: ${names.join(', ')}`;
  return Maybe(Type.String({ minLength: 1, maxLength: 2000, description }));
}

/** The rows with these fields alone, in the order in which the whole rows have them. */
export function withFields(
  rows: readonly object[],
  wanted: ReadonlySet<string> | undefined,
): readonly object[] {
  if (wanted === undefined) return rows;
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([name]) => wanted.has(name))),
  );
}
