/** The HTLCs of one channel one by one, and what each becomes. */
import type { ChannelEventData } from '../../channel/events.ts';
import type { ChannelFact } from '../../channel/observations.ts';
import type { ChannelId } from '../../lightning/ids.ts';
import type { Tally } from '../tally.ts';
import { reasonOf } from './chain-tables.ts';
import type { ChannelRecord } from './channel-record.ts';
import type { ForeignDatabase } from './database.ts';
import { HtlcCounts, type HtlcRecord, htlcRecord, htlcRows, type Outcome } from './htlcs.ts';
import type { Teller } from './teller.ts';

export interface HtlcReader {
  readonly database: ForeignDatabase;
  readonly teller: Teller;
  readonly channelOf: (dbid: bigint) => ChannelId | undefined;
}

/** In the order in which they were added. Bad ones are passed over, and counted where a tally is given. */
export function* htlcRecords(
  { database, teller, channelOf }: HtlcReader,
  channel: ChannelRecord,
  tally?: Tally,
): Generator<HtlcRecord> {
  let lastRow: bigint | undefined;
  let nth = 0;
  for (const row of htlcRows(database, channel)) {
    nth++;
    let htlc: HtlcRecord;
    try {
      htlc = htlcRecord(row, teller, channelOf);
    } catch (cause) {
      const place = `${database.file} channel_htlcs of channel ${channel.dbid}, record ${nth}`;
      const reason = reasonOf(cause);
      tally?.bad(place, reason);
      continue;
    }
    // Two invoices or payments of one hash make two rows of it.
    if (htlc.rowId === lastRow) continue;
    lastRow = htlc.rowId;
    tally?.read('channel_htlcs');
    yield htlc;
  }
}

/** How those ended of which nobody says it, as far as the channel's own counters leave one answer. */
export function deducedOutcomes(
  reader: HtlcReader,
  channel: ChannelRecord,
): Readonly<Record<HtlcRecord['direction'], Outcome | undefined>> {
  const counts = { offered: new HtlcCounts(), received: new HtlcCounts() };
  for (const htlc of htlcRecords(reader, channel)) counts[htlc.direction].take(htlc);
  const { sent, received } = channel;
  return { offered: counts.offered.deduced(sent), received: counts.received.deduced(received) };
}

export function gap(data: ChannelEventData<'RecordingGap'>): ChannelFact {
  return { type: 'RecordingGap', data };
}

export function htlcAdded(htlc: HtlcRecord): ChannelFact {
  const { id, direction, amountMsat, cltvExpiry, forwardOf, paymentHash } = htlc;
  const data = { id, direction, amountMsat, cltvExpiry, ...(forwardOf && { forwardOf }) };
  return { type: 'HtlcAdded', data, ...(paymentHash && { secret: { paymentHash } }) };
}

/** Where its end is not known, what is told is the gap. */
export function htlcEnded(htlc: HtlcRecord, isDeduced: boolean): ChannelFact {
  const { id, direction, amountMsat, outcome, preimage, failureCode } = htlc;
  const common = { id, direction, amountMsat, isOnChain: false };
  const data = isDeduced ? { ...common, isDeduced } : common;
  switch (outcome) {
    case 'settled':
      return { type: 'HtlcSettled', data, ...(preimage && { secret: { preimage } }) };
    case 'failed': {
      const code = failureCode === undefined ? {} : { failureCode };
      return { type: 'HtlcFailed', data: { ...data, ...code } };
    }
    default: {
      const side = direction === 'offered' ? 'local' : 'remote';
      const why = `${direction} HTLC ${id} is gone, and whether it was paid is not known`;
      return gap({ what: 'htlcs', side, lastKnown: id, why });
    }
  }
}
