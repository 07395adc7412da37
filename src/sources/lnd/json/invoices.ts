/** `listinvoices`: what the node was paid, over which channels, and when. */
import { hash } from 'node:crypto';
import { told } from '../told.ts';
import { type ListedFact, msatOf, type Part, shortIdOf } from './payments.ts';
import type { Invoice } from './records.ts';
import { bytesHexOf, countOf, heightOf, secondsNsOf, wholeOf, wordOf } from './values.ts';

type Htlc = NonNullable<Invoice['htlcs']>[number];
type SetState = NonNullable<Invoice['amp_invoice_state']>[string];

/** `Invoice.InvoiceState` and `InvoiceHTLCState` of lightning.proto, in their numbers' order. */
const INVOICE_STATES = ['OPEN', 'SETTLED', 'CANCELED', 'ACCEPTED'] as const;
const INVOICE_HTLC_STATES = ['ACCEPTED', 'SETTLED', 'CANCELED'] as const;

/** None unless it was paid; an invoice that takes many payments (AMP) stays open and may have several. */
export function invoiceFacts(invoice: Invoice): readonly ListedFact[] {
  assertDated(invoice);
  const sets = settledSets(invoice);
  if (sets.length > 0) return sets;
  const isSettled = wordOf(invoice.state, INVOICE_STATES) === 'SETTLED' || invoice.settled === true;
  if (!isSettled) return [];
  const amountMsat = msatOf(invoice.amt_paid_msat, invoice.amt_paid_sat);
  const settledNs = secondsNsOf(invoice.settle_date);
  if (amountMsat === undefined || settledNs === 0n) {
    throw new Error('it is settled, and when or by how much is not there');
  }
  const parts = (invoice.htlcs ?? []).filter(isSettledHtlc).map(partReceived);
  const paymentHash = bytesHexOf(invoice.r_hash, 32);
  return [
    {
      fact: {
        type: 'PaymentReceived',
        data: { amountMsat, ...(parts.length > 0 && { parts }) },
      },
      at: told(settledNs),
      key: `invoice/${countOf(invoice.add_index)}`,
      ...(paymentHash !== undefined && { paymentHash }),
    },
  ];
}

/** Heights get their times by those of HTLCs, whatever became of them. Throws where one is none. */
function assertDated({ creation_date, htlcs }: Invoice): void {
  secondsNsOf(creation_date);
  for (const { accept_height, accept_time } of htlcs ?? []) {
    heightOf(accept_height);
    secondsNsOf(accept_time);
  }
}

/** What an invoice without such a fact is counted as, and why nothing is read of it. */
export function notPaid(invoice: Invoice): readonly [kind: string, why: string] {
  const isPaid = invoice.is_amp === true && wholeOf(invoice.amt_paid_msat) > 0n;
  return isPaid
    ? [
        'AMP invoices without their payments',
        'neither their HTLCs nor their sets’ states are in it',
      ]
    : ['invoices not paid', 'nothing has moved by them'];
}

const isSettledHtlc = ({ state }: Htlc) => wordOf(state, INVOICE_HTLC_STATES) === 'SETTLED';

function partReceived({ chan_id, htlc_index: index, amt_msat }: Htlc): Part {
  return {
    shortChannelId: shortIdOf(chan_id),
    ...(index !== undefined && { htlcId: countOf(index) }),
    amountMsat: wholeOf(amt_msat),
  };
}

/**
 * Each set of HTLCs is a payment, with hashes of its own; the invoice's hash is none of them. Where
 * `listpayments` shows the payment, the set's id stands as its hash (lnd's `LightningPayment.Identifier`).
 */
function settledSets(invoice: Invoice): readonly ListedFact[] {
  const sets = new Map<string, { readonly htlcs: Htlc[]; state?: SetState }>();
  const setOf = (id: string) => {
    const known = sets.get(id) ?? { htlcs: [] };
    sets.set(id, known);
    return known;
  };
  for (const [id, state] of Object.entries(invoice.amp_invoice_state ?? {})) {
    if (wordOf(state.state, INVOICE_HTLC_STATES) === 'SETTLED') setOf(setIdOf(id)).state = state;
  }
  for (const htlc of invoice.htlcs ?? []) {
    const id = htlc.amp?.set_id;
    if (id !== undefined && isSettledHtlc(htlc)) setOf(setIdOf(id)).htlcs.push(htlc);
  }
  const index = countOf(invoice.add_index);
  return [...sets].map(([id, { htlcs, state }]) => {
    const amountMsat =
      htlcs.length === 0
        ? wholeOf(state?.amt_paid_msat)
        : htlcs.reduce((sum, { amt_msat }) => sum + wholeOf(amt_msat), 0n);
    const settledAt = [state?.settle_time, ...htlcs.map(({ resolve_time }) => resolve_time)];
    const settledNs = settledAt.map(secondsNsOf).reduce((a, b) => (a > b ? a : b));
    if (amountMsat === 0n || settledNs === 0n) {
      throw new Error('a set of its HTLCs is settled, and when or by how much is not there');
    }
    const parts = htlcs.map(partReceived);
    return {
      fact: {
        type: 'PaymentReceived' as const,
        data: { amountMsat, ...(parts.length > 0 && { parts }) },
      },
      at: told(settledNs),
      // The set's id is the payer's; its hash names the payment as well.
      key: `invoice/${index}/set/${hash('sha256', id, 'hex').slice(0, 32)}`,
      ...(/^[0-9a-f]{64}$/.test(id) && { paymentHash: id }),
    };
  });
}

/** lncli writes it in hex where it names a set, and in base64 where it stands in an HTLC. */
function setIdOf(text: string): string {
  const isHex = /^(?:[0-9a-f]{2})+$/i.test(text);
  return isHex ? text.toLowerCase() : Buffer.from(text, 'base64').toString('hex');
}
