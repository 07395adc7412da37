/** One event as it is stored: the raw record, its bytes the ones that its digest is over. */

import { useAnswer } from '../api/answer.ts';
import { exactTime, outsideJson, outsideText } from '../format.ts';
import { ShowAnswer } from '../parts/message.tsx';
import { useTitle } from '../parts/title.ts';
import { hrefOf } from '../route.ts';

/** What `/events/ID` answers; data and metadata are whatever the event's type has. */
interface RawEvent {
  readonly checkpoint: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: number;
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: {
    readonly happenedAt?: string;
    readonly recordedAt?: string;
    readonly source?: string;
    readonly evidence?: string;
  };
  readonly digest: string;
}

const NEVER = () => false;

export function EventPage({ eventId }: { readonly eventId: string }) {
  useTitle('Event');
  const event = useAnswer<RawEvent>(`/events/${encodeURIComponent(eventId)}`, {
    isTouchedBy: NEVER,
  });
  return (
    <ShowAnswer of={event} what="this event">
      {(raw) => <RawView raw={raw} />}
    </ShowAnswer>
  );
}

function RawView({ raw }: { readonly raw: RawEvent }) {
  const { happenedAt, recordedAt, source, evidence } = raw.metadata;
  const [, node, channel] = /^channel-([0-9a-f]{66})\.([0-9a-f]{64})\./.exec(raw.stream) ?? [];
  const pairs: readonly (readonly [label: string, value: string | undefined])[] = [
    ['happened', happenedAt && `${exactTime(happenedAt)} UTC`],
    ['recorded', recordedAt && `${exactTime(recordedAt)} UTC`],
    ['told by', source],
    ['evidence', evidence],
    ['stream', raw.stream],
    ['revision', String(raw.revision)],
    ['position', String(raw.position)],
    ['id', raw.id],
    ['digest', raw.digest],
  ];
  return (
    <article class="event-page">
      <h1>{raw.type}</h1>
      {node !== undefined && channel !== undefined && (
        <p>
          <a href={hrefOf(['channel', node, channel], happenedAt ? { at: happenedAt } : {})}>
            The channel as it was then
          </a>
        </p>
      )}
      <section class="panel">
        <dl class="pairs ids">
          {pairs.map(
            ([label, value]) =>
              value !== undefined && (
                <div key={label}>
                  <dt>{label}</dt>
                  <dd>{outsideText(value)}</dd>
                </div>
              ),
          )}
        </dl>
      </section>
      <section class="panel">
        <h2>The record</h2>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
        <pre tabIndex={0} role="region" aria-label="The record as JSON">
          {outsideJson({ data: raw.data, metadata: raw.metadata })}
        </pre>
      </section>
    </article>
  );
}
