/** Forwards and payments of a node, summed. */
import type { ChannelId } from '../src/lightning/ids.ts';
import type { NodeEvent } from '../src/node/events.ts';
import type { ChannelForwardsRow, ChannelPaymentsRow, ListRow, NodeRow } from './node-row.ts';
import type { Handlers } from './projection.ts';

type ListReadData = Extract<NodeEvent, { readonly type: 'ListRead' }>['data'];

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
    for (const { channelId, amountMsat } of data.parts ?? []) {
      if (channelId === undefined) continue;
      const payments = paymentsOf(row, channelId);
      payments.sentMsat += amountMsat;
      payments.sentCount += 1;
    }
  },
  PaymentFailed(row) {
    row.sendFailedCount += 1;
  },
  PaymentReceived(row, { data }) {
    row.receivedMsat += data.amountMsat;
    row.receivedCount += 1;
    for (const { channelId, amountMsat } of data.parts ?? []) {
      if (channelId === undefined) continue;
      const payments = paymentsOf(row, channelId);
      payments.receivedMsat += amountMsat;
      payments.receivedCount += 1;
    }
  },
  ListRead(row, { data, happenedAt }) {
    listRead(row, data, happenedAt);
  },
};

function listRead(
  row: NodeRow,
  { list, firstIndex, lastIndex, isWindow = false }: ListReadData,
  at: string,
): void {
  const known = row.lists.find((other) => other.list === list);
  if (known === undefined) {
    const stretches = [{ firstIndex, lastIndex }];
    row.lists.push({ list, stretches, isWindow, firstAt: at, lastAt: at });
    return;
  }
  known.stretches = joined([...known.stretches, { firstIndex, lastIndex }]);
  known.isWindow = isWindow;
  known.lastAt = at;
}

type Stretch = ListRow['stretches'][number];

function joined(stretches: readonly Stretch[]): Stretch[] {
  const apart: Stretch[] = [];
  for (const stretch of [...stretches].sort((a, b) => a.firstIndex - b.firstIndex)) {
    const last = apart.at(-1);
    if (last === undefined || stretch.firstIndex > last.lastIndex + 1) apart.push({ ...stretch });
    else last.lastIndex = Math.max(last.lastIndex, stretch.lastIndex);
  }
  return apart;
}

function difference(amountIn: bigint | undefined, amountOut: bigint | undefined) {
  return amountIn === undefined || amountOut === undefined ? undefined : amountIn - amountOut;
}

function forwardsOf({ forwards }: NodeRow, channelId: ChannelId): ChannelForwardsRow {
  return sumsOf(forwards, channelId, () => ({
    channelId,
    inMsat: 0n,
    inCount: 0,
    outMsat: 0n,
    outCount: 0,
    feeMsat: 0n,
    failedCount: 0,
  }));
}

function paymentsOf({ payments }: NodeRow, channelId: ChannelId): ChannelPaymentsRow {
  return sumsOf(payments, channelId, () => ({
    channelId,
    sentMsat: 0n,
    sentCount: 0,
    receivedMsat: 0n,
    receivedCount: 0,
  }));
}

/** The sums of a channel, added where it belongs in the order: nodes have thousands of channels. */
function sumsOf<S extends { readonly channelId: ChannelId }>(
  all: S[],
  channelId: ChannelId,
  none: () => S,
): S {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const found = all[middle];
    if (found?.channelId === channelId) return found;
    if (found !== undefined && found.channelId < channelId) low = middle + 1;
    else high = middle;
  }
  const sums = none();
  all.splice(low, 0, sums);
  // Not `sums` itself: what is in the row may be a draft of it.
  return all[low] ?? sums;
}
