/** Flows by day, or by month where there are many days: what was forwarded when. Pure. */
import type { Flow } from '../api/json.ts';

export interface Period {
  /** `2026-03-14` or `2026-03`. */
  readonly name: string;
  readonly flows: readonly Flow[];
}

const MOST_DAYS = 92;
const DAY_MS = 86_400_000;

const daysFrom = (day: string) => Date.parse(`${day}T00:00:00Z`) / DAY_MS;
const dayOf = (days: number) => new Date(days * DAY_MS).toISOString().slice(0, 10);

/** Without a hole: a day on which nothing was forwarded is a day too. */
export function periodsOf(flows: readonly Flow[]): readonly Period[] {
  const days = flows.map(({ day }) => day).sort();
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return [];
  const [from, to] = [daysFrom(first), daysFrom(last)];
  const all = Array.from({ length: to - from + 1 }, (_, index) => dayOf(from + index));
  const length = all.length <= MOST_DAYS ? '2026-03-14'.length : '2026-03'.length;
  const names = [...new Set(all.map((day) => day.slice(0, length)))];
  const grouped = new Map<string, Flow[]>(names.map((name) => [name, []]));
  for (const flow of flows) grouped.get(flow.day.slice(0, length))?.push(flow);
  return [...grouped].map(([name, own]) => ({ name, flows: own }));
}

/** As `from` and `to` of a question take it. */
export function spanOf(period: string): { readonly from: string; readonly to: string } {
  const isMonth = period.length === '2026-03'.length;
  const first = `${period}${isMonth ? '-01' : ''}`;
  const begin = new Date(`${first}T00:00:00Z`);
  const next = isMonth
    ? Date.UTC(begin.getUTCFullYear(), begin.getUTCMonth() + 1, 1)
    : begin.getTime() + DAY_MS;
  const end = `${new Date(next - 1).toISOString().slice(0, 19)}.999999999Z`;
  return { from: `${first}T00:00:00Z`, to: end };
}

export interface FlowSums {
  readonly forwardedCount: number;
  readonly failedCount: number;
  readonly amountInMsat: bigint;
  readonly amountOutMsat: bigint;
  readonly feeMsat: bigint;
  /** Of a forward it is not told. */
  readonly isAmountOutAtLeast: boolean;
  readonly isFeeAtLeast: boolean;
}

export function flowSums(flows: readonly Flow[]): FlowSums {
  let [forwardedCount, failedCount] = [0, 0];
  let [amountInMsat, amountOutMsat, feeMsat] = [0n, 0n, 0n];
  for (const flow of flows) {
    forwardedCount += flow.forwardedCount;
    failedCount += flow.failedCount;
    amountInMsat += BigInt(flow.amountInMsat);
    amountOutMsat += BigInt(flow.amountOutMsat);
    feeMsat += BigInt(flow.feeMsat);
  }
  return {
    ...{ forwardedCount, failedCount, amountInMsat, amountOutMsat, feeMsat },
    isAmountOutAtLeast: flows.some((flow) => flow.isAmountOutAtLeast === true),
    isFeeAtLeast: flows.some((flow) => flow.isFeeAtLeast === true),
  };
}
