/** The channel's events up to the moment that is shown, the newest first, page by page. */
import { useEffect, useState } from 'preact/hooks';
import { useAnswer } from '../api/answer.ts';
import { pathOf } from '../api/ask.ts';
import type { Change, Entry, HistoryPage } from '../api/json.ts';
import { exactTime } from '../format.ts';
import type { Told } from '../live/live.ts';
import type { Seen } from '../moment.ts';
import { ShowAnswer } from '../parts/message.tsx';
import { fieldText, valueText } from '../parts/value.ts';
import { WideTable } from '../parts/wide-table.tsx';
import { hrefOf } from '../route.ts';
import { openingAndClosing } from './life.ts';
import { useRested } from './rested.ts';
import { showMoment } from './time-slider.tsx';

interface EventListProps {
  readonly base: string;
  readonly question: Seen & { readonly node: string };
  readonly isTouchedBy: (told: readonly Told[]) => boolean;
}

const PAGE = 40;
const MOST_CHANGES = 3;

const kinds = [
  { id: '', title: 'all events' },
  { id: 'HtlcAdded,HtlcSettled,HtlcFailed', title: 'HTLCs' },
  { id: 'CommitmentUpdated,CommitmentRevoked,BalanceObserved', title: 'commitments' },
  { id: 'FeePolicyChanged', title: 'fee policies' },
  { id: openingAndClosing, title: 'opening and closing' },
];

export function EventList({ base, question, isTouchedBy }: EventListProps) {
  const [type, setType] = useState('');
  /** Where each page that was turned begins, the first excepted. */
  const [cursors, setCursors] = useState<readonly string[]>([]);
  const at = useRested(question.at);
  useEffect(() => setCursors([]), [at, question.knownAt, type]);
  const after = cursors.at(-1);
  const page = useAnswer<HistoryPage>(
    pathOf(`${base}/history`, { ...question, at, newest: 'true', limit: PAGE, type, after }),
    { isTouchedBy },
  );
  return (
    <section class="panel events" aria-busy={page.isAsking || at !== question.at}>
      <div class="title-line">
        <h2>Events</h2>
        <label>
          <span class="unseen">Show</span>
          <select value={type} onChange={(event) => setType(event.currentTarget.value)}>
            {kinds.map(({ id, title }) => (
              <option key={id} value={id}>
                {title}
              </option>
            ))}
          </select>
        </label>
      </div>
      <ShowAnswer of={page} what="the events">
        {({ entries, next }) => (
          <>
            <Entries entries={entries} />
            <div class="turn">
              <button
                type="button"
                disabled={cursors.length === 0}
                onClick={() => setCursors(cursors.slice(0, -1))}
              >
                Newer
              </button>
              <button
                type="button"
                disabled={next === undefined}
                onClick={() => next !== undefined && setCursors([...cursors, next])}
              >
                Older
              </button>
            </div>
          </>
        )}
      </ShowAnswer>
    </section>
  );
}

function Entries({ entries }: { readonly entries: readonly Entry[] }) {
  if (entries.length === 0) return <p class="soft">No event of that kind by then.</p>;
  return (
    <WideTable label="Events">
      <table class="stacks">
        <thead>
          <tr>
            <th scope="col">when, UTC</th>
            <th scope="col">event</th>
            <th scope="col">what changed</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={entry.eventId} data-event={entry.eventId}>
              <td data-column="when, UTC">
                <button
                  type="button"
                  class="link"
                  title="Show the channel as it was then"
                  onClick={() => showMoment(entry.at)}
                >
                  {exactTime(entry.at)}
                </button>
              </td>
              <td data-column="event">
                <a href={hrefOf(['event', entry.eventId])}>{entry.type}</a>
              </td>
              <td class="what" data-column="what changed">
                {changesText(entry.changes)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </WideTable>
  );
}

/** Both ends of the change, of the fields that tell most. */
function changesText(changes: readonly Change[]): string {
  const telling = changes.filter(({ field }) => !/^(remote|local)\.(local|remote)B/.test(field));
  const shown = telling.slice(0, MOST_CHANGES).map(({ field, from, to }) => {
    const before = from === undefined ? '' : `${valueText(field, from)} → `;
    return `${fieldText(field)} ${before}${valueText(field, to)}`;
  });
  const more = telling.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join('; ');
}
