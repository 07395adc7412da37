/** HTLCs that nobody told are unknown, and not none. */
import { test } from 'uvu';
import { equal, is } from 'uvu/assert';
import type { ChannelRow, HtlcRow } from '../../../projections/channel-row.ts';
import { mergeChannel } from '../../../src/ledger/answers/merge.ts';
import { at, channelRow, commitment, observed, showing } from './rows.ts';

const htlc = (id: number, changes: Partial<HtlcRow> = {}): HtlcRow => ({
  ...{ id, direction: 'offered', amountMsat: 5_000_000n, cltvExpiry: 500 },
  ...changes,
});

/** Met by a book of its movements: neither a balance nor a commitment is told. */
const booked = (changes: Partial<ChannelRow> = {}) =>
  channelRow({ source: 'cln-bookkeeper', isAdopted: true, status: 'unknown', ...changes });

function told(...rows: readonly ChannelRow[]) {
  const view = mergeChannel({ rows });
  const { htlcs, pendingHtlcCount, pendingOfferedMsat, pendingReceivedMsat } = view;
  const sums = [pendingOfferedMsat, pendingReceivedMsat];
  return { ids: htlcs?.map(({ id }) => id), pending: pendingHtlcCount, sums };
}

const unknown = { ids: undefined, pending: undefined, sums: [undefined, undefined] };
const none = { ids: [], pending: 0, sums: [0n, 0n] };

test('where nobody told a commitment, a balance or an HTLC, what is pending is unknown', () => {
  equal(told(booked()), unknown);
  equal(told(booked({ status: 'open' }), booked({ source: 'mine' })), unknown);
  const view = mergeChannel({ rows: [booked()] });
  for (const field of ['htlcs', 'pendingHtlcCount', 'pendingOfferedMsat', 'pendingReceivedMsat']) {
    is(field in view, false, field);
  }
});

test('one teller of a commitment, or of a balance, tells for all', () => {
  equal(told(booked(), channelRow(showing(commitment(7)))), none);
  equal(told(booked(), channelRow({ remote: commitment(7) })), none);
  const seen = observed(600_000_000n, 400_000_000n, 'sat', at(5));
  equal(told(booked(), channelRow({ source: 'lnd-rpc', ...seen })), none);
});

test('of who tells HTLCs and no commitment those are pending that have not ended', () => {
  const htlcs = [htlc(0, { outcome: 'settled' }), htlc(1), htlc(0, { direction: 'received' })];
  const teller = booked({ htlcs, nextOfferedId: 2, nextReceivedId: 1 });
  equal(told(teller), { ids: [0, 1, 0], pending: 2, sums: [5_000_000n, 5_000_000n] });
  // All of them have ended, and were let go.
  equal(told(booked({ nextOfferedId: 40 })), none);
});

test('after a close by both ends, or before any opening, there is none', () => {
  for (const kind of ['cooperative', 'funding-cancelled'] as const) {
    equal(told(booked({ status: 'closed', close: { kind, outputs: [] } })), none, kind);
  }
});

test('what a forced close left is unknown, until all of it is resolved', () => {
  for (const kind of ['local-force', 'remote-force', 'breach', 'abandoned', 'unknown'] as const) {
    const close = { kind, outputs: [] };
    equal(told(booked({ status: 'closed', close })), unknown, kind);
    const ended = { ...none, ids: undefined };
    equal(told(booked({ status: 'resolved', close })), ended, kind);
  }
  equal(told(booked({ status: 'closed' })), unknown);
});

test.run();
