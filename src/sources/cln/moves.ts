/** `channel_moves` and `chain_moves` of `lightningd.sqlite3` (from v25.09 on), by channel. */
import type { ChannelObservation } from '../../observation/observation.ts';
import type { Tally } from '../tally.ts';
import { reasonOf } from './chain-tables.ts';
import type { ChannelRecord } from './channel-record.ts';
import type { ForeignDatabase } from './database.ts';
import {
  type Booked,
  movementTold,
  OUTSIDE,
  signedAmounts,
  tagsOf,
  utxoColumn,
} from './movements.ts';
import { must, present, type Row, txidColumn } from './row.ts';
import type { Subject, Teller } from './teller.ts';

const COLUMNS = {
  channel_moves: [
    ...['id', 'tag_bitmap', 'credit_or_debit', 'payment_hash', 'payment_part_id'],
    ...['payment_group_id', 'fees'],
  ],
  chain_moves: [
    ...['id', 'tag_bitmap', 'credit_or_debit', 'utxo', 'spending_txid', 'payment_hash'],
    ...['block_height', 'output_sat'],
  ],
} as const;
type Table = keyof typeof COLUMNS;
const TABLES = ['channel_moves', 'chain_moves'] as const;

/** Rows of no channel's account are counted once for all channels. */
export function countOtherMoves(database: ForeignDatabase, tally: Tally): void {
  for (const table of TABLES) {
    if (!database.has(table)) continue;
    const sql = `SELECT count(*) AS n FROM main.${table} m
      WHERE m.account_channel_id IS NULL OR m.account_channel_id NOT IN (SELECT id FROM main.channels)`;
    const count = database.one(sql)?.count('n') ?? 0;
    if (count > 0) tally.unread(`${table} of no channel`, OUTSIDE, count);
  }
}

/** What one channel's account holds, by time. */
export function* channelMoves(
  database: ForeignDatabase,
  channel: ChannelRecord,
  { teller, tally }: { readonly teller: Teller; readonly tally: Tally },
): Generator<ChannelObservation> {
  const all = [...new Set(Object.values(COLUMNS).flat())];
  const parts = TABLES.filter((table) => database.has(table)).map((table) => {
    return `SELECT '${table}' AS book, m.timestamp AS timestamp, ${database.select(table, 'm', all)}
      FROM main.${table} m WHERE m.account_channel_id = ${channel.dbid}`;
  });
  if (parts.length === 0) return;
  let nth = 0;
  for (const row of database.rows(`${parts.join(' UNION ALL ')} ORDER BY timestamp, book, id`)) {
    nth++;
    const table = row.text('book') as Table;
    try {
      const booked = bookedOf(row, table, channel);
      teller.secondsOf('timestamp', booked.seconds);
      tally.read(table);
      yield movementTold(teller, booked);
    } catch (cause) {
      const place = `${database.file} ${table} of channel ${channel.dbid}, record ${nth}`;
      tally.bad(place, reasonOf(cause));
    }
  }
}

function bookedOf(row: Row, table: Table, subject: Subject): Booked {
  const outputSat = row.amount('output_sat');
  const partId = row.unsigned('payment_part_id');
  const groupId = row.unsigned('payment_group_id');
  const movement = {
    kind: table === 'channel_moves' ? 'channel' : 'chain',
    tags: tagsOf(must('tag_bitmap', row.unsigned('tag_bitmap'))),
    ...signedAmounts(must('credit_or_debit', row.integer('credit_or_debit'))),
    ...present({
      feesMsat: row.amount('fees'),
      partId: partId === undefined ? undefined : String(partId),
      groupId: groupId === undefined ? undefined : String(groupId),
      outpoint: utxoColumn(row, 'utxo'),
      txid: txidColumn(row, 'spending_txid'),
      outputMsat: outputSat === undefined ? undefined : outputSat * 1000n,
      height: row.count('block_height'),
    }),
  } as const;
  return {
    subject,
    movement,
    paymentHash: row.hex('payment_hash', 32),
    book: table,
    record: String(must('id', row.count('id'))),
    seconds: must('timestamp', row.integer('timestamp')),
  };
}
