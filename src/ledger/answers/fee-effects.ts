/**
 * What went through a channel under the policy before a change and under the one after it. Our policy
 * is paid by what goes out over the channel, the peer's by what comes in over it: that is counted. Pure.
 */
import type { FeeChangeView, ForwardView } from '../view-types.ts';
import { groupedBy } from './tellers.ts';

/** The time one policy held, and the forwards of that time. */
export interface PolicyTerm {
  readonly from: string;
  /** When the next policy took its place; absent where it holds at the end of what is asked. */
  readonly to?: string;
  readonly forwardedCount: number;
  readonly failedCount: number;
  /** Of those forwarded: what went out over the channel, or came in. */
  readonly amountMsat: bigint;
  /** What this node earned by them. */
  readonly feeMsat: bigint;
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
    const terms = own.map(({ at }, index) => termOf(first.side, touched, at, own[index + 1]?.at));
    own.forEach((change, index) => {
      const [before, after] = [terms[index - 1], terms[index]];
      if (after) effects.set(change, { ...change, ...(before && { before }), after });
    });
  }
  return changes.flatMap((change) => effects.get(change) ?? []);
}

function termOf(
  side: FeeChangeView['side'],
  touched: readonly ForwardView[],
  from: string,
  to: string | undefined,
): PolicyTerm {
  const within = touched.filter(({ at }) => at >= from && (to === undefined || at < to));
  const done = within.filter(({ outcome }) => outcome === 'forwarded');
  const amountOf = ({ amountInMsat, amountOutMsat }: ForwardView) =>
    (side === 'local' ? amountOutMsat : amountInMsat) ?? 0n;
  return {
    from,
    ...(to !== undefined && { to }),
    forwardedCount: done.length,
    failedCount: within.length - done.length,
    amountMsat: done.reduce((sum, forward) => sum + amountOf(forward), 0n),
    feeMsat: done.reduce((sum, { feeMsat = 0n }) => sum + feeMsat, 0n),
  };
}
