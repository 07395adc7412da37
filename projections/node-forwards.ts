/** Forwards and payments of a node, summed. */
import type { ChannelId } from '../src/lightning/ids.ts';
import type { NodeEvent } from '../src/node/events.ts';
import type { ChannelForwardsRow, NodeRow } from './node-row.ts';
import type { Handlers } from './projection.ts';

export const forwardHandlers: Handlers<NodeRow, NodeEvent> = {
  PaymentForwarded(row, { data }) {
    const { incomingChannelId, outgoingChannelId, amountInMsat, amountOutMsat } = data;
    const feeMsat = data.feeMsat ?? difference(amountInMsat, amountOutMsat) ?? 0n;
    row.forwardedMsat += amountOutMsat ?? 0n;
    row.forwardedCount += 1;
    row.forwardFeesMsat += feeMsat;
    if (incomingChannelId !== undefined) {
      const incoming = forwardsOf(row, incomingChannelId);
      incoming.inMsat += amountInMsat ?? 0n;
      incoming.inCount += 1;
    }
    if (outgoingChannelId !== undefined) {
      const outgoing = forwardsOf(row, outgoingChannelId);
      outgoing.outMsat += amountOutMsat ?? 0n;
      outgoing.outCount += 1;
      outgoing.feeMsat += feeMsat;
    }
  },
  ForwardFailed(row, { data }) {
    row.forwardFailedCount += 1;
    const { incomingChannelId, outgoingChannelId } = data;
    for (const channelId of new Set([incomingChannelId, outgoingChannelId])) {
      if (channelId !== undefined) forwardsOf(row, channelId).failedCount += 1;
    }
  },
  PaymentSent(row, { data }) {
    row.sentMsat += data.amountMsat ?? 0n;
    row.sentFeesMsat += data.feeMsat ?? 0n;
    row.sentCount += 1;
  },
  PaymentFailed(row) {
    row.sendFailedCount += 1;
  },
  PaymentReceived(row, { data }) {
    row.receivedMsat += data.amountMsat;
    row.receivedCount += 1;
  },
};

function difference(amountIn: bigint | undefined, amountOut: bigint | undefined) {
  return amountIn === undefined || amountOut === undefined ? undefined : amountIn - amountOut;
}

/** The sums of a channel, added where it belongs in the order: nodes have thousands of channels. */
function forwardsOf({ forwards }: NodeRow, channelId: ChannelId): ChannelForwardsRow {
  let low = 0;
  let high = forwards.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const found = forwards[middle];
    if (found?.channelId === channelId) return found;
    if (found !== undefined && found.channelId < channelId) low = middle + 1;
    else high = middle;
  }
  const sums: ChannelForwardsRow = {
    channelId,
    inMsat: 0n,
    inCount: 0,
    outMsat: 0n,
    outCount: 0,
    feeMsat: 0n,
    failedCount: 0,
  };
  forwards.splice(low, 0, sums);
  // Not `sums` itself: what is in the row may be a draft of it.
  return forwards[low] ?? sums;
}
