/** Objects of rows. Rows are derived data: what a newer event adds to a copied object is not kept. */
import Type, { type TObject, type TSchema } from 'typebox';

/** Like `Fields`, but a field it does not name is left out when the row is written, not refused. */
export const RowFields = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties);

/** An event's group of fields as a row copies it. */
export const copied = <P extends Record<string, TSchema>>(group: TObject<P>) =>
  Type.Object(group.properties);
