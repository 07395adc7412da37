/** Forwards in the books: those that the node tells, and those that two HTLCs show. */
import type { ForwardView } from '../view-types.ts';
import type { Leg } from './channel-facts.ts';
import { type AccountingEntry, entryOf, type UnknownAmount } from './entry.ts';
import { isOther } from './forwarded-legs.ts';
import { movedSum } from './payment-parts.ts';

/** HTLCs of one payment that came and went. */
interface Through {
  readonly nodeId: string;
  readonly in: readonly Leg[];
  readonly out: readonly Leg[];
}

/** Forwards none of whose HTLCs is known by its id: each stands for one pair of a group that looks like it. */
export function unplacedForwards(unplaced: readonly ForwardView[]) {
  const left = new Map<string, ForwardView[]>();
  const keyOf = (nodeId: string, came: string, went: string, msat: bigint) =>
    `${nodeId} ${came} ${went} ${msat}`;
  for (const one of unplaced) {
    const { nodeId, incomingChannelId = '', outgoingChannelId = '' } = one;
    if (one.amountInMsat === undefined) continue;
    const key = keyOf(nodeId, incomingChannelId, outgoingChannelId, one.amountInMsat);
    left.set(key, [...(left.get(key) ?? []), one]);
  }
  const take = (came: Leg, went: Leg): boolean => {
    const key = keyOf(came.nodeId, came.channelId, went.channelId, came.amountMsat);
    const alike = left.get(key) ?? [];
    const nth = alike.findIndex(
      (forward) => isOther(came, went, forward) && isOther(went, came, forward),
    );
    if (nth < 0) return false;
    left.set(key, alike.toSpliced(nth, 1));
    return true;
  };
  return {
    /** What is left of a group: all of it where no such forward was told. */
    without({ nodeId, in: came, out }: Through): Through {
      const rest = new Set(out);
      const untold = came.filter((leg) => {
        const went = [...rest].find((one) => take(leg, one));
        if (went !== undefined) rest.delete(went);
        return went === undefined;
      });
      return { nodeId, in: untold, out: [...rest] };
    },
  };
}

export function enterForward(
  forward: ForwardView,
  entries: AccountingEntry[],
  unknownAmounts: UnknownAmount[],
): void {
  const { nodeId, at, outgoingChannelId, amountInMsat, amountOutMsat, feeMsat, eventId } = forward;
  const channel = outgoingChannelId === undefined ? {} : { channelId: outgoingChannelId };
  if (feeMsat === undefined) {
    unknownAmounts.push({ at, nodeId, ...channel, what: 'forward', eventId });
    return;
  }
  const [came, went] = [amountInMsat ?? '?', amountOutMsat ?? '?'];
  entries.push(
    entryOf({
      at,
      nodeId,
      ...channel,
      type: 'forward',
      ...signed(feeMsat),
      description: `${came} msat in, ${went} msat out`,
      eventIds: [eventId],
    }),
  );
}

/** What inbound discounts make of a fee may be a loss. */
function signed(msat: bigint) {
  return msat < 0n ? { debitMsat: -msat } : { creditMsat: msat };
}

/** Where one half of it is not told, so is what it earned. */
export function enterUntoldForward(
  { nodeId, out, in: came }: Through,
  entries: AccountingEntry[],
  unknownAmounts: UnknownAmount[],
): void {
  const [first = came[0]] = out;
  if (first === undefined) return;
  const { at, channelId, eventId } = first;
  if (out.length === 0 || came.length === 0) {
    unknownAmounts.push({ at, nodeId, channelId, what: 'forward', eventId });
    return;
  }
  const [amountIn, amountOut] = [movedSum(came), movedSum(out)];
  entries.push(
    entryOf({
      at,
      nodeId,
      channelId,
      type: 'forward',
      ...signed(amountIn - amountOut),
      description: `${amountIn} msat in, ${amountOut} msat out`,
      eventIds: [...out, ...came].map((leg) => leg.eventId),
    }),
  );
}
