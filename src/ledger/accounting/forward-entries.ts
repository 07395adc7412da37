/** Forwards in the books: those that the node tells, and those that two HTLCs show. */
import type { ForwardView } from '../view-types.ts';
import type { Leg } from './channel-facts.ts';
import { type AccountingEntry, entryOf, type UnknownAmount } from './entry.ts';
import type { AccountingFacts } from './facts.ts';
import { type Forwarded, isOther } from './forwarded-legs.ts';
import { movedSum } from './payment-parts.ts';
import { sameTime } from './same-time.ts';

const MSAT = 1000n;

/** HTLCs of one payment that came and went. */
interface Through {
  readonly nodeId: string;
  readonly in: readonly Leg[];
  readonly out: readonly Leg[];
}

/** Forwards none of whose HTLCs is known by its id: each stands for one pair of a group that looks like it. */
export function unplacedForwards({
  unplaced,
  placed,
}: Pick<Forwarded, 'unplaced'> & Pick<AccountingFacts, 'placed'>) {
  const isSameTime = sameTime(placed);
  const left = new Map<string, ForwardView[]>();
  const keyOf = (nodeId: string, came: string, went: string, sat: bigint) =>
    `${nodeId} ${came} ${went} ${sat}`;
  for (const one of unplaced) {
    const { nodeId, incomingChannelId = '', outgoingChannelId = '', amountInMsat } = one;
    if (amountInMsat === undefined) continue;
    const key = keyOf(nodeId, incomingChannelId, outgoingChannelId, amountInMsat / MSAT);
    const alike = left.get(key) ?? [];
    alike.push(one);
    left.set(key, alike);
  }
  const isPair = (forward: ForwardView, came: Leg, went: Leg): boolean => {
    if (!isOther(came, went, forward) || !isOther(went, came, forward)) return false;
    const { incomingChannelId: from, outgoingChannelId: to, amountInMsat } = forward;
    if (from !== undefined && to !== undefined && amountInMsat === came.amountMsat) return true;
    // Of a channel that the ledger knows by no such short id, or of rounded amounts, the time must fit as well.
    const isPriced = forward.amountOutMsat !== undefined || forward.feeMsat !== undefined;
    return isPriced && isSameTime(forward, came) && isSameTime(forward, went);
  };
  const take = (came: Leg, went: Leg): boolean => {
    const sat = came.amountMsat / MSAT;
    for (const key of [sat, sat - 1n, sat + 1n].flatMap((near) => [
      keyOf(came.nodeId, came.channelId, went.channelId, near),
      keyOf(came.nodeId, came.channelId, '', near),
      keyOf(came.nodeId, '', went.channelId, near),
      keyOf(came.nodeId, '', '', near),
    ])) {
      const alike = left.get(key) ?? [];
      const nth = alike.findIndex((forward) => isPair(forward, came, went));
      if (nth < 0) continue;
      alike.splice(nth, 1);
      return true;
    }
    return false;
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
