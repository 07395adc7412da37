/** Questions that go through one account, event by event: whose it is must be said where several tell. */
import { QuestionError } from '../query.ts';
import { parseStream } from '../streams.ts';

export function onlyStream({ streams }: { readonly streams: readonly string[] }): string {
  const [stream = '', second] = streams;
  if (second === undefined) return stream;
  const sources = streams.map((each) => parseStream(each)?.source).join(', ');
  throw new QuestionError('wrong', `this channel is told by ${sources}: add --source`);
}
