/** Rows asked one by one, laid over the list they belong to, by their keys: the newer is shown. Pure. */
import type { Channel } from '../api/json.ts';
import { isOver } from '../channel/over.ts';

/** What decides which of two is newer, and whether it is in the list at all. */
export type Shown = Pick<Channel, 'nodeId' | 'channelId' | 'status' | 'eventCount'>;

/** A row with when it was asked for, by the page's clock. */
export interface Asked<Row> {
  readonly row: Row;
  readonly askedAt: number;
}

type Rows<Row> = ReadonlyMap<string, Asked<Row>>;

export const keyOf = ({ nodeId, channelId }: Pick<Shown, 'nodeId' | 'channelId'>) =>
  `${nodeId}.${channelId}`;

/**
 * What was asked again takes the place of what was listed, whole: what is gone from it is gone. New channels
 * come last.
 */
export function withRows<Row extends Shown>(
  listed: readonly Row[],
  rows: Rows<Row>,
): readonly Row[] {
  if (rows.size === 0) return listed;
  const known = new Set(listed.map(keyOf));
  const current = listed.flatMap((channel) => {
    const row = rows.get(keyOf(channel))?.row;
    if (row === undefined) return [channel];
    return isOver(row) ? [] : [row];
  });
  const asked = [...rows.values()].map(({ row }) => row);
  const added = asked.filter((row) => !known.has(keyOf(row)) && !isOver(row));
  return [...current, ...added];
}

/**
 * Those that a new list does not have yet: it may have been made before the event that a row was asked
 * for. A row that it lacks altogether is of a channel opened, or closed, since. What a forward or the
 * peer's name changes is no event of the channel: there the one that was asked for later is kept.
 */
export function newerThan<Row extends Shown>(
  listed: readonly Shown[],
  rows: Rows<Row>,
  listAskedAt = Number.POSITIVE_INFINITY,
): Map<string, Asked<Row>> {
  const counts = new Map(listed.map((one) => [keyOf(one), one.eventCount]));
  return new Map(
    [...rows].filter(([key, { row, askedAt }]) => {
      const count = counts.get(key);
      if (count === undefined || row.eventCount > count) return true;
      return row.eventCount === count && askedAt > listAskedAt;
    }),
  );
}
