/** A channel's states as one teller tells them, to be walked through (forensics/stepper.ts). */
import { channelProjection } from '../../../projections/channel.ts';
import type { ChannelRow } from '../../../projections/channel-row.ts';
import type { StoredEvent } from '../../store/event-store.ts';
import { happenedAtOf } from '../event-times.ts';
import { foldOf } from '../fold.ts';
import { type SteppedEvent, type Walk, walkThrough } from '../forensics/stepper.ts';
import type { Query } from '../query.ts';
import { decodeEvent } from '../stored-event.ts';
import { channelAtMoment } from './channel-moment.ts';
import type { AnswerContext } from './context.ts';
import { asked } from './nodes.ts';
import { onlyStream } from './only-stream.ts';
import { eventsInOrder } from './window.ts';

const channelFold = foldOf(channelProjection);

/** Stands before the first event. Throws a QuestionError where several tell of the channel. */
export function stepping(
  context: AnswerContext,
  name: string,
  query: Query = {},
): Walk<ChannelRow> {
  const ours = asked(context, query);
  const stream = onlyStream(channelAtMoment(context, name, ours));
  return walkThrough(channelFold.initial(stream), eventsInOrder(context.store, stream, ours), {
    apply: (row, event) => channelFold.apply(row, event, happenedAtOf(event.metadata), stream),
    eventOf: steppedEvent,
  });
}

function steppedEvent(stored: StoredEvent): SteppedEvent {
  const { id, type, metadata, revision, position } = stored;
  const event = { eventId: id, type, at: happenedAtOf(metadata), revision, position };
  if (type !== 'CommitmentUpdated') return event;
  const { fact } = decodeEvent(stored);
  if (fact?.type !== 'CommitmentUpdated') return event;
  const { side, number } = fact.data;
  return { ...event, commitment: { side, number } };
}
