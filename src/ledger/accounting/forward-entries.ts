/** Forwards in the books: those that the node tells, and those that two HTLCs show. */
import type { ForwardView } from '../view-types.ts';
import type { Leg } from './channel-facts.ts';
import { type AccountingEntry, entryOf, type UnknownAmount } from './entry.ts';
import { movedSum } from './payment-parts.ts';

/** HTLCs of one payment that came and went. */
interface Through {
  readonly nodeId: string;
  readonly in: readonly Leg[];
  readonly out: readonly Leg[];
}

/** Forwards that a node told without their HTLCs: each stands for one group that looks like it. */
export function unnamedForwards(forwards: readonly ForwardView[]) {
  const counts = new Map<string, number>();
  const keyOf = (nodeId: string, came: string, went: string, msat: bigint) =>
    `${nodeId} ${came} ${went} ${msat}`;
  for (const one of forwards) {
    const { nodeId, incomingHtlcId, incomingChannelId = '', outgoingChannelId = '' } = one;
    const isNamed = incomingHtlcId !== undefined || one.outgoingHtlcId !== undefined;
    if (isNamed || one.amountInMsat === undefined) continue;
    const key = keyOf(nodeId, incomingChannelId, outgoingChannelId, one.amountInMsat);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return {
    take({ nodeId, in: came, out }: Through): boolean {
      const [incoming, outgoing] = [came[0]?.channelId ?? '', out[0]?.channelId ?? ''];
      const key = keyOf(nodeId, incoming, outgoing, movedSum(came));
      const left = counts.get(key) ?? 0;
      if (left > 0) counts.set(key, left - 1);
      return left > 0;
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

export function enterUntoldForward(
  { nodeId, out, in: came }: Through,
  entries: AccountingEntry[],
): void {
  const [first] = out;
  if (first === undefined) return;
  const [amountIn, amountOut] = [movedSum(came), movedSum(out)];
  entries.push(
    entryOf({
      at: first.at,
      nodeId,
      channelId: first.channelId,
      type: 'forward',
      ...signed(amountIn - amountOut),
      description: `${amountIn} msat in, ${amountOut} msat out`,
      eventIds: [...out, ...came].map(({ eventId }) => eventId),
    }),
  );
}
