/** Where forwarded payments came in and where they went out, summed by day. Pure. */
import type { ForwardAmounts, ForwardView } from '../view-types.ts';
import { addIncoming, addOutgoing, noAmounts } from './forward-amounts.ts';
import { UNKNOWN_GROUP } from './forwards.ts';

/** What went one way through one node on one day. */
export interface Flow extends ForwardAmounts {
  readonly nodeId: string;
  /** UTC: 2026-03-14. */
  readonly day: string;
  /** Channel or peer id, as asked; `unknown` where the source did not say. */
  readonly incoming: string;
  readonly outgoing: string;
  readonly forwardedCount: number;
  readonly failedCount: number;
}

type Sum = { -readonly [Field in keyof Flow]: Flow[Field] };

const DAY = '2026-03-14'.length;

/** In the order of the forwards: by the day, and then as each way was first gone. */
export function flowsOf(forwards: readonly ForwardView[], by: 'channel' | 'peer'): readonly Flow[] {
  const sums = new Map<string, Sum>();
  for (const forward of forwards) {
    const sum = sumOf(sums, forward, by);
    if (forward.outcome === 'failed') {
      sum.failedCount += 1;
      continue;
    }
    sum.forwardedCount += 1;
    addIncoming(sum, forward);
    addOutgoing(sum, forward);
  }
  return [...sums.values()];
}

function sumOf(sums: Map<string, Sum>, forward: ForwardView, by: 'channel' | 'peer'): Sum {
  const { nodeId, incomingChannelId, incomingPeerId, outgoingChannelId, outgoingPeerId } = forward;
  const day = forward.at.slice(0, DAY);
  const incoming = (by === 'channel' ? incomingChannelId : incomingPeerId) ?? UNKNOWN_GROUP;
  const outgoing = (by === 'channel' ? outgoingChannelId : outgoingPeerId) ?? UNKNOWN_GROUP;
  const key = [nodeId, day, incoming, outgoing].join();
  const known = sums.get(key);
  if (known !== undefined) return known;
  const sum: Sum = {
    nodeId,
    day,
    incoming,
    outgoing,
    forwardedCount: 0,
    failedCount: 0,
    ...noAmounts(),
  };
  sums.set(key, sum);
  return sum;
}
