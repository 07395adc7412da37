/**
 * `channel_htlcs`: every HTLC of the channels that are not closed yet. An HTLC that is gone from both
 * commitments keeps neither preimage nor failure (lightning: `wallet_htlc_update` in wallet/wallet.c), so
 * how it ended is read from the forward or payment that it was, or follows from the channel's counters.
 */
import type { Direction } from '../../channel/fields.ts';
import type { ChannelId } from '../../lightning/ids.ts';
import type { ChannelRecord, Counted } from './channel-record.ts';
import type { ForeignDatabase } from './database.ts';
import { type HtlcPhase, htlcPhase } from './htlc-state.ts';
import { must, present, RecordError, type Row } from './row.ts';
import { after, atLeast, type Placed, statedAt, statedInSeconds, type Teller } from './teller.ts';

export type Outcome = 'settled' | 'failed';

export interface HtlcRecord {
  /** In the order in which the node added them, over all channels. */
  readonly rowId: bigint;
  readonly id: number;
  readonly direction: Direction;
  readonly amountMsat: bigint;
  readonly cltvExpiry: number;
  readonly paymentHash: string | undefined;
  readonly phase: HtlcPhase;
  readonly outcome: Outcome | undefined;
  readonly preimage: string | undefined;
  readonly failureCode: number | undefined;
  readonly forwardOf:
    | { readonly channelId: ChannelId; readonly htlcId: number; readonly amountMsat?: bigint }
    | undefined;
  /** As the record tells them by themselves: `undefined` where it does not. */
  readonly addedAt: Placed | undefined;
  readonly endedAt: Placed | undefined;
}

const HTLC_COLUMNS = [
  ...['id', 'channel_htlc_id', 'direction', 'origin_htlc', 'msatoshi', 'cltv_expiry', 'hstate'],
  ...['payment_hash', 'payment_key', 'failuremsg', 'localfailmsg', 'malformed_onion', 'we_filled'],
  ...['received_time'],
];

const FORWARD_COLUMNS = ['state', 'received_time', 'resolved_time', 'failcode'];

/** What forwards say of HTLCs, by the HTLC's row: made once, since no index leads there. */
export function joinForwards(database: ForeignDatabase, channels: readonly ChannelRecord[]): void {
  database.temporary(
    'CREATE TEMP TABLE htlc_forwards (htlc INTEGER PRIMARY KEY, state, received_time, resolved_time, failcode)',
  );
  const insert = 'INSERT OR IGNORE INTO temp.htlc_forwards SELECT';
  if (database.has('forwarded_payments')) {
    const told = database.select('forwarded_payments', 'f', FORWARD_COLUMNS);
    for (const end of ['in', 'out']) {
      database.temporary(
        `${insert} f.${end}_htlc_id, ${told} FROM main.forwarded_payments f
         WHERE f.${end}_htlc_id IS NOT NULL`,
      );
    }
  }
  if (!database.has('forwards')) return;
  const names = channels.flatMap(({ dbid, names }) => {
    return names.map((name) => [BigInt.asIntN(64, name), dbid]);
  });
  database.temporary(
    'CREATE TEMP TABLE scids (scid INTEGER PRIMARY KEY, channel INTEGER)',
    names,
    'INSERT OR IGNORE INTO temp.scids VALUES (?, ?)',
  );
  const told = database.select('forwards', 'f', FORWARD_COLUMNS);
  for (const [end, direction] of [
    ['in', 0],
    ['out', 1],
  ] as const) {
    database.temporary(
      `${insert} h.id, ${told} FROM main.forwards f
       JOIN temp.scids s ON s.scid = f.${end}_channel_scid
       JOIN main.channel_htlcs h ON h.channel_id = s.channel
         AND h.channel_htlc_id = f.${end}_htlc_id AND h.direction = ${direction}`,
    );
  }
}

/** The HTLCs of one channel as rows, in the order in which they were added. */
export function htlcRows(database: ForeignDatabase, { dbid }: ChannelRecord): Generator<Row> {
  const samePart = ['partid', 'groupid']
    .filter((c) => database.hasColumn('payments', c) && database.hasColumn('channel_htlcs', c))
    .map((column) => ` AND p.${column} IS h.${column}`)
    .join('');
  const payment = database.select(
    'payments',
    'p',
    ['status', 'timestamp', 'completed_at', 'payment_preimage', 'failcode'],
    'pay_',
  );
  const invoice = database.select('invoices', 'i', ['paid_timestamp', 'payment_key'], 'inv_');
  const origin = database.select(
    'channel_htlcs',
    'o',
    ['channel_id', 'channel_htlc_id', 'msatoshi', 'received_time'],
    'origin_',
  );
  return database.rows(
    `SELECT ${database.select('channel_htlcs', 'h', HTLC_COLUMNS)}, ${origin},
       f.state AS fwd_state, f.failcode AS fwd_failcode,
       f.received_time AS fwd_received_time, f.resolved_time AS fwd_resolved_time,
       ${payment}, ${invoice}
     FROM main.channel_htlcs h
     LEFT JOIN main.channel_htlcs o ON o.id = h.origin_htlc
     LEFT JOIN temp.htlc_forwards f ON f.htlc = h.id
     LEFT JOIN main.payments p ON h.direction = 1 AND h.origin_htlc IS NULL
       AND p.payment_hash = h.payment_hash${samePart}
     LEFT JOIN main.invoices i ON h.direction = 0 AND i.payment_hash = h.payment_hash
     WHERE h.channel_id = ? ORDER BY h.id`,
    dbid,
  );
}

/** Throws a RecordError that names the field. */
export function htlcRecord(
  row: Row,
  teller: Teller,
  channelOf: (dbid: bigint) => ChannelId | undefined,
): HtlcRecord {
  const direction: Direction = row.integer('direction') === 1n ? 'offered' : 'received';
  const phase = htlcPhase(must('hstate', row.count('hstate')));
  if (phase === undefined) throw new RecordError('"hstate" expected a state from 0 to 19');
  return {
    rowId: must('id', row.integer('id')),
    id: must('channel_htlc_id', row.count('channel_htlc_id')),
    direction,
    amountMsat: must('msatoshi', row.amount('msatoshi')),
    cltvExpiry: must('cltv_expiry', row.count('cltv_expiry')),
    paymentHash: row.hex('payment_hash', 32),
    phase,
    ...endOf(row, phase, direction),
    forwardOf: forwardOf(row, channelOf),
    addedAt: addedAt(row, teller),
    endedAt: endedAt(row, teller),
  };
}

type End = Pick<HtlcRecord, 'outcome' | 'preimage' | 'failureCode'>;

function endOf(row: Row, { isRemoving, isFinal }: HtlcPhase, direction: Direction): End {
  const failureCode = row.count('fwd_failcode') ?? row.count('pay_failcode');
  const settled = (preimage: string | undefined): End => {
    return { outcome: 'settled', preimage, failureCode: undefined };
  };
  const failed: End = {
    outcome: 'failed',
    preimage: undefined,
    failureCode: wireCode(failureCode),
  };
  const unknown: End = { outcome: undefined, preimage: undefined, failureCode: undefined };
  if (!isRemoving) return unknown;
  const own = row.hex('payment_key', 32);
  if (own !== undefined) return settled(own);
  if (!isFinal) return hasFailed(row) ? failed : unknown;
  // `enum forward_status`: 1 settled, 2 failed, 3 failed here. 0 is still under way.
  const forward = row.count('fwd_state');
  if (forward === 1) return settled(undefined);
  if (forward === 2 || forward === 3) return failed;
  // Payments: 0 pending, 1 complete, 2 failed.
  const payment = row.count('pay_status');
  if (payment === 1) return settled(row.hex('pay_payment_preimage', 32));
  if (payment === 2) return failed;
  const isFilled = direction === 'received' && row.integer('we_filled') === 1n;
  return isFilled ? settled(row.hex('inv_payment_key', 32)) : unknown;
}

function hasFailed(row: Row): boolean {
  const isTold = row.bytes('failuremsg') !== undefined || row.bytes('localfailmsg') !== undefined;
  return isTold || row.flag('malformed_onion');
}

/** BOLT 4 failure codes have 16 bits; lightningd's own numbers of `sendpay` errors are none. */
function wireCode(code: number | undefined): number | undefined {
  return code !== undefined && code > 0 && code <= 0xffff ? code : undefined;
}

function forwardOf(
  row: Row,
  channelOf: (dbid: bigint) => ChannelId | undefined,
): HtlcRecord['forwardOf'] {
  const dbid = row.integer('origin_channel_id');
  const channelId = dbid === undefined ? undefined : channelOf(dbid);
  const htlcId = row.count('origin_channel_htlc_id');
  if (channelId === undefined || htlcId === undefined) return undefined;
  return { channelId, htlcId, ...present({ amountMsat: row.amount('origin_msatoshi') }) };
}

/** An own one was added when its payment began, a forwarded one after the one it came from. */
function addedAt(row: Row, teller: Teller): Placed | undefined {
  const received = teller.timeNs('received_time', row.integer('received_time'));
  if (received !== undefined && received > 0n) return statedAt(received);
  const origin = teller.timeNs(
    'received_time',
    row.integer('origin_received_time') ?? row.integer('fwd_received_time'),
  );
  if (origin !== undefined) return after(origin);
  const begun = teller.secondsOf('timestamp', row.integer('pay_timestamp'));
  return begun === undefined ? undefined : { ...statedInSeconds(begun), isStated: false };
}

/** When the payment was settled or failed: the commitments followed at once. */
function endedAt(row: Row, teller: Teller): Placed | undefined {
  const forwarded = teller.timeNs('resolved_time', row.integer('fwd_resolved_time'));
  if (forwarded !== undefined && forwarded > 0n) return after(forwarded);
  const seconds =
    teller.secondsOf('completed_at', row.integer('pay_completed_at')) ??
    teller.secondsOf('paid_timestamp', row.integer('inv_paid_timestamp'));
  return seconds === undefined ? undefined : after(statedInSeconds(seconds).atNs);
}

/** What a channel's HTLCs come to, to be held against what the channel itself counted. */
export class HtlcCounts {
  #known: Counted = { msat: 0n, count: 0 };
  #unknown: Counted = { msat: 0n, count: 0 };
  #nextId = 0;
  #isWhole = true;

  take({ id, amountMsat, phase, outcome }: HtlcRecord): void {
    if (id !== this.#nextId) this.#isWhole = false;
    this.#nextId = id + 1;
    if (outcome === 'settled') this.#known = plus(this.#known, amountMsat);
    if (outcome === undefined && phase.isFinal) this.#unknown = plus(this.#unknown, amountMsat);
  }

  /** How those ended of which nobody said it, where the channel's counters leave one answer for all. */
  deduced(fulfilled: Counted): Outcome | undefined {
    if (!this.#isWhole || this.#unknown.count === 0) return undefined;
    const rest = {
      msat: fulfilled.msat - this.#known.msat,
      count: fulfilled.count - this.#known.count,
    };
    if (rest.count === 0 && rest.msat === 0n) return 'failed';
    const isAll = rest.count === this.#unknown.count && rest.msat === this.#unknown.msat;
    return isAll ? 'settled' : undefined;
  }
}

function plus({ msat, count }: Counted, amountMsat: bigint): Counted {
  return { msat: msat + amountMsat, count: count + 1 };
}

/** The times of a channel's HTLCs as they follow each other: ids rise with time. */
export class HtlcClock {
  #lastNs: bigint;

  constructor(startNs: bigint) {
    this.#lastNs = startNs;
  }

  added({ addedAt = after(this.#lastNs) }: HtlcRecord): Placed {
    const placed = atLeast(addedAt, this.#lastNs);
    this.#lastNs = placed.atNs;
    return placed;
  }

  ended({ endedAt }: HtlcRecord, added: Placed): Placed {
    return atLeast(endedAt ?? after(added.atNs), added.atNs);
  }
}
