/** One channel as of a moment of its own: a revision or a commitment that it must have. */
import type { LocalStore } from '../../store/event-store.ts';
import { momentBeside } from '../as-of.ts';
import { type Moment, type Query, QuestionError } from '../query.ts';
import { parseStream } from '../streams.ts';
import type { AnswerContext } from './context.ts';
import { type NamedChannel, resolveChannel } from './names.ts';

/** The channel of that name; a QuestionError where it is none, or never had the moment asked for. */
export function channelAtMoment(context: AnswerContext, name: string, query: Query): NamedChannel {
  const named = resolveChannel(context, name, query);
  if (query.at !== undefined) assertMoment(context.store, named.streams, query.at);
  return named;
}

export function assertMoment(store: LocalStore, streams: readonly string[], moment: Moment): void {
  if (moment.kind === 'revision') refuseRevision(store, streams, moment.revision);
  if (moment.kind === 'commitment') refuseCommitment(store, streams, moment);
}

/** A revision that several tellers have is none of the channel's, and one to come is no moment yet. */
function refuseRevision(store: LocalStore, streams: readonly string[], revision: number): void {
  const [stream = '', second] = streams;
  if (second !== undefined) {
    const sources = streams.map((name) => parseStream(name)?.source).join(', ');
    throw new QuestionError(
      'wrong',
      `revision ${revision} is one teller's count, and this channel is told by ${sources}: add --source`,
    );
  }
  const newest = store.streamHead(stream)?.revision ?? -1;
  if (revision <= newest) return;
  throw new QuestionError(
    'wrong',
    `there is no revision ${revision}: the channel's revisions are 0 to ${newest}`,
  );
}

function refuseCommitment(
  store: LocalStore,
  streams: readonly string[],
  moment: Extract<Moment, { readonly kind: 'commitment' }>,
): void {
  if (streams.some((stream) => momentBeside(store, stream, moment) !== undefined)) return;
  throw new QuestionError(
    'unknown',
    `no ${moment.side} commitment ${moment.number} of this channel is recorded: "history" lists those that are`,
  );
}
