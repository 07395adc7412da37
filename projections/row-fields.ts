/** Field types of rows alone. Rows are derived data: they follow the events, and are rebuilt at will. */
import Type, { type TObject, type TSchema } from 'typebox';

/** Like `Fields`, but a field it does not name is left out when the row is written, not refused. */
export const RowFields = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties);

/** An event's group of fields as a row copies it: what a newer event adds to it is not kept. */
export const copied = <P extends Record<string, TSchema>>(group: TObject<P>) =>
  Type.Object(group.properties);

/** A length of time. */
export const Nanoseconds = Type.Unsafe<bigint>({
  type: 'string',
  pattern: '^(0|[1-9][0-9]{0,18})$',
  codec: 'bigint',
  minimumBigint: '0',
  description: 'nanoseconds',
} as TSchema);
