/** `payments` and `invoices`: what the node itself paid and was paid. */
import type { NodeObservation } from '../../observation/observation.ts';
import type { Tally } from '../tally.ts';
import { reasonOf } from './chain-tables.ts';
import type { ForeignDatabase } from './database.ts';
import { must, present, type Row } from './row.ts';
import { after, statedInSeconds, type Teller } from './teller.ts';

interface Reader {
  readonly teller: Teller;
  readonly tally: Tally;
}

/** Payments by hash, each with all its parts: done ones, and failed ones nothing of which is under way. */
export function* payments(database: ForeignDatabase, reader: Reader): Generator<NodeObservation> {
  if (!database.has('payments') || !database.hasColumn('payments', 'msatoshi_sent')) return;
  const columns = ['payment_hash', 'status', 'msatoshi', 'msatoshi_sent', 'timestamp', 'id'];
  const optional = ['completed_at', 'failcode'];
  const inner = database.select('payments', 'p', [...columns, ...optional]);
  yield* told(
    database,
    'payments',
    reader,
    `SELECT payment_hash, min(id) AS id, count(*) AS parts,
       sum(status = 1) AS done, sum(status = 0) AS pending,
       sum(CASE WHEN status = 1 THEN msatoshi END) AS msat,
       sum(CASE WHEN status = 1 THEN msatoshi_sent END) AS sent_msat,
       sum(status = 1 AND coalesce(msatoshi, 0) = 0) AS unpriced,
       sum(status = 1 AND msatoshi_sent IS NULL) AS unsent,
       max(failcode) AS failcode, max(timestamp) AS timestamp,
       max(CASE WHEN status = 1 THEN completed_at END) AS completed_at
     FROM (SELECT ${inner} FROM main.payments p) GROUP BY payment_hash
     ORDER BY coalesce(completed_at, timestamp)`,
    paymentTold,
  );
}

function paymentTold(row: Row, teller: Teller): NodeObservation | undefined {
  const hash = must('payment_hash', row.hex('payment_hash', 32));
  const place = `payments/${must('id', row.count('id'))}`;
  const begun = must('timestamp', teller.secondsOf('timestamp', row.integer('timestamp')));
  const completed = teller.secondsOf('completed_at', row.integer('completed_at'));
  const placed =
    completed === undefined ? after(statedInSeconds(begun).atNs) : statedInSeconds(completed);
  if (row.flag('done')) {
    // What arrives is not told of every payment: `sendpay` may leave it out, and 0 stands for that.
    const amountMsat = row.flag('unpriced') ? undefined : row.amount('msat');
    const sentMsat = row.flag('unsent') ? undefined : row.amount('sent_msat');
    const isWhole = amountMsat !== undefined && sentMsat !== undefined && sentMsat >= amountMsat;
    const feeMsat = isWhole ? sentMsat - amountMsat : undefined;
    const totalMsat = amountMsat === undefined ? sentMsat : undefined;
    const data = present({ amountMsat, feeMsat, totalMsat });
    return teller.node({ type: 'PaymentSent', data }, { place, placed }, hash);
  }
  if (row.flag('pending')) return undefined;
  const code = row.count('failcode');
  const reason = code === undefined ? 'no part of it arrived' : `failure code ${code}`;
  return teller.node({ type: 'PaymentFailed', data: { reason } }, { place, placed }, hash);
}

export function* receipts(database: ForeignDatabase, reader: Reader): Generator<NodeObservation> {
  if (!database.has('invoices')) return;
  const columns = ['id', 'payment_hash', 'msatoshi_received', 'paid_timestamp'];
  yield* told(
    database,
    'invoices',
    reader,
    `SELECT ${database.select('invoices', 'i', columns)} FROM main.invoices i
     WHERE i.state = 1 ORDER BY i.paid_timestamp`,
    (row, teller) => {
      const hash = must('payment_hash', row.hex('payment_hash', 32));
      const paid = teller.secondsOf('paid_timestamp', row.integer('paid_timestamp'));
      const amountMsat = must('msatoshi_received', row.amount('msatoshi_received'));
      const placed = statedInSeconds(must('paid_timestamp', paid));
      const place = `invoices/${must('id', row.count('id'))}`;
      const fact = { type: 'PaymentReceived', data: { amountMsat } } as const;
      return teller.node(fact, { place, placed }, hash);
    },
  );
}

function* told(
  database: ForeignDatabase,
  table: string,
  { teller, tally }: Reader,
  sql: string,
  tell: (row: Row, teller: Teller) => NodeObservation | undefined,
): Generator<NodeObservation> {
  let nth = 0;
  for (const row of database.rows(sql)) {
    nth++;
    try {
      const observation = tell(row, teller);
      tally.read(table);
      if (observation !== undefined) yield observation;
    } catch (cause) {
      tally.bad(`${database.file} ${table}, record ${nth}`, reasonOf(cause));
    }
  }
}
