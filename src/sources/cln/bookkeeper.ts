/**
 * `accounts.sqlite3`, the bookkeeper's own database up to v25.05 (lightning: plugins/bkpr/db.c). Every row of a
 * channel's account is a movement; what belongs to the wallet is outside of a channel ledger.
 */
import type { Side } from '../../channel/fields.ts';
import type { ChannelContext } from '../../channel/observations.ts';
import { NodeId, outpointOf } from '../../lightning/ids.ts';
import type { ChannelObservation } from '../../observation/observation.ts';
import type { Tally } from '../tally.ts';
import { reasonOf } from './chain-tables.ts';
import type { ForeignDatabase } from './database.ts';
import { type Booked, channelAccount, movementTold, OUTSIDE } from './movements.ts';
import { must, present, type Row, txidColumn } from './row.ts';
import type { Subject, Teller } from './teller.ts';

const TABLES = {
  chain_events: [
    ...['id', 'tag', 'credit', 'debit', 'output_value', 'currency', 'timestamp', 'blockheight'],
    ...['utxo_txid', 'outnum', 'payment_id', 'spending_txid', 'origin', 'ev_desc'],
  ],
  channel_events: [
    ...['id', 'tag', 'credit', 'debit', 'fees', 'currency', 'payment_id', 'part_id', 'timestamp'],
    ...['ev_desc', 'rebalance_id'],
  ],
  onchain_fees: ['txid', 'credit', 'debit', 'currency', 'timestamp', 'update_count'],
} as const;
type Table = keyof typeof TABLES;

/** bitcoind's prefixes of addresses (BIP 173), which stand for the chain. */
const CHAINS: Readonly<Record<string, string>> = {
  bc: 'bitcoin',
  tb: 'testnet',
  tbs: 'signet',
  sb: 'signet',
  bcrt: 'regtest',
};

/** The chain that its rows are of, where there is one. */
export function chainOfBooks(database: ForeignDatabase): string | undefined {
  for (const table of ['chain_events', 'channel_events'] as const) {
    if (!database.hasColumn(table, 'currency')) continue;
    const currency = database.lookUp(
      (row) => row.text('currency'),
      `SELECT currency FROM main.${table} LIMIT 1`,
    );
    const chain = chainOfCurrency(currency);
    if (chain !== undefined) return chain;
  }
  return undefined;
}

/** As every row of the books names it. */
export function chainOfCurrency(currency: string | undefined): string | undefined {
  const isKnown = currency !== undefined && Object.hasOwn(CHAINS, currency);
  return isKnown ? CHAINS[currency] : undefined;
}

const CANNOT_TELL = [
  "HTLCs and commitments, and so what was pending: they are in the node's own lightningd.sqlite3",
  'which two movements were one forward: each channel has its own half of it',
  'fee policies, and who closed a channel and why',
  'when within its second a movement was booked',
];

export function* bookkeeping(
  database: ForeignDatabase,
  teller: Teller,
  tally: Tally,
): Generator<ChannelObservation> {
  const accounts = [...database.rows(accountSql(database))];
  for (const account of accounts) {
    let subject: Subject | undefined;
    let dbid: bigint;
    try {
      dbid = must('id', account.integer('id'));
      subject = subjectOf(account);
    } catch (cause) {
      tally.bad(`${database.file} accounts`, reasonOf(cause));
      continue;
    }
    if (subject === undefined) countOutside(database, dbid, tally);
    else yield* rowsOf(database, { dbid, subject, teller, tally });
  }
  for (const sentence of CANNOT_TELL) tally.cannotTell(sentence);
}

function accountSql(database: ForeignDatabase): string {
  const account = database.select('accounts', 'a', ['id', 'name', 'peer_id', 'we_opened']);
  const opened = database.select(
    'chain_events',
    'e',
    ['output_value', 'utxo_txid', 'outnum'],
    'opened_',
  );
  return `SELECT ${account}, ${opened} FROM main.accounts a
    LEFT JOIN main.chain_events e ON e.id = a.opened_event_id ORDER BY a.id`;
}

function subjectOf(account: Row): Subject | undefined {
  const channelId = channelAccount(account.text('name'));
  if (channelId === undefined) return undefined;
  const peer = account.hex('peer_id', 33);
  const capacityMsat = account.amount('opened_output_value');
  const txid = txidColumn(account, 'opened_utxo_txid');
  const vout = account.count('opened_outnum');
  const opener: Side = account.flag('we_opened') ? 'local' : 'remote';
  const context: ChannelContext = present({
    peerId: peer === undefined ? undefined : NodeId(peer, 'peer_id'),
    fundingOutpoint: txid === undefined || vout === undefined ? undefined : outpointOf(txid, vout),
    capacitySat: capacityMsat === undefined ? undefined : capacityMsat / 1000n,
    // Told with the opening: before it is booked, the column has its default.
    opener: txid === undefined ? undefined : opener,
  } as const);
  return { channelId, context };
}

function countOutside(database: ForeignDatabase, dbid: bigint, tally: Tally): void {
  for (const table of Object.keys(TABLES)) {
    if (!database.has(table)) continue;
    const sql = `SELECT count(*) AS n FROM main.${table} WHERE account_id = ?`;
    const count = database.one(sql, dbid)?.count('n') ?? 0;
    if (count > 0) tally.unread(`${table} of no channel`, OUTSIDE, count);
  }
}

interface Account {
  readonly dbid: bigint;
  readonly subject: Subject;
  readonly teller: Teller;
  readonly tally: Tally;
}

/** Of one account, by time: an opening is on chain before anything moves in it. */
function* rowsOf(database: ForeignDatabase, account: Account): Generator<ChannelObservation> {
  const { dbid, tally } = account;
  const all = [...new Set(Object.values(TABLES).flat())].filter((column) => column !== 'timestamp');
  const parts = Object.keys(TABLES)
    .filter((table) => database.has(table))
    .map((table) => {
      const columns = database.select(table, 't', all);
      return `SELECT '${table}' AS book, t.timestamp AS timestamp, ${columns}
        FROM main.${table} t WHERE t.account_id = ${dbid}`;
    });
  if (parts.length === 0) return;
  let nth = 0;
  const sql = `${parts.join(' UNION ALL ')} ORDER BY timestamp, book, id, update_count`;
  for (const row of database.rows(sql)) {
    nth++;
    const table = row.text('book') as Table;
    try {
      const booked = bookedOf(row, table, account.subject);
      account.teller.secondsOf('timestamp', booked.seconds);
      tally.read(table);
      yield movementTold(account.teller, booked);
    } catch (cause) {
      tally.bad(`${database.file} ${table} of account ${dbid}, record ${nth}`, reasonOf(cause));
    }
  }
}

function bookedOf(row: Row, table: Table, subject: Subject): Booked {
  const seconds = must('timestamp', row.integer('timestamp'));
  const currency = row.text('currency');
  const amounts = {
    creditMsat: must('credit', row.amount('credit')),
    debitMsat: must('debit', row.amount('debit')),
    ...(currency !== undefined && { currency }),
  };
  if (table === 'onchain_fees') {
    const txid = must('txid', txidColumn(row, 'txid'));
    const nth = must('update_count', row.count('update_count'));
    const movement = { kind: 'fee' as const, tags: ['onchain_fee'], ...amounts, txid };
    return { subject, movement, book: table, record: `${txid}/${nth}`, seconds };
  }
  const tags = [must('tag', row.text('tag'))];
  const record = String(must('id', row.count('id')));
  const paymentHash = row.hex('payment_id', 32);
  const description = row.text('ev_desc');
  if (table === 'channel_events') {
    const partId = row.integer('part_id');
    const movement = {
      kind: 'channel',
      tags,
      ...amounts,
      ...present({
        feesMsat: row.amount('fees'),
        partId: partId === undefined ? undefined : String(BigInt.asUintN(64, partId)),
        description,
        isRebalance: row.integer('rebalance_id') === undefined ? undefined : true,
      }),
    } as const;
    return { subject, movement, paymentHash, book: table, record, seconds };
  }
  const utxo = txidColumn(row, 'utxo_txid');
  const vout = row.count('outnum');
  const movement = {
    kind: 'chain',
    tags,
    ...amounts,
    ...present({
      outpoint: utxo === undefined || vout === undefined ? undefined : outpointOf(utxo, vout),
      txid: txidColumn(row, 'spending_txid'),
      outputMsat: row.amount('output_value'),
      height: row.count('blockheight'),
      originAccount: row.text('origin'),
      description,
    }),
  } as const;
  return { subject, movement, paymentHash, book: table, record, seconds };
}
