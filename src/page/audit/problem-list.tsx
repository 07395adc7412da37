/** What does not fit, and what to do about each: as `problems` prints it. */
import { useState } from 'preact/hooks';
import type { ProblemFound } from '../api/json.ts';
import { count, outsideText, shortId, time } from '../format.ts';
import { type LedgerNames, useLedgerNames } from '../parts/ledger-names.ts';
import { hrefOf } from '../route.ts';

/** What is merely missing is no contradiction. */
const MISSING: readonly ProblemFound['kind'][] = ['gap', 'not-checked'];
const isMissing = ({ kind }: ProblemFound) => MISSING.includes(kind);

const FIRST_ONES = 20;

interface ProblemListProps {
  readonly problems: readonly ProblemFound[];
}

export function ProblemList({ problems }: ProblemListProps) {
  const names = useLedgerNames();
  const [most, setMost] = useState(FIRST_ONES);
  if (problems.length === 0) {
    return <p class="sound">Nothing in quarantine, no contradiction, no gap.</p>;
  }
  return (
    <>
      <ul class="problems">
        {problems.slice(0, most).map((problem) => (
          <li
            key={`${problem.rule} ${problem.subject} ${problem.detail}`}
            data-problem={problem.rule}
            data-missing={isMissing(problem)}
          >
            <p class="what">
              <b>{problem.kind}</b> <code>{problem.rule}</code>{' '}
              <Subject problem={problem} names={names} />
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
      {problems.length > most && (
        <p class="more">
          <button type="button" onClick={() => setMost(problems.length)}>
            Show all {count(problems.length)}
          </button>
        </p>
      )}
    </>
  );
}

interface SubjectProps {
  readonly problem: ProblemFound;
  readonly names: LedgerNames;
}

function Subject({ problem: { subject, nodeId, channelId }, names }: SubjectProps) {
  if (nodeId === undefined || channelId === undefined) {
    return <span title={subject}>{shortId(outsideText(subject))}</span>;
  }
  return (
    <a href={hrefOf(['channel', nodeId, channelId])} title={subject}>
      {names.channelWithPeer(nodeId, channelId)}
    </a>
  );
}

function timesText({ firstAt, lastAt }: ProblemFound): string {
  return firstAt === lastAt ? time(firstAt) : `${time(firstAt)} to ${time(lastAt)}`;
}
