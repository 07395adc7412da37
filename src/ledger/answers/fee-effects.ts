/**
 * What went through a channel under the policy before a change and under the one after it. Our policy
 * is paid by what goes out over the channel, the peer's by what comes in over it: that is counted. Pure.
 */
import type { FeeChangeView, ForwardView } from '../view-types.ts';
import { addIncoming, addOutgoing, noAmounts } from './forward-amounts.ts';
import { groupedBy, present } from './tellers.ts';

/** The time one policy held, and the forwards of that time. */
export interface PolicyTerm {
  readonly from: string;
  /** When the next policy took its place; absent where it holds at the end of what is asked. */
  readonly to?: string;
  readonly forwardedCount: number;
  readonly failedCount: number;
  /** Of those forwarded: what went out over the channel, or came in. */
  readonly amountMsat: bigint;
  /** Of one of them it is not told: the sum is a lower bound. Absent where of all it is. */
  readonly isAmountAtLeast?: boolean;
  /** What this node earned by them. */
  readonly feeMsat: bigint;
  /** As of the amount. */
  readonly isFeeAtLeast?: boolean;
}

export interface FeeEffect extends FeeChangeView {
  /** Absent for the first policy that is known. */
  readonly before?: PolicyTerm;
  readonly after: PolicyTerm;
}

/** In the order of the changes, which is that of their times. */
export function feeEffects(
  changes: readonly FeeChangeView[],
  forwards: readonly ForwardView[],
): readonly FeeEffect[] {
  const outgoing = groupedBy(forwards, (one) => `${one.nodeId}.${one.outgoingChannelId}`);
  const incoming = groupedBy(forwards, (one) => `${one.nodeId}.${one.incomingChannelId}`);
  const effects = new Map<FeeChangeView, FeeEffect>();
  const ofOneSide = groupedBy(changes, (one) => `${one.side}.${one.nodeId}.${one.channelId}`);
  for (const own of ofOneSide.values()) {
    const [first] = own;
    if (first === undefined) continue;
    const through = first.side === 'local' ? outgoing : incoming;
    const touched = through.get(`${first.nodeId}.${first.channelId}`) ?? [];
    const terms = termsOf(first.side, own, touched);
    own.forEach((change, index) => {
      const [before, after] = [terms[index - 1], terms[index]];
      if (after) effects.set(change, { ...change, ...(before && { before }), after });
    });
  }
  return changes.flatMap((change) => effects.get(change) ?? []);
}

/** One for each change of one side's policy, in the order of their times; each forward is looked at once. */
function termsOf(
  side: FeeChangeView['side'],
  changes: readonly FeeChangeView[],
  touched: readonly ForwardView[],
): readonly PolicyTerm[] {
  const sums = changes.map(() => ({ forwardedCount: 0, failedCount: 0, ...noAmounts() }));
  for (const forward of touched) {
    const sum = sums[lastBy(changes, forward.at)];
    if (sum === undefined) continue;
    if (forward.outcome !== 'forwarded') {
      sum.failedCount += 1;
      continue;
    }
    sum.forwardedCount += 1;
    addIncoming(sum, forward);
    addOutgoing(sum, forward);
  }
  return sums.map(({ forwardedCount, failedCount, feeMsat, isFeeAtLeast, ...sum }, index) => {
    const [from = '', to] = [changes[index]?.at, changes[index + 1]?.at];
    const isOurs = side === 'local';
    const isAmountAtLeast = isOurs ? sum.isAmountOutAtLeast : sum.isAmountInAtLeast;
    return {
      from,
      ...present({ to }),
      forwardedCount,
      failedCount,
      amountMsat: isOurs ? sum.amountOutMsat : sum.amountInMsat,
      feeMsat,
      ...present({ isAmountAtLeast, isFeeAtLeast }),
    };
  });
}

/** The last of the changes that had happened by then, -1 before all. */
function lastBy(changes: readonly FeeChangeView[], time: string): number {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((changes[middle]?.at ?? '') <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
