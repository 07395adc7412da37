/**
 * How often the state of a stream is kept on the way, so that a moment is folded from near by. Which
 * states are kept follows from the stream's name and the states alone: whoever folds a stream, live,
 * rebuilding or catching up, keeps the same ones.
 */
import type { RowBase } from '../../projections/projection.ts';

/**
 * Between two costs: of 32 a list as of a moment takes a sixth less than of 48, and a rebuild a tenth more; of
 * 64 it is the other way round.
 */
const SNAPSHOT_EVENTS = 48;
/** A row this large gets a snapshot every 48 events, one twice as large every 96, and so on. */
const SNAPSHOT_CHARACTERS = 3072;
/** A stream that is shorter is folded from its beginning in no time. */
const FEWEST_EVENTS = 32;

/**
 * The places of one stream's snapshots. Streams are out of step with each other: of many that grow
 * alike, all as of one moment, half of the events between two snapshots are folded, and never all.
 */
export class SnapshotPlaces {
  readonly #shift: number;

  constructor(stream: string) {
    this.#shift = hashOf(stream);
  }

  /** True at every 48th event: only there `isDue` needs to be asked. */
  isPlace(eventCount: number): boolean {
    return (eventCount + this.#shift) % SNAPSHOT_EVENTS === 0 && eventCount >= FEWEST_EVENTS;
  }

  /**
   * True where a snapshot of the row belongs: what they all take stays in proportion to the events.
   * `charactersOf`: about how long its text is.
   */
  isDue<Row extends RowBase>(row: Row, charactersOf: (row: Row) => number): boolean {
    if (!this.isPlace(row.eventCount)) return false;
    const place = (row.eventCount + this.#shift) / SNAPSHOT_EVENTS;
    // 1 at most places, 2 at half of them, and so on.
    const share = place & -place;
    return charactersOf(row) <= SNAPSHOT_CHARACTERS * share;
  }
}

/** FNV-1a; 24 of its bits, so that the sum with any count of events is exact. */
function hashOf(stream: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < stream.length; index++) {
    hash = Math.imul(hash ^ stream.charCodeAt(index), 0x01000193);
  }
  return (hash ^ (hash >>> 16)) & 0xff_ffff;
}
