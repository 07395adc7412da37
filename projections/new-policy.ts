/** Which fee policy stands, of all that were stated of one end (BOLT 7, channel_update). */
import { isSame } from '../src/schema/same.ts';
import type { TimeBounds } from '../src/schema/time-bounds.ts';

interface StatedPolicy {
  readonly timestamp: number;
  readonly at: string;
  readonly atBounds?: TimeBounds;
}

/**
 * Told late (the higher timestamp is the newer one) it changes nothing, and stated again with a later
 * timestamp it is, as for the decisions of channel/ and gossip/, no change.
 */
export function isNewPolicy<P extends StatedPolicy>(policy: P, known: P | undefined): boolean {
  if (known === undefined) return true;
  const { timestamp, at, atBounds } = known;
  return timestamp <= policy.timestamp && !isSame({ ...policy, timestamp, at, atBounds }, known);
}
