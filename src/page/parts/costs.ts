/** What rebalancing cost each channel: every payment is read for it, so that it is asked apart and seldom. */
import { type Answered, useAnswer } from '../api/answer.ts';
import { type Parameters, pathOf } from '../api/ask.ts';
import { type ChannelCost, costFields } from '../api/fields.ts';

/** Of any channel's HTLCs and any payment of its node: every event may change it. */
const OF_COSTS = { everyMs: 20_000 };

export function useCosts(
  path: '/channels' | '/closed',
  asked: Parameters,
): Answered<readonly ChannelCost[]> {
  return useAnswer(pathOf(path, { ...asked, fields: costFields }), OF_COSTS);
}
