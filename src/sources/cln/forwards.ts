/** `forwards`, and `forwarded_payments` of schemas before it: what the node carried from peer to peer. */
import { type ChannelId, ShortChannelId } from '../../lightning/ids.ts';
import type { NodeObservation } from '../../observation/observation.ts';
import type { Tally } from '../tally.ts';
import { reasonOf } from './chain-tables.ts';
import type { ForeignDatabase } from './database.ts';
import { must, present, RecordError, type Row } from './row.ts';
import { after, type Placed, statedAt, type Teller } from './teller.ts';

/** `enum forward_status` (lightning: wallet/wallet.h). */
const STATUS = ['offered', 'settled', 'failed', 'local_failed'] as const;

export interface ForwardRecord {
  readonly status: (typeof STATUS)[number];
  readonly inScid: bigint;
  readonly outScid: bigint | undefined;
  readonly inHtlcId: number | undefined;
  readonly outHtlcId: number | undefined;
  readonly amountInMsat: bigint | undefined;
  readonly amountOutMsat: bigint | undefined;
  readonly failureCode: number | undefined;
  readonly reason?: string | undefined;
  readonly receivedNs: bigint | undefined;
  readonly resolvedNs: bigint | undefined;
}

export interface ForwardReader {
  readonly teller: Teller;
  readonly tally: Tally;
  /** Which channel of the same records it is; what is not among them is looked up when it is asked. */
  readonly channelOf: (scid: bigint) => ChannelId | undefined;
  readonly earliestNs: bigint;
}

/** All forwards that are over, by when they were. */
export function* forwards(
  database: ForeignDatabase,
  reader: ForwardReader,
): Generator<NodeObservation> {
  const table = ['forwards', 'forwarded_payments'].find((name) => database.has(name));
  if (table === undefined) return;
  let nth = 0;
  for (const row of database.rows(forwardSql(database, table))) {
    nth++;
    try {
      const record = forwardRecord(row, reader.teller);
      reader.tally.read(table);
      const told = forwardTold(record, table, reader);
      if (told !== undefined) yield told;
    } catch (cause) {
      reader.tally.bad(`${database.file} ${table}, record ${nth}`, reasonOf(cause));
    }
  }
}

function forwardSql(database: ForeignDatabase, table: string): string {
  const columns = [
    ...['in_channel_scid', 'out_channel_scid', 'in_msatoshi', 'out_msatoshi', 'state'],
    ...['received_time', 'resolved_time', 'failcode'],
  ];
  const told = database.select(table, 'f', columns);
  const byTime = 'ORDER BY coalesce(f.resolved_time, f.received_time)';
  if (table === 'forwards') {
    const ids = database.select(table, 'f', ['in_htlc_id', 'out_htlc_id']);
    return `SELECT ${told}, ${ids} FROM main.forwards f ${byTime}`;
  }
  // There the ids are those of rows, which are gone with their channel.
  return `SELECT ${told}, i.channel_htlc_id AS in_htlc_id, o.channel_htlc_id AS out_htlc_id
    FROM main.${table} f
    LEFT JOIN main.channel_htlcs i ON i.id = f.in_htlc_id
    LEFT JOIN main.channel_htlcs o ON o.id = f.out_htlc_id ${byTime}`;
}

function forwardRecord(row: Row, teller: Teller): ForwardRecord {
  const status = STATUS[must('state', row.count('state'))];
  if (status === undefined) throw new RecordError('"state" expected a state from 0 to 3');
  return {
    status,
    inScid: must('in_channel_scid', row.unsigned('in_channel_scid')),
    outScid: row.unsigned('out_channel_scid'),
    inHtlcId: htlcIdOf(row, 'in_htlc_id'),
    outHtlcId: htlcIdOf(row, 'out_htlc_id'),
    amountInMsat: row.amount('in_msatoshi'),
    amountOutMsat: row.amount('out_msatoshi'),
    failureCode: row.count('failcode'),
    receivedNs: teller.timeNs('received_time', row.integer('received_time')),
    resolvedNs: teller.timeNs('resolved_time', row.integer('resolved_time')),
  };
}

/** A migration numbered those it knew nothing of below zero. */
function htlcIdOf(row: Row, column: string): number | undefined {
  const id = row.integer(column);
  return id !== undefined && id < 0n ? undefined : row.count(column);
}

/** Undefined while it is still under way. */
export function forwardTold(
  record: ForwardRecord,
  table: string,
  { teller, tally, channelOf, earliestNs }: ForwardReader,
): NodeObservation | undefined {
  const { status, inScid, inHtlcId, receivedNs, resolvedNs } = record;
  if (status === 'offered') {
    tally.unread('forwards under way', 'neither their end nor what they earn is decided yet');
    return undefined;
  }
  const outScid = record.outScid === 0n ? undefined : record.outScid;
  const incomingChannelId = channelOf(inScid);
  const outgoingChannelId = outScid === undefined ? undefined : channelOf(outScid);
  const { amountInMsat, amountOutMsat } = record;
  const route = present({
    incomingChannelId,
    incomingShortChannelId: incomingChannelId ? undefined : ShortChannelId(inScid),
    incomingHtlcId: inHtlcId,
    outgoingChannelId,
    outgoingShortChannelId:
      outgoingChannelId || outScid === undefined ? undefined : ShortChannelId(outScid),
    // An HTLC id names nothing without its channel.
    outgoingHtlcId: outScid === undefined ? undefined : record.outHtlcId,
  } as const);
  const place = `${table}/${inScid}/${inHtlcId ?? `at ${receivedNs ?? 'no time'}`}`;
  const heard = { place, placed: placedAt(resolvedNs, receivedNs, earliestNs) };
  if (status === 'settled') {
    const isPriced =
      amountInMsat !== undefined && amountOutMsat !== undefined && amountInMsat >= amountOutMsat;
    const amounts = present({
      amountInMsat,
      amountOutMsat,
      feeMsat: isPriced ? amountInMsat - amountOutMsat : undefined,
    });
    return teller.node({ type: 'PaymentForwarded', data: { ...route, ...amounts } }, heard);
  }
  const { failureCode } = record;
  const reason =
    record.reason ?? (status === 'local_failed' ? 'this node refused it' : 'it failed further on');
  const data = { ...route, ...present({ amountInMsat, amountOutMsat, failureCode }), reason };
  return teller.node({ type: 'ForwardFailed', data }, heard);
}

function placedAt(
  resolvedNs: bigint | undefined,
  receivedNs: bigint | undefined,
  earliestNs: bigint,
): Placed {
  if (resolvedNs !== undefined && resolvedNs > 0n) return statedAt(resolvedNs);
  return after(receivedNs ?? earliestNs);
}
