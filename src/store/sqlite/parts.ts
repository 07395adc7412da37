/** Short parts of many streams, read by one statement. */
import { BODY } from './event-rows.ts';

/** `json_each` has a column of its own that is called `type`. */
const COLUMNS = BODY.replace(' type,', ' ev.type,');

/** Takes parts as a JSON array: by streams, in each by revision, as its index has them. */
export const PARTS = `SELECT ${COLUMNS} FROM json_each(?) AS part CROSS JOIN ev
  ON stream = part.value ->> 0 AND revision BETWEEN part.value ->> 1 AND part.value ->> 2`;

export type Part = [stream: number, fromRevision: number, toRevision: number];

/** Takes parts of about so many events from the end of a list. */
export function nextParts(left: Part[], limit: number): readonly Part[] {
  const taken: Part[] = [];
  let events = 0;
  while (events < limit) {
    const part = left.pop();
    if (part === undefined) break;
    const [stream, fromRevision, toRevision] = part;
    const to = Math.min(toRevision, fromRevision + (limit - events) - 1);
    taken.push([stream, fromRevision, to]);
    events += to - fromRevision + 1;
    if (to < toRevision) left.push([stream, to + 1, toRevision]);
  }
  return taken;
}
