/** Which part of each day was recorded. Pure. */
import type { Recordings } from '../api/json.ts';

export interface Day {
  /** `2026-03-14`, UTC. */
  readonly name: string;
  /** From 0 to 1; of the first and the last day as far as the record reaches. */
  readonly part: number;
}

export interface Month {
  /** `2026-03`. */
  readonly name: string;
  /** By the day of the month, from 1; undefined before the record begins and after it ends. */
  readonly days: readonly (Day | undefined)[];
}

export interface Coverage {
  readonly months: readonly Month[];
  /** Of all time from the first recording to the end of the record. */
  readonly part: number;
  readonly pauses: readonly { readonly from: string; readonly to: string }[];
}

type Span = readonly [from: number, to: number];

const DAY_MS = 86_400_000;
const MONTH_LENGTH = '2026-03'.length;

/** Undefined where nobody ever recorded: what is known was read out of files. */
export function coverageOf({ recordings, lastEventAt }: Recordings): Coverage | undefined {
  const [first] = recordings;
  if (first === undefined) return undefined;
  const ends = recordings.map(({ from, to }) => ({ from, to: to ?? lastEventAt ?? from }));
  const spans = ends.map(({ from, to }): Span => [Date.parse(from), Date.parse(to)]);
  const begin = Date.parse(first.from);
  const end = Math.max(...spans.map(([, to]) => to));
  const days: Day[] = [];
  for (let day = Math.floor(begin / DAY_MS) * DAY_MS; day <= end; day += DAY_MS) {
    const whole: Span = [Math.max(day, begin), Math.min(day + DAY_MS, end)];
    days.push({ name: new Date(day).toISOString().slice(0, 10), part: partOf(whole, spans) });
  }
  const pauses = ends.flatMap(({ to }, index) => {
    const next = ends[index + 1]?.from;
    return next !== undefined && next > to ? [{ from: to, to: next }] : [];
  });
  return { months: monthsOf(days), part: partOf([begin, end], spans), pauses };
}

function partOf([from, to]: Span, spans: readonly Span[]): number {
  if (to <= from) return spans.some((span) => span[0] <= from && span[1] >= to) ? 1 : 0;
  let covered = 0;
  let reached = from;
  for (const [begin, end] of [...spans].sort((a, b) => a[0] - b[0])) {
    const [start, stop] = [Math.max(begin, reached), Math.min(end, to)];
    if (stop <= start) continue;
    covered += stop - start;
    reached = stop;
  }
  return covered / (to - from);
}

function monthsOf(days: readonly Day[]): readonly Month[] {
  const months = new Map<string, (Day | undefined)[]>();
  for (const day of days) {
    const name = day.name.slice(0, MONTH_LENGTH);
    const own = months.get(name) ?? new Array<Day | undefined>(daysIn(name)).fill(undefined);
    own[Number(day.name.slice(MONTH_LENGTH + 1)) - 1] = day;
    months.set(name, own);
  }
  return [...months].map(([name, own]) => ({ name, days: own }));
}

function daysIn(month: string): number {
  const [year, number] = month.split('-').map(Number);
  return new Date(Date.UTC(year ?? 0, number ?? 0, 0)).getUTCDate();
}
