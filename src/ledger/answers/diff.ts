/** What changed in a channel between two moments, field by field, with the events that did it. */
import { type Moment, type Query, QuestionError } from '../query.ts';
import { Slices } from '../slices.ts';
import { channelAtMoment } from './channel-moment.ts';
import { channel } from './channels.ts';
import type { HistoryContext } from './history.ts';
import { mergedWalk } from './merged-walk.ts';
import { asked } from './nodes.ts';
import { changesBetween, type FlatRow, flatten } from './row-changes.ts';

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
  /** Ends the comparison, which then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Gives others their turn as it goes. Throws a QuestionError where `from` comes after `to`. */
export async function diff(
  context: HistoryContext,
  name: string,
  { from, to, signal, ...query }: DiffQuery,
): Promise<readonly FieldDifference[]> {
  const [before, after] = [from, to].map((at) => channel(context, name, { ...query, at }));
  if (before === undefined || after === undefined) return [];
  const ours = { ...query, nodeId: after.nodeId };
  const { channelId } = after;
  const named = (at: Moment) => channelAtMoment(context, channelId, { ...ours, at });
  const earlier = new Set<string>();
  const until = { ...asked(context, ours), at: from };
  const slices = new Slices(signal);
  for (const { event } of mergedWalk(context, named(from), until).steps) {
    earlier.add(event.id);
    if (slices.step()) await slices.rest();
  }
  const walk = mergedWalk(context, named(to), { ...until, at: to });
  const events = new Map<string, FieldDifference['events'][number][]>();
  let flat: FlatRow | undefined;
  for (const { event, at, apply } of walk.steps) {
    if (slices.step()) await slices.rest();
    if (earlier.delete(event.id)) {
      apply();
      flat = undefined;
      continue;
    }
    flat ??= flatten(walk.view() ?? {});
    apply();
    const next = flatten(walk.view() ?? {});
    for (const { field } of changesBetween(flat, next)) {
      const did = events.get(field) ?? [];
      events.set(field, did);
      did.push({ eventId: event.id, type: event.type, at });
    }
    flat = next;
  }
  if (earlier.size > 0) {
    throw new QuestionError('wrong', '"from" comes after "to": name the earlier moment first');
  }
  return changesBetween(flatten(before), flatten(after)).map((change) => ({
    ...change,
    events: events.get(change.field) ?? [],
  }));
}
