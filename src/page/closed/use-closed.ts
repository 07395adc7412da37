/** The closed channels, as `closed` prints them for the moment that is shown. */
import { useRef } from 'preact/hooks';
import { type Answered, useAnswer } from '../api/answer.ts';
import { pathOf } from '../api/ask.ts';
import type { Closed } from '../api/json.ts';
import type { Told } from '../live/live.ts';
import { touchesOf } from '../live/touches.ts';
import { seen } from '../moment.ts';

const LIST_MS = 2000;

export function useClosed(node: string | undefined): Answered<readonly Closed[]> {
  const listed = useRef<readonly Closed[] | undefined>(undefined);
  const answered = useAnswer<readonly Closed[]>(pathOf('/closed', { ...seen.value, node }), {
    isTouchedBy: (told) => told.some((one) => isOfOne(one, listed.current)),
    everyMs: LIST_MS,
  });
  listed.current = answered.answer;
  return answered;
}

/** A close, or what a closed channel is shown with: its peer's name, what went over it in its life. */
function isOfOne(told: Told, listed: readonly Closed[] | undefined): boolean {
  if (told.stream.startsWith('channel-') && CLOSES.test(told.type)) return true;
  return listed?.some(touchesOf(told)) ?? true;
}

/** Events after which a summary may be another one. */
const CLOSES = /^(?:Channel|Close|Output)/;
