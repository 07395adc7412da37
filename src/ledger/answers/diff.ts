/** What changed in a channel between two moments, field by field, with the events that did it. */
import { type Moment, type Query, QuestionError } from '../query.ts';
import { channel } from './channels.ts';
import { type HistoryContext, history } from './history.ts';
import { changesBetween, flatten } from './row-changes.ts';

export interface FieldDifference {
  readonly field: string;
  readonly from?: unknown;
  readonly to?: unknown;
  /** The events between the two moments that changed it, oldest first. */
  readonly events: readonly {
    readonly eventId: string;
    readonly type: string;
    readonly at: string;
  }[];
}

export interface DiffQuery extends Omit<Query, 'at'> {
  readonly from: Moment;
  readonly to: Moment;
}

export function diff(
  context: HistoryContext,
  name: string,
  { from, to, ...query }: DiffQuery,
): readonly FieldDifference[] {
  const [before, after] = [from, to].map((at) => channel(context, name, { ...query, at }));
  if (before === undefined || after === undefined) return [];
  const ours = { ...query, nodeId: after.nodeId };
  const { channelId } = after;
  const earlier = new Set<string>();
  for (const { eventId } of history(context, channelId, { ...ours, at: from }))
    earlier.add(eventId);
  const events = new Map<string, FieldDifference['events'][number][]>();
  for (const entry of history(context, channelId, { ...ours, at: to })) {
    if (earlier.delete(entry.eventId)) continue;
    const { eventId, type, at } = entry;
    for (const { field } of entry.changes) {
      const known = events.get(field);
      if (known === undefined) events.set(field, [{ eventId, type, at }]);
      else known.push({ eventId, type, at });
    }
  }
  if (earlier.size > 0) {
    throw new QuestionError('wrong', '"from" comes after "to": name the earlier moment first');
  }
  return changesBetween(flatten(before), flatten(after)).map((change) => ({
    ...change,
    events: events.get(change.field) ?? [],
  }));
}
