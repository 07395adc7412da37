/** What does not fit, and what to do about each: as `problems` prints it. */
import type { ProblemFound } from '../api/json.ts';
import { count, outsideText, shortId, time } from '../format.ts';
import { hrefOf } from '../route.ts';

/** What is merely missing is no contradiction. */
const MISSING: readonly ProblemFound['kind'][] = ['gap', 'not-checked'];
const isMissing = ({ kind }: ProblemFound) => MISSING.includes(kind);

interface ProblemListProps {
  readonly problems: readonly ProblemFound[];
}

export function ProblemList({ problems }: ProblemListProps) {
  if (problems.length === 0) {
    return <p class="sound">Nothing in quarantine, no contradiction, no gap.</p>;
  }
  return (
    <ul class="problems">
      {problems.map((problem) => (
        <li
          key={`${problem.rule} ${problem.subject} ${problem.detail}`}
          data-problem={problem.rule}
          data-missing={isMissing(problem)}
        >
          <p class="what">
            <b>{problem.kind}</b> <code>{problem.rule}</code> <Subject problem={problem} />
            {problem.count > 1 && <small> {count(problem.count)} times</small>}
          </p>
          <p class="detail">{outsideText(problem.detail)}</p>
          {problem.sides?.map(({ who, says }) => (
            <p key={who} class="soft">
              {outsideText(who)}: {outsideText(says)}
            </p>
          ))}
          <p class="remedy">
            <span aria-hidden="true">→ </span>
            <span class="unseen">What to do: </span>
            {outsideText(problem.whatToDo)}
          </p>
          <p class="soft">
            <small>{timesText(problem)}</small>
          </p>
        </li>
      ))}
    </ul>
  );
}

function Subject({ problem: { subject, nodeId, channelId } }: { readonly problem: ProblemFound }) {
  const name = <span title={subject}>{shortId(outsideText(subject))}</span>;
  if (nodeId === undefined || channelId === undefined) return name;
  return <a href={hrefOf(['channel', nodeId, channelId])}>{name}</a>;
}

function timesText({ firstAt, lastAt }: ProblemFound): string {
  return firstAt === lastAt ? time(firstAt) : `${time(firstAt)} to ${time(lastAt)}`;
}
