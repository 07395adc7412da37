/** Forwards and payments of a node, summed. */
import type { NodeEvent } from '../src/node/events.ts';
import { type Added, addForward, forwardName } from './newest-forwards.ts';
import type { ChannelForwardsRow, ChannelPaymentsRow, ListRow, NodeRow } from './node-row.ts';
import { setBounds } from './placed-times.ts';
import type { Handlers, ViewedEvent } from './projection.ts';

type ListReadData = Extract<NodeEvent, { readonly type: 'ListRead' }>['data'];

export const forwardHandlers: Handlers<NodeRow, NodeEvent> = {
  PaymentForwarded(row, { data, happenedAt: at }) {
    const { amountInMsat, amountOutMsat } = data;
    const [from, to] = endsOf(data);
    const added = addForward(row, {
      name: forwardName(from && nameOf(from), to && nameOf(to), amountInMsat),
      at,
      hasHtlc: data.incomingHtlcId !== undefined,
      inMsat: amountInMsat,
      outMsat: amountOutMsat,
      feeMsat: data.feeMsat ?? difference(amountInMsat, amountOutMsat),
    });
    row.forwardedMsat += added.out.msat;
    row.forwardedCount += added.count;
    row.forwardFeesMsat += added.fee.msat;
    addUntold(row, 'forwardedUntoldCount', added.out);
    addUntold(row, 'forwardFeesUntoldCount', added.fee);
    if (from !== undefined) {
      const incoming = forwardsOf(row, from, at);
      incoming.inMsat += added.in.msat;
      addUntold(incoming, 'inUntoldCount', added.in);
      incoming.inCount += added.count;
      if (at > incoming.lastAt) incoming.lastAt = at;
    }
    if (to !== undefined) {
      const outgoing = forwardsOf(row, to, at);
      outgoing.outMsat += added.out.msat;
      outgoing.outCount += added.count;
      outgoing.feeMsat += added.fee.msat;
      addUntold(outgoing, 'outUntoldCount', added.out);
      addUntold(outgoing, 'feeUntoldCount', added.fee);
      if (at > outgoing.lastAt) outgoing.lastAt = at;
    }
  },
  ForwardFailed(row, { data, happenedAt: at }) {
    row.forwardFailedCount += 1;
    const [from, to] = endsOf(data);
    if (from !== undefined) forwardsOf(row, from, at).failedCount += 1;
    if (to !== undefined && (from === undefined || nameOf(to) !== nameOf(from))) {
      forwardsOf(row, to, at).failedCount += 1;
    }
  },
  PaymentSent(row, { data, happenedAt }) {
    const { amountMsat, feeMsat } = data;
    if (amountMsat !== undefined) row.sentMsat += amountMsat;
    else row.sentUntoldCount = (row.sentUntoldCount ?? 0) + 1;
    if (feeMsat !== undefined) row.sentFeesMsat += feeMsat;
    else row.sentFeesUntoldCount = (row.sentFeesUntoldCount ?? 0) + 1;
    row.sentCount += 1;
    for (const part of data.parts ?? []) {
      if (nameOf(part) === undefined) continue;
      const payments = paymentsOf(row, part, happenedAt);
      payments.sentMsat += part.amountMsat;
      payments.sentCount += 1;
    }
  },
  PaymentFailed(row) {
    row.sendFailedCount += 1;
  },
  PaymentReceived(row, { data, happenedAt }) {
    row.receivedMsat += data.amountMsat;
    row.receivedCount += 1;
    for (const part of data.parts ?? []) {
      if (nameOf(part) === undefined) continue;
      const payments = paymentsOf(row, part, happenedAt);
      payments.receivedMsat += part.amountMsat;
      payments.receivedCount += 1;
    }
  },
  ListRead(row, event) {
    listRead(row, event.data, event);
  },
};

function listRead(
  row: NodeRow,
  { list, firstIndex, lastIndex, isWindow = false }: ListReadData,
  { happenedAt: at, timeBounds }: Pick<ViewedEvent, 'happenedAt' | 'timeBounds'>,
): void {
  const known = row.lists.find((other) => other.list === list);
  if (known === undefined) {
    const stretches = [{ firstIndex, lastIndex }];
    const first: ListRow = { list, stretches, isWindow, firstAt: at, lastAt: at };
    setBounds(first, 'firstAtBounds', timeBounds);
    setBounds(first, 'lastAtBounds', timeBounds);
    row.lists.push(first);
    return;
  }
  known.stretches = joined([...known.stretches, { firstIndex, lastIndex }]);
  known.isWindow = isWindow;
  known.lastAt = at;
  setBounds(known, 'lastAtBounds', timeBounds);
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

/** Absent at 0: of nearly all everything is told. */
function addUntold<Field extends string>(
  row: { [Name in Field]?: number },
  field: Field,
  { untold }: Added,
): void {
  if (untold === 0) return;
  const count = (row[field] ?? 0) + untold;
  if (count === 0) delete row[field];
  else row[field] = count;
}

function difference(amountIn: bigint | undefined, amountOut: bigint | undefined) {
  return amountIn === undefined || amountOut === undefined ? undefined : amountIn - amountOut;
}

/** A channel as the teller calls it. */
type Called = Pick<ChannelForwardsRow, 'channelId' | 'shortChannelId'>;

const nameOf = ({ channelId, shortChannelId }: Called): string | undefined =>
  channelId ?? shortChannelId;

/** What came in where, and what went out where, as far as it is told. */
function endsOf(
  data: Extract<NodeEvent, { readonly type: 'PaymentForwarded' | 'ForwardFailed' }>['data'],
): readonly [Called | undefined, Called | undefined] {
  return [
    calledBy(data.incomingChannelId, data.incomingShortChannelId),
    calledBy(data.outgoingChannelId, data.outgoingShortChannelId),
  ];
}

function calledBy(
  channelId: Called['channelId'],
  shortChannelId: Called['shortChannelId'],
): Called | undefined {
  if (channelId !== undefined) return { channelId };
  return shortChannelId === undefined ? undefined : { shortChannelId };
}

function forwardsOf({ forwards }: NodeRow, called: Called, at: string): ChannelForwardsRow {
  return sumsOf(forwards, called, {
    inMsat: 0n,
    inCount: 0,
    outMsat: 0n,
    outCount: 0,
    feeMsat: 0n,
    failedCount: 0,
    lastAt: at,
  });
}

function paymentsOf({ payments }: NodeRow, called: Called, at: string): ChannelPaymentsRow {
  const sums = sumsOf(payments, called, {
    sentMsat: 0n,
    sentCount: 0,
    receivedMsat: 0n,
    receivedCount: 0,
    lastAt: at,
  });
  if (at > sums.lastAt) sums.lastAt = at;
  return sums;
}

/** The sums of a channel, added where it belongs in the order: nodes have thousands of channels. */
function sumsOf<S extends object>(
  all: (Called & S)[],
  { channelId, shortChannelId }: Called,
  none: S,
): Called & S {
  const called = calledBy(channelId, shortChannelId) ?? {};
  const name = nameOf(called) ?? '';
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const found = all[middle];
    const other = (found && nameOf(found)) ?? '';
    if (found !== undefined && other === name) return found;
    if (other < name) low = middle + 1;
    else high = middle;
  }
  const sums = { ...called, ...none };
  all.splice(low, 0, sums);
  // Not `sums` itself: what is in the row may be a draft of it.
  return all[low] ?? sums;
}
