/** Which channels may be purged: asked before a person is, and again before the key is destroyed. */
import { QuestionError } from './query.ts';
import type { ChannelView } from './view-types.ts';

/** Throws a QuestionError unless the channel is closed. */
export function assertPurgeable({ status }: Pick<ChannelView, 'status'>): void {
  if (status === 'closed' || status === 'resolved') return;
  throw new QuestionError(
    'wrong',
    `the channel is ${status}: only a closed channel can be purged, its record is needed until then`,
  );
}
