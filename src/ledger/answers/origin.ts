/** Which event a number comes from: the last one that changed what the answer says, up to a moment. */
import type { StoredEvent } from '../../store/event-store.ts';
import { type Query, QuestionError } from '../query.ts';
import { Slices } from '../slices.ts';
import type { HistoryEntry } from '../view-types.ts';
import { channelAtMoment } from './channel-moment.ts';
import { entryOf, type HistoryContext } from './history.ts';
import { type MergedWalk, mergedWalk } from './merged-walk.ts';
import { asked } from './nodes.ts';
import { type Changes, changesBetween, flatten, isChannelField } from './row-changes.ts';

export interface OriginQuery extends Query {
  /** Ends the search, which then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * The entry of that event, with all that it changed in the channel's answer: of whichever teller, or of
 * the gossip, the peer or the node beside it. `field` as `diff` spells it: `localBalanceMsat`,
 * `local.number`. Gives others their turn as it goes. Throws a QuestionError where no event set it.
 */
export async function origin(
  context: HistoryContext,
  name: string,
  field: string,
  { signal, ...query }: OriginQuery = {},
): Promise<HistoryEntry> {
  const ours = asked(context, query);
  const named = channelAtMoment(context, name, ours);
  const last = await lastChange(mergedWalk(context, named, ours), field, new Slices(signal));
  if (last === undefined) {
    throw new QuestionError('unknown', `no event of this channel has set "${field}" by then`);
  }
  const changes = await changesOf(mergedWalk(context, named, ours), last, new Slices(signal));
  return entryOf(context, last, changes);
}

/** Only the part of the answer that the field lies in is flattened: all of it takes longer than folding. */
async function lastChange(
  walk: MergedWalk,
  field: string,
  slices: Slices,
): Promise<StoredEvent | undefined> {
  const [top = ''] = field.split('.', 1);
  const shown = isMergedFromOthers(top) ? undefined : walk.onlyRow;
  const valueNow = () => {
    const part = Object.entries(shown ?? walk.view() ?? {}).find(([name]) => name === top);
    return part === undefined ? undefined : flatten({ [top]: part[1] }).get(field);
  };
  let before = spelled(undefined);
  let last: StoredEvent | undefined;
  for (const { event, apply } of walk.steps) {
    apply();
    const after = spelled(valueNow());
    if (after !== before) last = event;
    before = after;
    if (slices.step()) await slices.rest();
  }
  return last;
}

/** What a single teller's answer takes from its gossip, or has no field of in its row. */
function isMergedFromOthers(top: string): boolean {
  return ['localPolicy', 'remotePolicy', 'isAnnounced'].includes(top) || !isChannelField(top);
}

/** What the event changed in the channel's answer. */
async function changesOf(walk: MergedWalk, { id }: StoredEvent, slices: Slices): Promise<Changes> {
  for (const { event, apply } of walk.steps) {
    const before = event.id === id ? flatten(walk.view() ?? {}) : undefined;
    apply();
    if (before !== undefined) return changesBetween(before, flatten(walk.view() ?? {}));
    if (slices.step()) await slices.rest();
  }
  return [];
}

/** Values are compared by what they say: a list is a new one each time. */
function spelled(value: unknown): string {
  return Array.isArray(value) ? value.join('\n') : String(value);
}
