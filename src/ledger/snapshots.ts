/** How often the state of a stream is kept on the way, so that a moment is folded from near by. */

const SNAPSHOT_EVENTS = 128;
/** A row this large gets a snapshot every 128 events, one twice as large every 256, and so on. */
const SNAPSHOT_BYTES = 8192;

/**
 * True when a snapshot is due at a number of events, for a row whose text has about so many
 * characters: what snapshots take stays in proportion to the events.
 */
export function isSnapshotDue(eventCount: number, characters: number): boolean {
  if (eventCount % SNAPSHOT_EVENTS !== 0) return false;
  let times = 1;
  while (characters > SNAPSHOT_BYTES * times) times *= 2;
  return eventCount % (SNAPSHOT_EVENTS * times) === 0;
}
