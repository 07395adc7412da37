/** The recording as a calendar: which days of each node were covered, and where nobody listened. */
import { useAnswer } from '../api/answer.ts';
import { pathOf } from '../api/ask.ts';
import type { Recordings } from '../api/json.ts';
import { count, counted, outsideText, shortId, time } from '../format.ts';
import { isLive, seen } from '../moment.ts';
import { ShowAnswer } from '../parts/message.tsx';
import { type Coverage, coverageOf, type Day } from './coverage.ts';

const EVERY_MS = 5000;

export function CoverageView() {
  const recordings = useAnswer<readonly Recordings[]>(pathOf('/recordings', seen.value), {
    isTouchedBy: (told) => told.some(({ stream }) => stream.startsWith('node-')),
    everyMs: EVERY_MS,
  });
  return (
    <section class="panel" aria-label="Coverage">
      <h2>What the record covers</h2>
      <ShowAnswer of={recordings} what="the recordings">
        {(all) =>
          all.length === 0 ? (
            <p class="soft">No node was recorded{isLive.value ? '' : ' by then'}.</p>
          ) : (
            <div class="calendars">
              {all.map((one) => (
                <NodeCoverage key={`${one.nodeId}.${one.source}`} of={one} />
              ))}
            </div>
          )
        }
      </ShowAnswer>
    </section>
  );
}

function NodeCoverage({ of }: { readonly of: Recordings }) {
  const { nodeId, alias, source, isRecording, recordingCount, lastEventAt, lists } = of;
  const coverage = coverageOf(of);
  return (
    <article data-node={nodeId} data-source={source}>
      <h3>
        <span title={nodeId}>{alias === undefined ? shortId(nodeId) : outsideText(alias)}</span>{' '}
        <small>told by {source}</small>
      </h3>
      {coverage === undefined ? (
        <p class="soft">
          Read out of files: nobody listened. The newest fact of the node is of {time(lastEventAt)}.
        </p>
      ) : (
        <>
          <p>
            <b>{(coverage.part * 100).toFixed(1)} %</b> covered in{' '}
            {counted(recordingCount, 'recording')}
            {isRecording ? ', recording now' : `, stopped at ${time(of.recordings.at(-1)?.to)}`}
          </p>
          <Calendar coverage={coverage} />
          <Pauses coverage={coverage} />
          {recordingCount > of.recordings.length && (
            <p class="soft">Shown are the newest {count(of.recordings.length)} of them.</p>
          )}
        </>
      )}
      {lists.map(({ list, stretches, isWindow }) => (
        <p key={list} class="soft">
          {list} read: {stretches.map(stretchText).join(', ')}
          {isWindow && ', of a span of time that the source does not tell'}
        </p>
      ))}
    </article>
  );
}

type Stretch = Recordings['lists'][number]['stretches'][number];

/** They are numbered from 1 on: a list that ends at 0 was read, and is empty. */
function stretchText({ firstIndex, lastIndex }: Stretch): string {
  return lastIndex === 0 ? 'an empty list' : `numbers ${firstIndex}–${lastIndex}`;
}

function Calendar({ coverage: { months } }: { readonly coverage: Coverage }) {
  return (
    <div class="calendar" role="group" aria-label="Calendar of the recording">
      {months.map(({ name, days }) => (
        <div key={name}>
          <span class="month">{name}</span>
          <span
            class="days"
            role="img"
            aria-label={days.flatMap((day) => (day ? [dayText(day)] : [])).join(', ')}
          >
            {days.map((day, index) => (
              <i
                key={index}
                data-covered={day && levelOf(day)}
                {...(day && { title: dayText(day) })}
              />
            ))}
          </span>
        </div>
      ))}
    </div>
  );
}

function levelOf({ part }: Day): 'all' | 'part' | 'none' {
  if (part >= 1) return 'all';
  return part > 0 ? 'part' : 'none';
}

const dayText = ({ name, part }: Day) => `${name}: ${Math.floor(part * 1000) / 10} % covered`;

const MOST_PAUSES = 5;

function Pauses({ coverage: { pauses } }: { readonly coverage: Coverage }) {
  if (pauses.length === 0) return null;
  return (
    <ul class="pauses">
      {pauses.slice(-MOST_PAUSES).map(({ from, to }) => (
        <li key={from}>
          nobody listened from {time(from)} to {time(to)}
        </li>
      ))}
      {pauses.length > MOST_PAUSES && (
        <li class="soft">and {pauses.length - MOST_PAUSES} times before</li>
      )}
    </ul>
  );
}
