/** Invoices that were paid, and over which channels. */
import { hash } from 'node:crypto';
import { bytesToHex } from '../../../lightning/bytes.ts';
import type { Observation } from '../../../observation/observation.ts';
import type { Tally } from '../../tally.ts';
import { type Teller, told } from '../told.ts';
import type { BoltFile } from './bbolt.ts';
import { type InvoiceHtlc, parseHtlcSet, parseInvoice } from './invoices.ts';
import { wholeOrBad } from './whole-or-bad.ts';

export interface InvoicePorts {
  readonly teller: Teller;
  readonly tally: Tally;
}

/** An invoice's number; a set of HTLCs has the set's id behind it. */
const NUMBER_BYTES = 4;

export function* invoiceObservations(
  file: BoltFile,
  ports: InvoicePorts,
): Generator<Observation, void, undefined> {
  const { tally } = ports;
  const paidInSets = numbersOfSets(file);
  for (const { key, value, isBucket } of file.bucket('invoices')?.entries() ?? []) {
    if (isBucket) continue;
    const number = bytesToHex(key.subarray(0, NUMBER_BYTES));
    const isSet = key.length > NUMBER_BYTES;
    yield* wholeOrBad(tally, `invoices, number ${number}`, () => {
      const paid = isSet
        ? paidSet(key, parseHtlcSet(value), ports)
        : paidInvoice(value, paidInSets.has(number), ports);
      tally.read(isSet ? 'sets of HTLCs of invoices' : 'invoices');
      return paid === undefined ? [] : [paid];
    });
  }
}

/** The invoices that take many payments (AMP), of which some are there. */
function numbersOfSets(file: BoltFile): ReadonlySet<string> {
  const numbers = new Set<string>();
  for (const { key, isBucket } of file.bucket('invoices')?.entries() ?? []) {
    if (isBucket || key.length <= NUMBER_BYTES) continue;
    numbers.add(bytesToHex(key.subarray(0, NUMBER_BYTES)));
  }
  return numbers;
}

function paidInvoice(
  value: Uint8Array,
  hasSets: boolean,
  ports: InvoicePorts,
): Observation | undefined {
  const invoice = parseInvoice(value);
  if (!invoice.isSettled || invoice.settledNs === 0n) {
    // One that takes many payments stays open: each of its sets tells what it paid.
    if (invoice.paidMsat === 0n) {
      ports.tally.unread('invoices not paid', 'nothing has moved by them');
    } else if (!hasSets) {
      ports.tally.unread('AMP invoices without their payments', 'no set of their HTLCs is in it');
    }
    return undefined;
  }
  const key = `invoice/${invoice.addIndex}`;
  const parts = partsOf(invoice.htlcs);
  const data = { amountMsat: invoice.paidMsat, ...(parts.length > 0 && { parts }) };
  const found = { at: told(invoice.settledNs), evidence: key, key };
  return ports.teller.node(found, { type: 'PaymentReceived', data }, invoice.paymentHash);
}

/**
 * One payment to an invoice that takes many (AMP): each of its HTLCs has a hash of its own. Where it is listed
 * as sent, the set's id stands as its hash (lnd's `LightningPayment.Identifier`).
 */
function paidSet(
  key: Uint8Array,
  htlcs: readonly InvoiceHtlc[],
  { teller }: InvoicePorts,
): Observation | undefined {
  const settled = htlcs.filter(({ isSettled }) => isSettled);
  if (settled.length === 0) return undefined;
  const amountMsat = settled.reduce((sum, htlc) => sum + htlc.amountMsat, 0n);
  const atNs = settled.reduce((ns, { resolvedNs }) => (resolvedNs > ns ? resolvedNs : ns), 0n);
  if (atNs === 0n) throw new Error('it is settled, and when is not there');
  // The set's id is the payer's; its hash names the payment as well.
  const name = `invoice-set/${hash('sha256', key, 'hex').slice(0, 32)}`;
  const data = { amountMsat, parts: partsOf(settled) };
  const setId = bytesToHex(key.subarray(NUMBER_BYTES));
  return teller.node(
    { at: told(atNs), evidence: name, key: name },
    { type: 'PaymentReceived', data },
    setId.length === 64 ? setId : undefined,
  );
}

function partsOf(htlcs: readonly InvoiceHtlc[]) {
  return htlcs
    .filter(({ isSettled }) => isSettled)
    .map(({ shortChannelId, htlcId, amountMsat }) => ({ shortChannelId, htlcId, amountMsat }));
}
