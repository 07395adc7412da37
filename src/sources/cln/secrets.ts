/**
 * `shachain_known`: what the peer revealed of its given-up commitments. At most 49 secrets are kept, from
 * which all before them can be derived (BOLT 3, Efficient Per-commitment Secret Storage).
 */
import type { Tally } from '../tally.ts';
import { reasonOf } from './chain-tables.ts';
import type { ChannelRecord } from './channel-record.ts';
import type { ForeignDatabase } from './database.ts';
import { must, RecordError, type Row } from './row.ts';

export interface RevealedSecret {
  /** Of the peer's commitment. */
  readonly number: number;
  readonly secret: string;
}

const FIRST_INDEX = 2n ** 48n - 1n;

/** The secrets kept as they are, by rising commitment number. */
export function revealedSecrets(
  database: ForeignDatabase,
  { shachainId, dbid }: ChannelRecord,
  tally: Tally,
): readonly RevealedSecret[] {
  if (shachainId === undefined || !database.has('shachain_known')) return [];
  const secrets = new Map<number, RevealedSecret>();
  const sql = `SELECT k.pos AS pos, k.idx AS idx, k.hash AS hash, s.num_valid AS num_valid
    FROM main.shachain_known k JOIN main.shachains s ON s.id = k.shachain_id
    WHERE k.shachain_id = ? ORDER BY k.idx DESC`;
  for (const row of database.rows(sql, shachainId)) {
    try {
      const revealed = revealedSecret(row);
      tally.read('shachain_known');
      if (revealed !== undefined) secrets.set(revealed.number, revealed);
    } catch (cause) {
      tally.bad(`${database.file} shachain_known of channel ${dbid}`, reasonOf(cause));
    }
  }
  return [...secrets.values()];
}

/** Undefined for a place that holds nothing yet. Throws a RecordError where place and index do not fit. */
function revealedSecret(row: Row): RevealedSecret | undefined {
  const pos = must('pos', row.count('pos'));
  const index = must('idx', row.integer('idx'));
  if (index < 0n || index > FIRST_INDEX) throw new RecordError('"idx" expected 48 bits');
  if (pos !== trailingZeros(index)) {
    throw new RecordError('"pos" expected the number of zero bits that "idx" ends with');
  }
  if (pos >= must('num_valid', row.count('num_valid'))) return undefined;
  return { number: Number(FIRST_INDEX - index), secret: must('hash', row.hex('hash', 32)) };
}

function trailingZeros(index: bigint): number {
  let zeros = 0;
  while (zeros < 48 && ((index >> BigInt(zeros)) & 1n) === 0n) zeros++;
  return zeros;
}
