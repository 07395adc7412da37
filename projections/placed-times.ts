/** The bounds of times that were placed, kept beside them in rows: `closedAt` and `closedAtBounds`. */
import type { TimeBounds } from '../src/schema/time-bounds.ts';
import type { ChannelRow } from './channel-row.ts';
import type { ViewedEvent } from './projection.ts';

/** Sets the bounds of a time, or takes those away that an earlier time of the same name had. */
export function setBounds<Field extends string>(
  target: { [Name in Field]?: TimeBounds },
  field: Field,
  bounds: TimeBounds | undefined,
): void {
  if (bounds !== undefined) target[field] = { ...bounds };
  else if (target[field] !== undefined) delete target[field];
}

/** Those of the balance that is shown, where it is this event's. */
export function setBalanceBounds(row: ChannelRow, event: ViewedEvent): void {
  if (row.balanceAt === event.happenedAt) setBounds(row, 'balanceAtBounds', event.timeBounds);
}
