/** What a payment moved over which channel: its HTLCs, or the parts that a list of payments tells. */
import type { Leg } from './channel-facts.ts';
import type { Payment } from './facts.ts';

/** Of one payment over one channel. */
export interface Moved {
  /** Absent where no channel of the ledger goes by the name that was told. */
  readonly channelId?: string;
  /** What the channel's balance moved by: with the fee, where we sent it. */
  readonly amountMsat: bigint;
  readonly feesMsat?: bigint;
  /** When its HTLC was settled, and the event of that, where there is one. */
  readonly at?: string;
  readonly eventId?: string;
}

/** The HTLCs we offered; parts that were told, where they make up the payment and the HTLCs do not. */
export function sentOver(sent: Payment | undefined, legs: readonly Leg[]): readonly Moved[] {
  return fuller(told(sent?.parts ?? [], sentTotal(sent)), legs);
}

/** What left the node for it. */
export function sentTotal(sent: Payment | undefined): bigint | undefined {
  const { amountMsat, feeMsat, totalMsat } = sent ?? {};
  return amountMsat === undefined || feeMsat === undefined ? totalMsat : amountMsat + feeMsat;
}

/** The same of a payment to us. */
export function receivedOver(
  received: Payment | undefined,
  legs: readonly Leg[],
): readonly Moved[] {
  const { parts = [], amountMsat } = received ?? {};
  return fuller(told(parts, amountMsat), legs);
}

export const movedSum = (moved: readonly Moved[]): bigint =>
  moved.reduce((sum, { amountMsat }) => sum + amountMsat, 0n);

/** None where they are not all of it. Old lists round a part to the satoshi: one part is the whole payment. */
function told(parts: readonly Moved[], totalMsat: bigint | undefined): readonly Moved[] {
  if (totalMsat === undefined || movedSum(parts) === totalMsat) return parts;
  const [only, ...others] = parts;
  return only === undefined || others.length > 0 ? [] : [{ ...only, amountMsat: totalMsat }];
}

function fuller(parts: readonly Moved[], legs: readonly Leg[]): readonly Moved[] {
  if (movedSum(parts) <= movedSum(legs)) return legs;
  const left = [...legs];
  return parts.map((part) => {
    const nth = left.findIndex(
      ({ channelId, amountMsat }) => channelId === part.channelId && amountMsat === part.amountMsat,
    );
    const [leg] = nth < 0 ? [] : left.splice(nth, 1);
    return leg === undefined ? part : { ...part, at: leg.at, eventId: leg.eventId };
  });
}
