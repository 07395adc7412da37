/** The closed channels, as `closed` prints them for the moment that is shown. */
import { useMemo, useRef } from 'preact/hooks';
import { type Answered, useAnswer } from '../api/answer.ts';
import { pathOf } from '../api/ask.ts';
import type { ChannelCost } from '../api/fields.ts';
import type { Closed } from '../api/json.ts';
import type { Told } from '../live/live.ts';
import { touchesOf } from '../live/touches.ts';
import { seen } from '../moment.ts';
import { useCosts } from '../parts/costs.ts';

const LIST_MS = 2000;

/** What rebalancing cost comes later than the rest: it is another question. */
export function useClosed(node: string | undefined): Answered<readonly Closed[]> {
  const asked = { ...seen.value, node };
  const shown = useRef<readonly Closed[] | undefined>(undefined);
  const listed = useAnswer<readonly Closed[]>(
    pathOf('/closed', { ...asked, rebalanceFees: 'false' }),
    {
      isTouchedBy: (told) => told.some((one) => isOfOne(one, shown.current)),
      everyMs: LIST_MS,
    },
  );
  shown.current = listed.answer;
  const costs = useCosts('/closed', asked);
  // Those of another moment are none of this one.
  const known = (costs.old ?? listed.old) ? undefined : costs.answer;
  const answer = useMemo(
    () => listed.answer && withCosts(listed.answer, known ?? []),
    [listed.answer, known],
  );
  return answer === undefined ? listed : { ...listed, answer };
}

function withCosts(all: readonly Closed[], costs: readonly ChannelCost[]): readonly Closed[] {
  const byChannel = new Map(costs.map((cost) => [keyOf(cost), cost]));
  return all.map((closed) => ({ ...closed, ...byChannel.get(keyOf(closed)) }));
}

const keyOf = ({ nodeId, channelId }: ChannelCost) => `${nodeId}.${channelId}`;

/** A close, or what a closed channel is shown with: its peer's name, what went over it in its life. */
function isOfOne(told: Told, listed: readonly Closed[] | undefined): boolean {
  if (told.stream.startsWith('channel-') && CLOSES.test(told.type)) return true;
  return listed?.some(touchesOf(told)) ?? true;
}

/** Events after which a summary may be another one. */
const CLOSES = /^(?:Channel|Close|Output)/;
