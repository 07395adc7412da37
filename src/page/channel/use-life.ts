/** Everything about all of a channel's life as far as it was known, whatever moment is shown. */
import { useMemo } from 'preact/hooks';
import { allPages } from '../api/all-pages.ts';
import { type Answered, useAnswer } from '../api/answer.ts';
import { pathOf } from '../api/ask.ts';
import type { Balance, Channel, Entry, FeeChange, HistoryPage } from '../api/json.ts';
import type { Told } from '../live/live.ts';
import { knownAt } from '../moment.ts';
import {
  type Connection,
  gapType,
  type Mark,
  marksOf,
  markTypes,
  spanOf,
  type TimeSpan,
} from './life.ts';

export interface KnownLife {
  readonly now: Channel | undefined;
  /** Why nothing is known of it. */
  readonly problem: string | undefined;
  readonly span: TimeSpan | undefined;
  readonly points: readonly Balance[] | undefined;
  readonly fees: readonly FeeChange[];
  /** In the order of time. */
  readonly marks: readonly Mark[];
  /** There are older gaps in the record than those among the marks. */
  readonly hasMoreGaps: boolean;
  readonly connections: readonly Connection[];
  /** What is not there because it was not answered, each with the reason. */
  readonly missing: readonly string[];
  /** What is shown was known at another time. */
  readonly isLate: boolean;
}

export const STATE_MS = 100;
const CURVE_MS = 1000;
/** About six for each pixel of a wide window. */
const MOST_POINTS = 9000;
/** Each start of a recorder may leave one. */
export const MOST_GAPS = 200;
const PAGE = 200;

export function useLife(
  base: string,
  node: string,
  isTouchedBy: (told: readonly Told[]) => boolean,
): KnownLife {
  const often = { isTouchedBy, everyMs: STATE_MS };
  const seldom = { isTouchedBy, everyMs: CURVE_MS };
  const asked = { node, knownAt: knownAt.value };
  const now = useAnswer<Channel>(pathOf(`${base}/state`, asked), often);
  const first = useAnswer<HistoryPage>(pathOf(`${base}/history`, { ...asked, limit: 1 }), seldom);
  const points = useAnswer<readonly Balance[]>(
    pathOf(`${base}/balances`, { ...asked, points: MOST_POINTS }),
    seldom,
  );
  const fees = useAnswer<readonly FeeChange[]>(pathOf(`${base}/fees`, asked), seldom);
  const marked = useAnswer<readonly Entry[]>(
    pathOf(`${base}/history`, { ...asked, type: markTypes, limit: PAGE }),
    { ...seldom, read: allPages },
  );
  const gaps = useAnswer<HistoryPage>(
    pathOf(`${base}/history`, { ...asked, type: gapType, newest: 'true', limit: MOST_GAPS }),
    seldom,
  );
  const connections = useAnswer<readonly Connection[]>(
    pathOf(`${base}/connections`, asked),
    seldom,
  );
  const marks = useMemo(
    () => inTime(marksOf([...(marked.answer ?? []), ...(gaps.answer?.entries ?? [])])),
    [marked.answer, gaps.answer],
  );
  const firstEntry = first.answer?.entries[0];
  const span = useMemo(() => spanOf(firstEntry, now.answer), [firstEntry, now.answer]);
  return {
    now: now.answer,
    problem: now.problem,
    span,
    points: points.answer,
    fees: fees.answer ?? [],
    marks,
    hasMoreGaps: gaps.answer?.next !== undefined,
    connections: connections.answer ?? [],
    missing: [
      ...missing('its balances', points),
      ...missing('its fee policies', fees),
      ...missing('what marks its life', marked),
      ...missing('the gaps in its record', gaps),
      ...missing('the connections of its peer', connections),
    ],
    isLate: [points, fees, marked, gaps, connections].some(
      (one) => one.old !== undefined && one.isLate === true,
    ),
  };
}

const inTime = (marks: readonly Mark[]) => marks.toSorted((a, b) => (a.at < b.at ? -1 : 1));

function missing(what: string, { answer, problem }: Answered<unknown>): readonly string[] {
  return answer === undefined && problem !== undefined ? [`${what}: ${problem}`] : [];
}
