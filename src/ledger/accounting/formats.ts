/**
 * The books as text. `koinly`, `cointracker`, `harmony` and `quickbooks` have the columns, dates and amounts
 * that Core Lightning's bookkeeper writes (plugins/bkpr/incomestmt.c): income and expenses alone. `csv` has
 * every entry, in our own columns.
 */
import { secondFrom } from '../../schema/time.ts';
import type { AccountingEntry } from './entry.ts';

export const csvFormats = ['csv', 'koinly', 'cointracker', 'harmony', 'quickbooks'] as const;
export type CsvFormat = (typeof csvFormats)[number];

interface Form {
  readonly header: readonly string[];
  readonly line: (entry: AccountingEntry) => readonly string[];
  readonly isIn: (entry: AccountingEntry) => boolean;
}

/** Line by line, without their ends. Entries in the order in which they are to stand. */
export function* csvLines(
  format: CsvFormat,
  entries: Iterable<AccountingEntry>,
): Generator<string> {
  const { header, line, isIn } = forms[format];
  yield* header;
  for (const entry of entries) {
    if (isIn(entry)) yield line(entry).join(',');
  }
}

/** Its fee stands in the same line. */
const isInline = ({ type }: AccountingEntry) => type === 'payment-fee';
/** What nobody told the amount of has no room in these formats: the command counts it. */
const isIncome = ({ isIncome, creditMsat, debitMsat }: AccountingEntry) =>
  isIncome && (creditMsat !== undefined || debitMsat !== undefined);

const forms: Readonly<Record<CsvFormat, Form>> = {
  csv: {
    header: [
      'time,not_before,not_after,node,channel,type,tag,credit_msat,debit_msat,fees_msat,currency,txid,outpoint,description,income,event_ids',
    ],
    line: (entry) => [
      entry.at,
      // Empty where the time was told: both are of one that was placed between others.
      entry.atBounds?.notBefore ?? '',
      entry.atBounds?.notAfter ?? '',
      entry.nodeId,
      entry.channelId ?? '',
      entry.type,
      entry.tag,
      entry.creditMsat === undefined ? '' : String(entry.creditMsat),
      entry.debitMsat === undefined ? '' : String(entry.debitMsat),
      entry.feesMsat === undefined ? '' : String(entry.feesMsat),
      currencyOf(entry),
      entry.txid ?? '',
      entry.outpoint ?? '',
      quoted(described(entry)),
      entry.isIncome ? 'yes' : 'no',
      entry.eventIds.join(' '),
    ],
    isIn: () => true,
  },
  koinly: {
    header: [
      'Date,Sent Amount,Sent Currency,Received Amount,Received Currency,Fee Amount,Fee Currency,Label,Description,TxHash',
    ],
    line: (entry) => [
      `${entry.at.slice(0, 10)} ${entry.at.slice(11, 16)} UTC`,
      ...amountIn(entry, debitOf(entry)),
      ...amountIn(entry, creditOf(entry)),
      ...amountIn(entry, inlineFee(entry)),
      entry.tag,
      quoted(described(entry)),
      transactionOf(entry),
    ],
    isIn: (entry) => !isInline(entry) && (isIncome(entry) || inlineFee(entry) > 0n),
  },
  cointracker: {
    header: [
      'Date,Received Quantity,Received Currency,Sent Quantity,Sent Currency,Fee Amount,Fee Currency,Tag,Account',
    ],
    line: (entry) => [
      `${dayOf(entry, ['month', 'day', 'year'])} ${entry.at.slice(11, 19)}`,
      ...amountIn(entry, creditOf(entry)),
      ...amountIn(entry, debitOf(entry)),
      ...amountIn(entry, inlineFee(entry)),
      cointrackerType(entry),
      accountOf(entry),
    ],
    isIn: (entry) => !isInline(entry) && (isIncome(entry) || inlineFee(entry) > 0n),
  },
  harmony: {
    // Every line has ten columns, the blank one among them.
    header: [
      'HarmonyCSV v0.2,,,,,,,,,',
      'Provenance,channel-ledger,,,,,,,,',
      ',,,,,,,,,',
      'Timestamp,Venue,Type,Amount,Asset,Transaction ID,Order ID,Account,Network ID,Note',
    ],
    line: (entry) => [
      `${entry.at.slice(0, 19)}Z`,
      'channel-ledger',
      harmonyType(entry),
      debitOf(entry) > 0n ? `-${btc(debitOf(entry))}` : btc(creditOf(entry)),
      currencyOf(entry),
      transactionOf(entry),
      '',
      accountOf(entry),
      entry.outpoint ?? '',
      quoted(described(entry)),
    ],
    isIn: isIncome,
  },
  quickbooks: {
    header: ['Date,Description,Credit,Debit'],
    line: (entry) => [
      dayOf(entry, ['day', 'month', 'year']),
      quickbooksText(entry),
      creditOf(entry) > 0n ? btc(creditOf(entry)) : '',
      debitOf(entry) > 0n ? btc(debitOf(entry)) : '',
    ],
    isIn: isIncome,
  },
};

/** Of what is entered here both are known. */
const creditOf = ({ creditMsat = 0n }: AccountingEntry): bigint => creditMsat;
const debitOf = ({ debitMsat = 0n }: AccountingEntry): bigint => debitMsat;

/** These formats have no room for bounds but here. */
function described({ description, atBounds }: AccountingEntry): string | undefined {
  if (atBounds === undefined) return description;
  const second = (at: string) => `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`;
  const { notBefore, notAfter } = atBounds;
  const bounds = [
    notBefore === undefined ? [] : `not before ${second(notBefore)}`,
    notAfter === undefined ? [] : `not after ${second(secondFrom(notAfter))}`,
  ].flat();
  const known = bounds.length === 0 ? 'bounds unknown' : bounds.join(' and ');
  return [description, `time not told: ${known}`].filter((part) => part !== undefined).join('; ');
}

/** common/amount.c, fmt_amount_msat_btc: eleven decimals, and 0 without any. */
export function btc(msat: bigint): string {
  if (msat === 0n) return '0';
  const digits = msat.toString().padStart(12, '0');
  return `${digits.slice(0, -11)}.${digits.slice(-11)}`;
}

function amountIn(entry: AccountingEntry, msat: bigint): readonly [string, string] {
  return msat === 0n ? ['', ''] : [btc(msat), currencyOf(entry)];
}

/** Where the fee has a line of its own besides, it is not told twice. */
function inlineFee({ type, feesMsat = 0n }: AccountingEntry): bigint {
  return type === 'payment' ? feesMsat : 0n;
}

/** BOLT 11's prefixes; `btc` is what these programs call the main chain's. */
const CURRENCIES = new Map([
  ['bitcoin', 'btc'],
  ['testnet', 'tb'],
  ['testnet4', 'tb'],
  ['signet', 'tbs'],
  ['regtest', 'bcrt'],
]);

function currencyOf({ chain }: AccountingEntry): string {
  return chain === undefined ? '' : (CURRENCIES.get(chain) ?? chain);
}

/** The node's own where the source did not say which channel. */
function accountOf({ channelId, nodeId }: AccountingEntry): string {
  return channelId ?? nodeId;
}

/** What leads back to the record: the chain's own name, or the event's. No payment hash: it is sealed. */
function transactionOf({ txid, eventIds }: AccountingEntry): string {
  return txid ?? eventIds[0] ?? '';
}

function cointrackerType({ tag, debitMsat = 0n }: AccountingEntry): string {
  if (tag === 'penalty' && debitMsat > 0n) return 'lost';
  return tag === 'invoice' || tag === 'routed' ? 'payment' : '';
}

function harmonyType({ tag, creditMsat = 0n }: AccountingEntry): string {
  if (tag === 'onchain_fee') return 'fee:network';
  if (creditMsat > 0n) return `income:${tag}`;
  return tag === 'penalty' ? 'loss:penalty' : `expense:${tag}`;
}

function quickbooksText(entry: AccountingEntry): string {
  const { tag, eventIds } = entry;
  const description = described(entry);
  const what = `${tag} (${accountOf(entry)}) ${currencyOf(entry)}`;
  return quoted(`${what}: ${description ?? 'no desc'} [event ${eventIds[0] ?? ''}]`);
}

type DatePart = 'day' | 'month' | 'year';

function dayOf({ at }: AccountingEntry, order: readonly DatePart[]): string {
  const parts = { year: at.slice(0, 4), month: at.slice(5, 7), day: at.slice(8, 10) };
  return order.map((part) => parts[part]).join('/');
}

/**
 * In quotes, those inside made single, control characters left out; and what a spreadsheet would take for
 * a formula has a quote before it.
 */
function quoted(text: string | undefined): string {
  if (text === undefined || text === '') return '';
  const plain = text.replace(/"/g, "'").replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
  return `"${/^[=+\-@]/.test(plain) ? `'${plain}` : plain}"`;
}
