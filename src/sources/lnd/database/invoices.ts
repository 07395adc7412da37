/** Invoices and the HTLCs that paid them (`channeldb/invoices.go`): TLV streams, each with its length. */

import { bytesToHex } from '../../../lightning/bytes.ts';
import { sha256 } from '../../../lightning/hashes.ts';
import { ShortChannelId } from '../../../lightning/ids.ts';
import { type TlvRecord, WireReader } from '../../../lightning/wire.ts';
import { checkedNumber } from './elements.ts';

export interface InvoiceHtlc {
  readonly shortChannelId: ShortChannelId;
  readonly htlcId: number;
  readonly amountMsat: bigint;
  readonly acceptHeight: number;
  readonly acceptedNs: bigint;
  readonly resolvedNs: bigint;
  readonly isSettled: boolean;
}

export interface StoredInvoice {
  readonly addIndex: number;
  readonly isSettled: boolean;
  readonly paidMsat: bigint;
  readonly settledNs: bigint;
  readonly paymentHash: string | undefined;
  readonly htlcs: readonly InvoiceHtlc[];
}

const BODY = { settleTime: 3n, addIndex: 4n, preimage: 6n, state: 12n, paid: 13n } as const;
const HTLC = {
  channel: 1n,
  id: 3n,
  amount: 5n,
  acceptHeight: 7n,
  acceptTime: 9n,
  resolveTime: 11n,
  state: 15n,
} as const;
/** `ContractSettled` and `HtlcStateSettled`: the database's numbers. */
const [INVOICE_SETTLED, HTLC_SETTLED] = [1n, 2n];
/** `MarshalBinary` of Go's time: version, seconds since the year 1, nanoseconds, minutes of the zone. */
const GO_TIME_BYTES = 15;
const SECONDS_TO_1970 = 62_135_596_800n;
const MOST_HTLCS = 100_000;

export function parseInvoice(bytes: Uint8Array): StoredInvoice {
  const reader = new WireReader(bytes, 'invoices');
  const body = readStream(reader);
  const preimage = body.get(BODY.preimage);
  const isKnown = preimage?.some((byte) => byte !== 0) === true;
  return {
    addIndex: checkedNumber(numberOf(body.get(BODY.addIndex)), 'the add index'),
    isSettled: numberOf(body.get(BODY.state)) === INVOICE_SETTLED,
    paidMsat: numberOf(body.get(BODY.paid)),
    settledNs: goTimeNs(body.get(BODY.settleTime)),
    paymentHash: preimage !== undefined && isKnown ? bytesToHex(sha256(preimage)) : undefined,
    htlcs: readHtlcs(reader),
  };
}

/** The HTLCs of one payment to an AMP invoice, which lnd keeps by themselves. */
export function parseHtlcSet(bytes: Uint8Array): readonly InvoiceHtlc[] {
  return readHtlcs(new WireReader(bytes, 'invoices, a set of HTLCs'));
}

function readHtlcs(reader: WireReader): readonly InvoiceHtlc[] {
  const htlcs: InvoiceHtlc[] = [];
  while (reader.remaining > 0 && htlcs.length < MOST_HTLCS) {
    const fields = readStream(reader);
    htlcs.push({
      shortChannelId: ShortChannelId(numberOf(fields.get(HTLC.channel))),
      htlcId: checkedNumber(numberOf(fields.get(HTLC.id)), 'an HTLC id'),
      amountMsat: numberOf(fields.get(HTLC.amount)),
      acceptHeight: Number(numberOf(fields.get(HTLC.acceptHeight))),
      acceptedNs: numberOf(fields.get(HTLC.acceptTime)),
      resolvedNs: numberOf(fields.get(HTLC.resolveTime)),
      isSettled: numberOf(fields.get(HTLC.state)) === HTLC_SETTLED,
    });
  }
  return htlcs;
}

function readStream(reader: WireReader): ReadonlyMap<bigint, Uint8Array> {
  const length = checkedNumber(reader.u64(), 'a length');
  const records = new WireReader(reader.bytes(length), 'invoices, a TLV stream').tlvStream();
  return new Map(records.map(({ type, value }: TlvRecord) => [type, value]));
}

function numberOf(value: Uint8Array | undefined): bigint {
  if (value === undefined || value.length > 8) return 0n;
  // In two halves: a bigint for each byte took longer than all the rest.
  const half = Math.max(0, value.length - 4);
  return (BigInt(u32(value, 0, half)) << 32n) | BigInt(u32(value, half, value.length));
}

function u32(bytes: Uint8Array, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at++) number = number * 256 + (bytes[at] ?? 0);
  return number;
}

/** 0 for what lnd writes where there is no time yet: the year 1. */
function goTimeNs(value: Uint8Array | undefined): bigint {
  if (value?.length !== GO_TIME_BYTES) return 0n;
  const reader = new WireReader(value);
  reader.u8();
  const seconds = reader.u64() - SECONDS_TO_1970;
  const ns = seconds * 1_000_000_000n + BigInt(reader.u32());
  return ns > 0n && ns < 1n << 62n ? ns : 0n;
}
