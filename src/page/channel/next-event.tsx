/** The event after the moment that is shown, and what it changes. Now: the last there was. */
import { useAnswer } from '../api/answer.ts';
import { pathOf } from '../api/ask.ts';
import type { HistoryPage } from '../api/json.ts';
import { exactTime } from '../format.ts';
import type { Told } from '../live/live.ts';
import { ChangesTable } from '../parts/changes.tsx';
import { hrefOf } from '../route.ts';
import { after } from './life.ts';
import { useRested } from './rested.ts';

interface NextProps {
  readonly base: string;
  readonly question: { readonly node: string; readonly knownAt: string | undefined };
  /** The last event by the moment that is shown; undefined before the first. */
  readonly lastEventAt: string | undefined;
  readonly isNow: boolean;
  readonly isTouchedBy: (told: readonly Told[]) => boolean;
}

export function NextEvent({ base, question, lastEventAt, isNow, isTouchedBy }: NextProps) {
  const rested = useRested(lastEventAt);
  const which = isNow
    ? { newest: 'true', limit: 1 }
    : { limit: 1, from: rested === undefined ? undefined : after(rested) };
  const { answer, isAsking, problem } = useAnswer<HistoryPage>(
    pathOf(`${base}/history`, { ...question, ...which }),
    {
      isTouchedBy,
    },
  );
  const entry = answer?.entries[0];
  return (
    <section class="panel next-event" aria-busy={isAsking || rested !== lastEventAt}>
      <h2>{isNow ? 'The last event' : 'The next event'}</h2>
      {entry === undefined ? (
        <p class="soft">
          {answer === undefined ? (problem ?? '…') : 'Nothing after this moment is recorded.'}
        </p>
      ) : (
        <>
          <p>
            <a href={hrefOf(['event', entry.eventId])}>{entry.type}</a>{' '}
            <span class="soft">{exactTime(entry.at)} UTC</span>
          </p>
          <ChangesTable changes={entry.changes} caption={`What ${entry.type} changes`} />
        </>
      )}
    </section>
  );
}
