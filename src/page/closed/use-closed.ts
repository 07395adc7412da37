/** The closed channels, as `closed` prints them for the moment that is shown. */
import { type Answered, useAnswer } from '../api/answer.ts';
import { pathOf } from '../api/ask.ts';
import type { Closed } from '../api/json.ts';
import { seen } from '../moment.ts';

const LIST_MS = 2000;

export function useClosed(node: string | undefined): Answered<readonly Closed[]> {
  return useAnswer<readonly Closed[]>(pathOf('/closed', { ...seen.value, node }), {
    isTouchedBy: (told) =>
      told.some(({ stream, type }) => stream.startsWith('channel-') && CLOSES.test(type)),
    everyMs: LIST_MS,
  });
}

/** Events after which a summary may be another one. */
const CLOSES = /^(?:Channel|Close|Output)/;
