/** Both sides' fee policies as terms: from one change of either side to the next. Pure. */
import type { FeeChange, Policy } from '../api/json.ts';

/** What held from its time until the next; undefined where no policy of that side had been told. */
export interface FeeTerm {
  readonly at: string;
  readonly local: Policy | undefined;
  readonly remote: Policy | undefined;
}

/** `startsAt`, where the axis begins: what held between it and the first change is not known. */
export function feeTerms(changes: readonly FeeChange[], startsAt: string): readonly FeeTerm[] {
  const terms: FeeTerm[] = [];
  let last: FeeTerm = { at: startsAt, local: undefined, remote: undefined };
  if ((changes[0]?.at ?? '') > startsAt) terms.push(last);
  for (const { at, side, to } of changes) {
    last = { ...last, at, [side]: to };
    terms.push(last);
  }
  return terms;
}

/** The last that is not after this time, of now the last: -1 where there is none. */
export function termAt(terms: readonly FeeTerm[], time: string | undefined): number {
  return time === undefined ? terms.length - 1 : terms.findLastIndex(({ at }) => at <= time);
}
