/**
 * What the bookkeeper has in a channel's account: rows of its own database, and of `channel_moves` and
 * `chain_moves`, which took its place. What is in no channel's account is counted and left out.
 */
import type { ChannelEventData } from '../../channel/events.ts';
import { type ChannelId, type Outpoint, outpointOf, txidOfBytes } from '../../lightning/ids.ts';
import { present, type Row } from './row.ts';
import { type Placed, type Subject, statedInSeconds, type Teller } from './teller.ts';

export type Movement = ChannelEventData<'MovementBooked'>;

export const OUTSIDE = 'they are outside of a channel ledger';

/** `enum mvt_tag` (common/coin_mvt.h), each the bit of its place in `tag_bitmap`. */
const TAGS = [
  ...['deposit', 'withdrawal', 'penalty', 'invoice', 'routed', 'pushed', 'channel_open'],
  ...['channel_close', 'delayed_to_us', 'htlc_timeout', 'htlc_fulfill', 'htlc_tx', 'to_wallet'],
  ...['anchor', 'to_them', 'penalized', 'stolen', 'to_miner', 'opener', 'lease_fee', 'leased'],
  ...['stealable', 'channel_proposed', 'splice', 'penalty_adj', 'journal_entry', 'foreign'],
  'ignored',
] as const;
/** Those that go with another, which says what the movement is (`mvt_tag_is_primary`). */
const EXTRA = new Set<string>(['opener', 'leased', 'stealable', 'splice', 'foreign', 'ignored']);

/** The tags of a bitmap, what the movement is first; unknown bits by their number. */
export function tagsOf(bitmap: bigint): string[] {
  const tags: string[] = [];
  for (let bit = 0; bit < 64; bit++) {
    if (((bitmap >> BigInt(bit)) & 1n) === 1n) tags.push(TAGS[bit] ?? `tag ${bit}`);
  }
  return [...tags.filter((tag) => !EXTRA.has(tag)), ...tags.filter((tag) => EXTRA.has(tag))];
}

export function signedAmounts(msat: bigint): Pick<Movement, 'creditMsat' | 'debitMsat'> {
  return msat < 0n ? { creditMsat: 0n, debitMsat: -msat } : { creditMsat: msat, debitMsat: 0n };
}

/** An account's name is the channel's id; the wallet, and what is the peer's, have names of their own. */
export function channelAccount(name: string | undefined): ChannelId | undefined {
  return name !== undefined && /^[0-9a-f]{64}$/.test(name) ? (name as ChannelId) : undefined;
}

/** `blob` of `chain_moves.utxo`: the transaction's 32 bytes and the output's number, big-endian (`db_bind_outpoint`). */
export function utxoColumn(row: Row, column: string): Outpoint | undefined {
  const bytes = row.bytes(column, 36);
  if (bytes === undefined) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return outpointOf(txidOfBytes(bytes.subarray(0, 32)), view.getUint32(32));
}

export interface Booked {
  readonly subject: Subject;
  readonly movement: Movement;
  readonly paymentHash?: string | undefined;
  /** The table or list that has it, and which record of it this is. */
  readonly book: string;
  readonly record: string;
  readonly seconds: bigint;
  /** Where the record's time is finer than a second. */
  readonly placed?: Placed;
}

export function movementTold(teller: Teller, booked: Booked) {
  const { subject, movement, paymentHash, book, record, seconds, placed } = booked;
  const data = present({ ...movement, book }) as Movement;
  const secret = paymentHash === undefined ? {} : { secret: { paymentHash } };
  const heard = {
    place: `${book}/${record}`,
    placed: placed ?? statedInSeconds(seconds),
    blockHeight: movement.height,
  };
  return teller.channel(subject, { type: 'MovementBooked', data, ...secret }, heard);
}
