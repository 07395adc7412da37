/**
 * When a channel's facts happened. Of all that a channel's log holds, only the offer of an HTLC, by either
 * end, has a time, to the second, and blocks have theirs; so a fact without one is placed right behind the
 * newest time that is known to come before it, a nanosecond behind the fact before. That place depends on
 * nothing that comes later: a wallet that has grown gives its old facts the same times.
 */
import type { ObservationHeader } from '../../observation/observation.ts';

type When = Pick<ObservationHeader, 'happenedAtNs' | 'timeBasis' | 'notBeforeNs' | 'notAfterNs'>;

/** A time in whole seconds is any moment of that second. */
const SECOND_NS = 1_000_000_000n;

export class Clock {
  readonly #nowNs: bigint;
  /** The newest known time that comes before what is told next. */
  #floorNs: bigint | undefined;
  #lastNs = 0n;

  /** Nothing is told to have happened after `nowNs`. */
  constructor(nowNs: bigint) {
    this.#nowNs = nowNs;
  }

  /** A block's time. A miner's clock may be hours slow: it never puts a fact before what led to it. */
  stated(timeNs: bigint): When {
    if (this.#floorNs !== undefined && timeNs < this.#floorNs) return this.between();
    this.notBefore(timeNs);
    return { happenedAtNs: this.#next(timeNs), timeBasis: 'source' };
  }

  /** Everything from here on happened after this. */
  notBefore(timeNs: bigint): void {
    if (this.#floorNs === undefined || timeNs > this.#floorNs) this.#floorNs = timeNs;
  }

  /**
   * The second in which an HTLC was offered. What first holds it may stand behind something that is known to be
   * later than that: then it is between that and `laterNs`.
   */
  offered(secondNs: bigint, laterNs?: bigint): When {
    const isPassed = this.#floorNs !== undefined && secondNs < this.#floorNs;
    if (!isPassed) this.notBefore(secondNs);
    return this.between(isPassed ? laterNs : secondNs);
  }

  /** Between what was known before and, where one is known, a time to the second that came after. */
  between(laterNs?: bigint): When {
    const floorNs = this.#floorNs;
    const happenedAtNs = this.#next(floorNs ?? 0n);
    const notAfterNs = laterNs === undefined ? undefined : this.#ago(laterNs + SECOND_NS - 1n);
    const isBefore = notAfterNs !== undefined && notAfterNs >= happenedAtNs;
    return {
      happenedAtNs,
      timeBasis: 'interpolated',
      ...(floorNs !== undefined && { notBeforeNs: this.#ago(floorNs) }),
      ...(isBefore && { notAfterNs }),
    };
  }

  #next(timeNs: bigint): bigint {
    const nextNs = timeNs > this.#lastNs ? timeNs : this.#lastNs + 1n;
    this.#lastNs = this.#ago(nextNs);
    return this.#lastNs;
  }

  #ago(timeNs: bigint): bigint {
    return timeNs > this.#nowNs ? this.#nowNs : timeNs;
  }
}
