/** `bkpr-listaccountevents`, `listchannelmoves` and `listchainmoves`: a channel's account, row by row. */
import { type ChannelId, Outpoint, Txid } from '../../lightning/ids.ts';
import { type Booked, channelAccount, type Movement } from './movements.ts';
import { must, present, RecordError, type Row } from './row.ts';
import type { Subject } from './teller.ts';

export interface JsonBook {
  readonly subjectOf: (channelId: ChannelId) => Subject | undefined;
  /** How often the like of an event was read: events have no number of their own. */
  readonly repeats: Map<string, number>;
}

const EVENT_KINDS: Readonly<Record<string, Movement['kind']>> = {
  chain: 'chain',
  channel: 'channel',
  onchain_fee: 'fee',
};
/** Events come by time: those of long ago are told apart by it. */
const MOST_REPEATS = 10_000;

/** Undefined where it is in no channel's account. Throws an Error that names the field. */
export function bookedEvent(row: Row, book: JsonBook): Booked | undefined {
  const account = channelAccount(row.text('account'));
  if (account === undefined) return undefined;
  const kind = EVENT_KINDS[must('type', row.text('type'))];
  if (kind === undefined) throw new RecordError('"type" expected chain, channel or onchain_fee');
  const tag = must('tag', row.text('tag'));
  const partId = row.integer('part_id');
  const movement: Movement = {
    kind,
    tags: [tag],
    ...amountsOf(row),
    ...present({
      feesMsat: row.msat('fees_msat'),
      currency: row.text('currency'),
      partId: partId === undefined ? undefined : String(partId),
      outpoint: outpoint(row, 'outpoint'),
      txid: txid(row, 'txid'),
      height: row.count('blockheight'),
      originAccount: row.text('origin'),
      description: row.text('description'),
      isRebalance: row.truth('is_rebalance') === true ? true : undefined,
    }),
  };
  const seconds = must('timestamp', row.integer('timestamp'));
  const { creditMsat, debitMsat, outpoint: at = '', txid: of = '' } = movement;
  const like = [
    kind,
    account.slice(0, 16),
    seconds,
    tag,
    creditMsat,
    debitMsat,
    at,
    of,
    partId ?? '',
  ];
  return {
    subject: subjectOf(account, book),
    movement,
    paymentHash: paymentHash(row, 'payment_id'),
    book: 'bkpr-listaccountevents',
    record: numbered(like.join('/'), book),
    seconds,
  };
}

function numbered(like: string, { repeats }: JsonBook): string {
  if (repeats.size > MOST_REPEATS) repeats.clear();
  const nth = (repeats.get(like) ?? 0) + 1;
  repeats.set(like, nth);
  return nth === 1 ? like : `${like} ${nth}`;
}

export function bookedMove(list: string, row: Row, book: JsonBook): Booked | undefined {
  const account = channelAccount(row.text('account_id'));
  if (account === undefined) return undefined;
  const extra = row.items('extra_tags').map((tag) => {
    if (typeof tag !== 'string') throw new RecordError('"extra_tags" expected texts');
    return tag;
  });
  const [partId, groupId] = [row.integer('part_id'), row.integer('group_id')];
  const movement: Movement = {
    kind: list === 'chainmoves' ? 'chain' : 'channel',
    tags: [must('primary_tag', row.text('primary_tag')), ...extra],
    ...amountsOf(row),
    ...present({
      feesMsat: row.msat('fees_msat'),
      partId: partId === undefined ? undefined : String(partId),
      groupId: groupId === undefined ? undefined : String(groupId),
      outpoint: outpoint(row, 'utxo'),
      txid: txid(row, 'spending_txid'),
      outputMsat: row.msat('output_msat'),
      height: row.count('blockheight'),
      originAccount: row.text('originating_account'),
    }),
  };
  return {
    subject: subjectOf(account, book),
    movement,
    paymentHash: paymentHash(row, 'payment_hash'),
    book: `list${list}`,
    record: String(must('created_index', row.count('created_index'))),
    seconds: must('timestamp', row.secondsNs('timestamp')) / 1_000_000_000n,
  };
}

function subjectOf(channelId: ChannelId, book: JsonBook): Subject {
  return book.subjectOf(channelId) ?? { channelId, context: {} };
}

function amountsOf(row: Row): Pick<Movement, 'creditMsat' | 'debitMsat'> {
  return {
    creditMsat: must('credit_msat', row.msat('credit_msat')),
    debitMsat: must('debit_msat', row.msat('debit_msat')),
  };
}

function outpoint(row: Row, name: string): Outpoint | undefined {
  const text = row.text(name);
  return text === undefined ? undefined : Outpoint(text, name);
}

function txid(row: Row, name: string): Txid | undefined {
  const text = row.text(name);
  return text === undefined ? undefined : Txid(text, name);
}

/** The bookkeeper has other things than hashes as ids of payments. */
function paymentHash(row: Row, name: string): string | undefined {
  const text = row.text(name)?.toLowerCase();
  return text !== undefined && /^[0-9a-f]{64}$/.test(text) ? text : undefined;
}
