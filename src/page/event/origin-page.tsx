/** Where a number comes from: the event that last changed it, up to the moment that is shown. */
import { useAnswer } from '../api/answer.ts';
import { pathOf } from '../api/ask.ts';
import type { Entry } from '../api/json.ts';
import { exactTime, seenText } from '../format.ts';
import { seen, seenInAddress } from '../moment.ts';
import { ChangesTable } from '../parts/changes.tsx';
import { ShowAnswer } from '../parts/message.tsx';
import { useTitle } from '../parts/title.ts';
import { fieldText, valueText } from '../parts/value.ts';
import { hrefOf } from '../route.ts';

interface OriginProps {
  readonly node: string;
  readonly name: string;
  readonly field: string;
}

const NEVER = () => false;

export function OriginPage({ node, name, field }: OriginProps) {
  useTitle(field);
  const path = pathOf(`/channels/${encodeURIComponent(name)}/origin`, {
    node,
    field,
    ...seen.value,
  });
  const found = useAnswer<Entry>(path, { isTouchedBy: NEVER });
  return (
    <ShowAnswer of={found} what="where this comes from">
      {(entry) => {
        const change = entry.changes.find((one) => one.field === field);
        return (
          <article class="event-page">
            <h1>
              {fieldText(field)} {change !== undefined && `= ${valueText(field, change.to)}`}
            </h1>
            <p>
              since <a href={hrefOf(['event', entry.eventId])}>{entry.type}</a> of{' '}
              {exactTime(entry.at)} UTC<span class="soft">{seenText(seen.value)}</span>
            </p>
            <section class="panel">
              <h2>All that this event changed</h2>
              <ChangesTable changes={entry.changes} caption={`What ${entry.type} changed`} />
            </section>
            <p>
              <a
                href={hrefOf(
                  ['channel', node, name],
                  seenInAddress({ ...seen.value, at: entry.at }),
                )}
              >
                The channel right after it
              </a>
            </p>
          </article>
        );
      }}
    </ShowAnswer>
  );
}
