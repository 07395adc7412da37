/**
 * Large inputs for importers, grown from real ones: the real file's own records stay, and beside them stand
 * many of the same form whose names and times follow from their number. Loads, and never records.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { BoltFile } from '../../src/sources/lnd/database/bbolt.ts';
import { BboltWriter, type WrittenEntry } from './bbolt-writer.ts';

const START_S = 1_767_225_600;

/** The real store's records again and again, behind one version byte. */
export function growGossipStore(path: string, bytes: number): void {
  const real = realFile('gossip/mainnet-2020-05-v9-part1.gossip_store.gz');
  const records = real.subarray(1, endOfWholeRecords(real));
  const file = openSync(path, 'w');
  writeSync(file, real.subarray(0, 1));
  for (let written = 1; written < bytes; written += records.length) writeSync(file, records);
  closeSync(file);
}

/** The real file ends within a record. Version 9: the length is in the lower bits of the first word. */
function endOfWholeRecords(store: Buffer): number {
  let at = 1;
  while (at + 12 <= store.length) {
    const end = at + 12 + (store.readUInt32BE(at) & 0x3fffffff);
    if (end > store.length) break;
    at = end;
  }
  return at;
}

/** A node that forwards: its forwards alone, without the HTLCs. */
export function growLightningd(path: string, forwards: number): void {
  writeFileSync(path, realFile('cln/v0.12.1-forward.sqlite3.gz'));
  const database = new Database(path);
  const names = database.prepare('SELECT in_channel_scid FROM forwarded_payments').pluck().all();
  const [scidOfFirst, scidOfSecond] = [...new Set(names)];
  const forward = database.prepare(
    `INSERT INTO forwarded_payments (in_channel_scid, out_channel_scid, in_msatoshi, out_msatoshi, state,
       received_time, resolved_time, forward_style) VALUES (?, ?, ?, ?, ?, ?, ?, 1)`,
  );
  database.transaction(() => {
    for (let nth = 0; nth < forwards; nth++) {
      const amountMsat = 10_000 + (numberOf('forward', nth) % 1_000_000);
      const receivedNs = (BigInt(START_S) + BigInt(nth)) * 1_000_000_000n;
      const state = nth % 10 === 9 ? 2 : 1;
      const [incoming, outgoing] =
        nth % 2 === 0 ? [scidOfFirst, scidOfSecond] : [scidOfSecond, scidOfFirst];
      const amounts = [amountMsat + 1, amountMsat, state];
      forward.run(incoming, outgoing, ...amounts, receivedNs, receivedNs + 700_000_000n);
    }
  })();
  database.close();
}

/** A node that is paid: each invoice settled by one HTLC. */
export function growChannelDb(path: string, invoices: number): void {
  const real = `${path}-real`;
  writeFileSync(real, realFile('lnd/closed-channels.channel.db.gz'));
  const file = BoltFile.open(real);
  const writer = new BboltWriter(path);
  const buckets = Array.from(file.top().entries()).flatMap(({ key, isBucket }) => {
    const bucket = isBucket ? file.bucket(key.toString('latin1')) : undefined;
    if (bucket === undefined) return [];
    if (key.toString() !== 'invoices') return [writer.copied(key, bucket)];
    return [writer.bucket('invoices', paidInvoices(invoices))];
  });
  writer.end(buckets);
  file.close();
  rmSync(real);
}

function* paidInvoices(count: number): Generator<WrittenEntry> {
  for (let nth = 0; nth < count; nth++) {
    const key = Buffer.alloc(4);
    key.writeUInt32BE(nth);
    yield { key, value: paidInvoice(nth), isBucket: false };
  }
}

/** As lnd 0.18 writes one (`channeldb/invoices.go`): the invoice's stream, then its HTLC's. */
function paidInvoice(nth: number): Buffer {
  const hash = createHash('sha256').update(`invoice ${nth}`).digest();
  const amountMsat = BigInt(1000 * (1 + (numberOf('amount', nth) % 100_000)));
  const createdS = BigInt(START_S + 60 * nth);
  const invoice = stream([
    [1, Buffer.alloc(200, 'lnbc')],
    [2, goTime(createdS)],
    [3, goTime(createdS + 30n)],
    [4, u64(BigInt(nth + 1))],
    [5, u64(BigInt(nth + 1))],
    [6, hash],
    [7, u64(amountMsat)],
    [12, Buffer.of(1)],
    [13, u64(amountMsat)],
  ]);
  const htlc = stream([
    [1, u64((BigInt(800_000) << 40n) | (1n << 16n))],
    [3, u64(BigInt(nth))],
    [5, u64(amountMsat)],
    [7, u32(800_000 + Math.floor(nth / 10))],
    [9, u64((createdS + 29n) * 1_000_000_000n)],
    [11, u64((createdS + 30n) * 1_000_000_000n)],
    [13, u32(800_144 + Math.floor(nth / 10))],
    [15, Buffer.of(1)],
  ]);
  return Buffer.concat([invoice, htlc]);
}

function stream(records: readonly (readonly [type: number, value: Buffer])[]): Buffer {
  const parts = records.flatMap(([type, value]) => [Buffer.of(type, value.length), value]);
  const body = Buffer.concat(parts);
  return Buffer.concat([u64(BigInt(body.length)), body]);
}

/** `MarshalBinary` of Go's time, in UTC. */
function goTime(seconds: bigint): Buffer {
  const bytes = Buffer.alloc(15);
  bytes[0] = 1;
  bytes.writeBigUInt64BE(seconds + 62_135_596_800n, 1);
  bytes.writeInt16BE(-1, 13);
  return bytes;
}

/** What `lncli listpayments` prints of a node that pays, with the real node's routes. */
export function growPayments(path: string, bytes: number): number {
  const state = JSON.parse(realFile('lnd/lnd_testnet_state.json.gz').toString());
  const real: readonly Payment[] = state.allLightningTransactions.paymentsAll.payments;
  const file = openSync(path, 'w');
  writeSync(file, '{"payments":[');
  let written = 0;
  let nth = 0;
  for (; written < bytes; nth++) {
    const createdS = START_S + 60 * nth;
    const payment = {
      ...paidAt(real[nth % real.length] as Payment, createdS),
      payment_hash: createHash('sha256').update(`payment ${nth}`).digest('hex'),
      payment_index: String(nth + 1),
    };
    written += writeSync(file, `${nth === 0 ? '' : ','}\n${JSON.stringify(payment, null, 2)}`);
  }
  writeSync(file, `],"first_index_offset":"1","last_index_offset":"${nth}"}\n`);
  closeSync(file);
  return nth;
}

interface Payment {
  readonly creation_time_ns: string;
  readonly htlcs: readonly { readonly attempt_time_ns: string; readonly resolve_time_ns: string }[];
}

/** The same payment at another time, its attempts as long after it as they were. */
function paidAt(payment: Payment, createdS: number): object {
  const createdNs = BigInt(createdS) * 1_000_000_000n;
  const laterNs = createdNs - BigInt(payment.creation_time_ns);
  const moved = (timeNs: string) => (timeNs === '0' ? timeNs : String(BigInt(timeNs) + laterNs));
  return {
    ...payment,
    creation_date: String(createdS),
    creation_time_ns: String(createdNs),
    htlcs: payment.htlcs.map((htlc) => ({
      ...htlc,
      attempt_time_ns: moved(htlc.attempt_time_ns),
      resolve_time_ns: moved(htlc.resolve_time_ns),
    })),
  };
}

function realFile(name: string): Buffer {
  const url = new URL(`../../test/fixtures/real/${name}`, import.meta.url);
  return gunzipSync(readFileSync(url));
}

function numberOf(what: string, nth: number): number {
  return createHash('sha256').update(`${what} ${nth}`).digest().readUInt32BE(0);
}

function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
