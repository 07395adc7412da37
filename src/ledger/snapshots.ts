/** How often the state of a stream is kept on the way, so that a moment is folded from near by. */

/**
 * All channels as of one moment are folded from here: 1,000 of them within 300 ms, where each is as far
 * from its snapshot as it can be.
 */
const SNAPSHOT_EVENTS = 64;
/** A row this large gets a snapshot every 64 events, one twice as large every 128, and so on. */
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
