/**
 * How often the state of a stream is kept on the way, so that a moment is folded from near by. Which
 * states are kept follows from the stream's name and the states alone: whoever folds a stream, live,
 * rebuilding or catching up, keeps the same ones.
 */
import type { RowBase } from '../../projections/projection.ts';

/** Half of it makes a list as of a moment a quarter faster, and a rebuild a sixth slower than it may be. */
const SNAPSHOT_EVENTS = 64;
/** A row this large gets a snapshot every 64 events, one twice as large every 128, and so on. */
const SNAPSHOT_CHARACTERS = 4096;
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

  /** True at every 64th event: only there `isDue` needs to be asked. */
  isPlace(eventCount: number): boolean {
    return (eventCount + this.#shift) % SNAPSHOT_EVENTS === 0 && eventCount >= FEWEST_EVENTS;
  }

  /** True where a snapshot of the row belongs: what they all take stays in proportion to the events. */
  isDue(row: RowBase): boolean {
    if (!this.isPlace(row.eventCount)) return false;
    const place = row.eventCount + this.#shift;
    // 64 at most places, 128 at half of them, and so on.
    const every = place & -place;
    return isWithin(row, (SNAPSHOT_CHARACTERS * every) / SNAPSHOT_EVENTS);
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

/** An amount or a count has about so many digits. */
const NUMBER_CHARACTERS = 8;

/** True when the text of a value has about so many characters or fewer; no more of it is looked at. */
function isWithin(value: unknown, characters: number): boolean {
  let left = characters;
  const take = (part: unknown): void => {
    if (typeof part === 'string') left -= part.length + 3;
    else if (typeof part !== 'object' || part === null) left -= NUMBER_CHARACTERS;
    else if (Array.isArray(part)) {
      for (const item of part) {
        if (left < 0) return;
        take(item);
      }
    } else {
      for (const [name, inner] of Object.entries(part)) {
        if (left < 0) return;
        if (inner === undefined) continue;
        left -= name.length + 4;
        take(inner);
      }
    }
  };
  take(value);
  return left >= 0;
}
