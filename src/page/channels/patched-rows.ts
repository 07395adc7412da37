/** Rows asked one by one, laid over the list they belong to: whichever is newer is shown. Pure. */
import type { Channel, ListedChannel } from '../api/json.ts';
import { keyOf } from './rows.ts';

/** By the key of the channel. */
export type Rows = ReadonlyMap<string, Channel>;

const isOver = ({ status }: Channel) => status === 'closed' || status === 'resolved';

/** What was asked again takes the place of what was listed; new channels come last. */
export function withRows(listed: readonly ListedChannel[], rows: Rows): readonly ListedChannel[] {
  if (rows.size === 0) return listed;
  const known = new Set(listed.map(keyOf));
  const current = listed.flatMap((channel) => {
    const row = rows.get(keyOf(channel));
    if (row === undefined) return [channel];
    return isOver(row) ? [] : [{ ...channel, ...row }];
  });
  const added = [...rows.values()].filter((row) => !known.has(keyOf(row)) && !isOver(row));
  return [...current, ...added];
}

/**
 * Those that a new list does not have yet: it may have been made before the event that a row was asked
 * for. A row that it lacks altogether is of a channel opened, or closed, since.
 */
export function newerThan(listed: readonly ListedChannel[], rows: Rows): Map<string, Channel> {
  const counts = new Map(listed.map((one) => [keyOf(one), one.eventCount]));
  return new Map(
    [...rows].filter(([key, row]) => {
      const count = counts.get(key);
      return count === undefined || row.eventCount > count;
    }),
  );
}
