/** Which event a number comes from: the last one that changed a field, up to a moment. */
import { channelProjection } from '../../../projections/channel.ts';
import { timeNsOf } from '../../schema/time.ts';
import { happenedAtOf } from '../event-times.ts';
import { foldOf } from '../fold.ts';
import { type Query, QuestionError } from '../query.ts';
import type { HistoryEntry } from '../view-types.ts';
import { channelAtMoment } from './channel-moment.ts';
import type { AnswerContext } from './context.ts';
import { type HistoryContext, history } from './history.ts';
import { asked } from './nodes.ts';
import { flatten } from './row-changes.ts';
import { eventsInOrder } from './window.ts';

/**
 * The entry of that event, of whichever teller told the field last. `field` as `history` spells it:
 * `localBalanceMsat`, `local.number`. Throws a QuestionError where no event of the channel set it.
 */
export function origin(
  context: HistoryContext,
  name: string,
  field: string,
  query: Query = {},
): HistoryEntry {
  const ours = asked(context, query);
  const { channelId, nodeId, streams } = channelAtMoment(context, name, ours);
  const lasts = streams.flatMap((stream) => lastChange(context, stream, field, ours) ?? []);
  const [last] = lasts.sort((a, b) => (a.at > b.at ? -1 : 1));
  if (last === undefined) {
    throw new QuestionError('unknown', `no event of this channel has set "${field}" by then`);
  }
  const fromNs = timeNsOf(last.at);
  const near = history(context, channelId, { ...ours, nodeId, fromNs, toNs: fromNs + 1n });
  for (const entry of near) if (entry.eventId === last.eventId) return entry;
  throw new QuestionError('unknown', `the event that set "${field}" is not in the history`);
}

interface Change {
  readonly at: string;
  readonly eventId: string;
}

const channelFold = foldOf(channelProjection);

/** Only the part of the row that the field lies in is flattened: all of it takes longer than folding. */
function lastChange(
  { store }: AnswerContext,
  stream: string,
  field: string,
  query: Query,
): Change | undefined {
  const [top = ''] = field.split('.', 1);
  const row = channelFold.initial(stream);
  const shownValue = () => {
    const part = Object.entries(row).find(([name]) => name === top);
    return part === undefined ? undefined : flatten({ [top]: part[1] }).get(field);
  };
  let before = spelled(shownValue());
  let last: Change | undefined;
  for (const event of eventsInOrder(store, stream, query)) {
    const at = happenedAtOf(event.metadata);
    channelFold.apply(row, event, at, stream);
    const after = spelled(shownValue());
    if (after !== before) last = { at, eventId: event.id };
    before = after;
  }
  return last;
}

/** Values are compared by what they say: a list is a new one each time. */
function spelled(value: unknown): string {
  return Array.isArray(value) ? value.join('\n') : String(value);
}
