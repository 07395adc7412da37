/** Observations that broke a rule and were not let in since: one problem for each rule and subject. */
import { RECORD_READABLE } from '../../node/observations.ts';
import type { Query } from '../query.ts';
import { decodeEvent } from '../stored-event.ts';
import { parseStream } from '../streams.ts';
import type { ProblemView } from '../view-types.ts';
import type { AnswerContext } from './context.ts';
import { compareText, groupedBy, present } from './tellers.ts';
import { windowOf } from './window.ts';

export function quarantineProblems({ store }: AnswerContext, query: Query): readonly ProblemView[] {
  const isInWindow = windowOf(store, query);
  const open = new Map<string, Refused>();
  for (const stored of store.markedEvents(['ObservationQuarantined', 'QuarantineReleased'])) {
    if (!isInWindow(stored)) continue;
    const { fact, sealed } = decodeEvent(stored);
    if (fact?.type === 'QuarantineReleased') open.delete(fact.data.observationId);
    if (fact?.type !== 'ObservationQuarantined') continue;
    const { observationId, about, rule, detail, happenedAt } = fact.data;
    const nodeId = parseStream(stored.stream)?.nodeId ?? '';
    const canRetry = sealed?.box !== undefined;
    open.set(observationId, { nodeId, about, rule, detail, at: happenedAt, canRetry });
  }
  const causes = groupedBy(open.values(), ({ about, rule }) => JSON.stringify([about, rule]));
  return [...causes.values()].flatMap((refused) => {
    const sorted = refused.sort((a, b) => compareText(a.at, b.at));
    const [first] = sorted;
    return first === undefined ? [] : quarantineProblem(first, sorted);
  });
}

interface Refused {
  readonly nodeId: string;
  readonly about: string;
  readonly rule: string;
  readonly detail: string;
  readonly at: string;
  /** False after a purge of its channel: nobody can open it. */
  readonly canRetry: boolean;
}

const RETRY =
  'import what the source may have left out, then "problems retry"; it is kept, and changes nothing until it fits';
const PURGED =
  'its channel was purged before it was told, so it cannot be tried again: "purge" once more lets it go';

const UNREADABLE =
  'go on with a release that reads what this node writes; the bytes are kept, sealed, and what only they told is missing';

function quarantineProblem(first: Refused, all: readonly Refused[]): ProblemView {
  const { about, rule, nodeId } = first;
  const name = parseStream(about);
  const more = all.length === 1 ? '' : `, and ${all.length - 1} more like it`;
  return {
    kind: 'quarantine',
    rule,
    subject: about,
    ...present({ channelId: name?.category === 'channel' ? name.subjectId : undefined }),
    nodeId,
    count: all.length,
    firstAt: first.at,
    lastAt: all.at(-1)?.at ?? first.at,
    detail: `${told(first, name?.source)}${more}`,
    whatToDo: whatToDo(first, all),
  };
}

function whatToDo({ rule }: Refused, all: readonly Refused[]): string {
  if (!all.some(({ canRetry }) => canRetry)) return PURGED;
  return rule === RECORD_READABLE ? UNREADABLE : RETRY;
}

/** Whose word it is; gossip is signed by whom it is about. */
function told({ rule, detail }: Refused, source: string | undefined): string {
  if (!source) return detail;
  // Kept as it was refused, from a teller that had perhaps told of no funding at all.
  const isStranger = rule === 'funding-known' && detail === 'the close spends another funding';
  return isStranger
    ? `told by ${source}: a close of a funding that it has not told of`
    : `told by ${source}: ${detail}`;
}
