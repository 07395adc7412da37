/**
 * The simulated network's time. Recorded runs use the real one; seeded runs a virtual one that moves only
 * with what happens, so that two runs are alike to the nanosecond.
 */
const NANOSECONDS_PER_SECOND = 1_000_000_000n;
const NANOSECONDS_PER_RECORD = 1_000n;
/** Bitcoin's own pace, for seeded runs. */
const SECONDS_PER_BLOCK = 600;
/**
 * Real block times lag by this much: a burst of blocks is stamped a second apart and must not run into the
 * future, because gossip takes its timestamps from block headers.
 */
const BLOCK_TIME_LAG_SECONDS = 600;

export interface NetworkClock {
  /** Nanoseconds since 1970, higher with every call. */
  now(): bigint;
  /** The time of the header of the next block, in seconds since 1970. */
  nextBlockTime(previousTime: number): number;
  /** The time of the first block's predecessor. */
  readonly startTime: number;
  /** Lets time pass between things that people do; nothing on a real clock, which passes by itself. */
  pass(seconds: number): void;
}

/** Deterministic: every reading is a microsecond, every block ten minutes later. */
export class VirtualClock implements NetworkClock {
  readonly startTime: number;
  #now: bigint;

  constructor(startTime: number) {
    this.startTime = startTime;
    this.#now = BigInt(startTime) * NANOSECONDS_PER_SECOND;
  }

  now(): bigint {
    this.#now += NANOSECONDS_PER_RECORD;
    return this.#now;
  }

  nextBlockTime(previousTime: number): number {
    const reached = Number(this.#now / NANOSECONDS_PER_SECOND) + 1;
    const time = Math.max(previousTime + SECONDS_PER_BLOCK, reached);
    this.#now = BigInt(time) * NANOSECONDS_PER_SECOND;
    return time;
  }

  pass(seconds: number): void {
    this.#now += BigInt(Math.round(seconds)) * NANOSECONDS_PER_SECOND;
  }
}

export class RealClock implements NetworkClock {
  readonly startTime = RealClock.#lagged();
  #last = 0n;

  now(): bigint {
    const microseconds = Math.round((performance.timeOrigin + performance.now()) * 1000);
    const reading = BigInt(microseconds) * 1000n;
    this.#last = reading > this.#last ? reading : this.#last + 1n;
    return this.#last;
  }

  nextBlockTime(previousTime: number): number {
    return Math.max(previousTime + 1, RealClock.#lagged());
  }

  pass(): void {
    // A real clock needs no help.
  }

  static #lagged(): number {
    return Math.floor(Date.now() / 1000) - BLOCK_TIME_LAG_SECONDS;
  }
}
