/**
 * Where a time lies on the charts and on the slider: to scale, or every event as far from the next. A
 * channel sleeps for weeks and then forwards ten payments in a second. Pure.
 */
import { timeNsOf, timeText } from '../../schema/time.ts';
import type { TimeSpan } from './life.ts';

export interface LifeAxis {
  readonly from: number;
  readonly to: number;
  xOf(time: string): number;
  /** The time of a place, in the stored form. */
  timeOf(x: number): string;
  /** The distances that marks on it may have. */
  readonly steps: readonly number[];
}

const [MINUTE, HOUR, DAY] = [60, 3600, 86_400];

/** In seconds since 1970. For drawing: a chart of hours has no place for nanoseconds. */
export function scaledAxis({ startNs, endNs }: TimeSpan): LifeAxis {
  const secondsOf = (ns: bigint) => Number(ns / 1000n) / 1_000_000;
  return {
    from: secondsOf(startNs),
    to: secondsOf(endNs),
    xOf: (time) => secondsOf(timeNsOf(time)),
    timeOf: (x) => timeText(BigInt(Math.round(x * 1_000_000)) * 1000n),
    steps: [
      ...[0.001, 0.01, 0.1, 1, 5, 15, 30],
      ...[1, 5, 15, 30].map((minutes) => minutes * MINUTE),
      ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
      ...[1, 2, 7, 14, 28, 91, 182, 364, 1820].map((days) => days * DAY),
    ],
  };
}

/** Stored times sort as text: a time between two of them lies at the earlier. */
export function evenAxis({ startNs, endNs }: TimeSpan, times: readonly string[]): LifeAxis {
  const ends = [timeText(startNs), timeText(endNs)];
  const sorted = [...new Set([...times, ...ends])].sort();
  const indexOf = (time: string) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] ?? '') <= time) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  };
  return {
    from: 0,
    to: sorted.length - 1,
    xOf: indexOf,
    timeOf: (x) => {
      const index = Math.min(sorted.length - 1, Math.max(0, Math.round(x)));
      return sorted[index] ?? timeText(endNs);
    },
    steps: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000],
  };
}

/** A step of a slider that has so many. */
export function stepOf({ from, to, xOf }: LifeAxis, steps: number, at: string | undefined): number {
  const x = at === undefined ? to : xOf(at);
  if (x >= to) return steps;
  return Math.max(0, Math.round(((x - from) / (to - from)) * steps));
}

/** Undefined at the end: that is now. */
export function momentAt({ from, to, timeOf }: LifeAxis, steps: number, step: number) {
  return step >= steps ? undefined : timeOf(from + ((to - from) * step) / steps);
}

/** Other moments (a height, a position) are no times. */
export function isTime(moment: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{9}Z$/.test(moment);
}
