/**
 * LDK 0.1's serialisation of a `ChannelMonitorUpdate`: `u8 version, u8 least version, u64 update id,
 * u64 count, count × (u8 variant, length-prefixed TLV stream)`, then a length-prefixed TLV stream. Strict
 * about what it knows; unknown variants and odd TLVs are kept out, as LDK itself would.
 */
import { bytesToHex } from '../../lightning/bytes.ts';
import { ChannelId, NodeId, ShortChannelId, txidOfBytes } from '../../lightning/ids.ts';
import { WireReader } from '../../lightning/wire.ts';
import type {
  HolderCommitment,
  HtlcSource,
  MonitorHtlc,
  MonitorStep,
  MonitorUpdate,
} from './monitor-update.ts';

/** The highest serialisation version this decoder knows how to read. */
const READABLE_VERSION = 1;
/** LDK counts commitments down from here (BOLT 3, 48-bit commitment number). */
const FIRST_COMMITMENT_INDEX = (1n << 48n) - 1n;

export function decodeMonitorUpdate(bytes: Uint8Array): MonitorUpdate {
  const reader = new WireReader(bytes, 'channel monitor update');
  reader.u8();
  const leastVersion = reader.u8();
  if (leastVersion > READABLE_VERSION) {
    throw new Error(`"channel monitor update" expected version 1, got ${leastVersion}`);
  }
  const updateId = reader.u64();
  const count = reader.u64();
  const steps: MonitorStep[] = [];
  // A count from outside must not reserve memory: a short read ends the loop.
  for (let i = 0n; i < count; i++) steps.push(step(reader.u8(), fields(reader)));
  const tail = fields(reader);
  reader.end();
  const peer = tail.get(1);
  const channelId = tail.get(3);
  return {
    updateId,
    steps,
    peer: peer === undefined ? null : NodeId(hex(peer, 33)),
    channelId: channelId === undefined ? null : ChannelId(hex(channelId, 32)),
  };
}

function step(variant: number, tlvs: Fields): MonitorStep {
  switch (variant) {
    case 0:
      return {
        step: 'holder-commitment',
        commitment: holderCommitment(required(tlvs, 0)),
        htlcs: sequence(required(tlvs, 2), holderHtlc),
      };
    case 1:
      return {
        step: 'counterparty-commitment',
        txid: txidOfBytes(sized(required(tlvs, 0), 32)),
        feeratePerKw: optional(tlvs, 1, u32),
        number: commitmentNumber(u64(required(tlvs, 2))),
        toBroadcasterSat: optional(tlvs, 3, u64),
        perCommitmentPoint: hex(required(tlvs, 4), 33),
        toCountersignatorySat: optional(tlvs, 5, u64),
        htlcs: sequence(required(tlvs, 6), counterpartyHtlc),
      };
    case 2:
      return { step: 'preimage', preimage: hex(required(tlvs, 0), 32) };
    case 3:
      return {
        step: 'commitment-secret',
        number: commitmentNumber(u64(required(tlvs, 0))),
        secret: hex(required(tlvs, 2), 32),
      };
    case 4:
      return { step: 'force-closed', shouldBroadcast: flag(required(tlvs, 0)) };
    case 5:
      return { step: 'shutdown-script', script: prefixedScript(required(tlvs, 0)) };
    default:
      return { step: 'unknown', variant };
  }
}

/** `HolderCommitmentTransaction`, which wraps a `CommitmentTransaction` with the peer's signatures. */
function holderCommitment(bytes: Uint8Array): HolderCommitment {
  const signed = fields(new WireReader(bytes, 'holder commitment'));
  const commitment = fields(new WireReader(required(signed, 0), 'commitment'));
  const built = fields(new WireReader(required(commitment, 10), 'built commitment'));
  const keys = fields(new WireReader(required(commitment, 8), 'commitment keys'));
  return {
    number: commitmentNumber(u64(required(commitment, 0))),
    txid: txidOfBytes(sized(required(built, 2), 32)),
    rawTransaction: bytesToHex(required(built, 0)),
    toBroadcasterSat: u64(required(commitment, 2)),
    toCountersignatorySat: u64(required(commitment, 4)),
    feeratePerKw: u32(required(commitment, 6)),
    perCommitmentPoint: hex(required(keys, 0), 33),
    counterpartySignature: hex(required(signed, 2), 64),
    counterpartyHtlcSignatures: sequence(required(signed, 6), (reader) =>
      bytesToHex(reader.bytes(64)),
    ),
  };
}

/** `(HTLCOutputInCommitment, Option<Signature>, Option<HTLCSource>)` */
function holderHtlc(reader: WireReader): MonitorHtlc {
  const htlc = htlcOutput(reader);
  const counterpartySignature = option(reader, (inner) => bytesToHex(inner.bytes(64)));
  return { ...htlc, counterpartySignature, source: option(reader, htlcSource) };
}

/** `(HTLCOutputInCommitment, Option<Box<HTLCSource>>)` */
function counterpartyHtlc(reader: WireReader): MonitorHtlc {
  return { ...htlcOutput(reader), counterpartySignature: null, source: option(reader, htlcSource) };
}

function htlcOutput(reader: WireReader): Omit<MonitorHtlc, 'source' | 'counterpartySignature'> {
  const tlvs = fields(reader);
  return {
    isOfferedByOwner: flag(required(tlvs, 0)),
    amountMsat: u64(required(tlvs, 2)),
    cltvExpiry: u32(required(tlvs, 4)),
    paymentHash: hex(required(tlvs, 6), 32),
    outputIndex: optional(tlvs, 8, u32),
  };
}

/** An `Option<T>` outside a TLV stream: 0 for none, else the length plus one and the value. */
function option<Value>(reader: WireReader, read: (inner: WireReader) => Value): Value | null {
  const length = Number(reader.bigsize());
  if (length === 0) return null;
  const inner = new WireReader(reader.bytes(length - 1), 'option');
  const value = read(inner);
  inner.end();
  return value;
}

function htlcSource(reader: WireReader): HtlcSource {
  const kind = reader.u8();
  if (kind > 1) throw new Error(`"HTLC source" expected kind 0 or 1, got ${kind}`);
  const tlvs = fields(reader);
  if (kind === 0) {
    return {
      kind: 'own-payment',
      paymentId: optional(tlvs, 1, (bytes) => hex(bytes, 32)),
      firstHopMsat: u64(required(tlvs, 2)),
    };
  }
  return {
    kind: 'forwarded',
    previousShortChannelId: optional(tlvs, 0, (bytes) => ShortChannelId(u64(bytes))),
    previousHtlcId: optional(tlvs, 4, u64),
  };
}

type Fields = ReadonlyMap<number, Uint8Array>;

/** A TLV stream with its length in front, as LDK writes every struct. */
function fields(reader: WireReader): Fields {
  const stream = new WireReader(reader.bytes(Number(reader.bigsize())), 'TLV stream');
  return new Map(stream.tlvStream().map(({ type, value }) => [Number(type), value]));
}

function required(tlvs: Fields, type: number): Uint8Array {
  const value = tlvs.get(type);
  if (value === undefined) throw new Error(`"TLV stream" expected type ${type}, got none such`);
  return value;
}

function optional<Value>(
  tlvs: Fields,
  type: number,
  read: (bytes: Uint8Array) => Value,
): Value | null {
  const value = tlvs.get(type);
  return value === undefined ? null : read(value);
}

/** A `Vec` that fills its TLV: items until the end. */
function sequence<Item>(bytes: Uint8Array, read: (reader: WireReader) => Item): readonly Item[] {
  const reader = new WireReader(bytes, 'list');
  const items: Item[] = [];
  while (reader.remaining > 0) items.push(read(reader));
  return items;
}

/** A script inside a TLV still carries its own two-byte length. */
function prefixedScript(bytes: Uint8Array): string {
  const reader = new WireReader(bytes, 'script');
  const script = bytesToHex(reader.bytes(reader.u16()));
  reader.end();
  return script;
}

function commitmentNumber(index: bigint): number {
  if (index > FIRST_COMMITMENT_INDEX) {
    throw new Error(`"commitment number" expected 48 bits, got ${index}`);
  }
  return Number(FIRST_COMMITMENT_INDEX - index);
}

function flag(bytes: Uint8Array): boolean {
  const byte = sized(bytes, 1)[0];
  if (byte !== 0 && byte !== 1) throw new Error(`"flag" expected 0 or 1, got ${byte}`);
  return byte === 1;
}

function u32(bytes: Uint8Array): number {
  return new WireReader(sized(bytes, 4)).u32();
}

function u64(bytes: Uint8Array): bigint {
  return new WireReader(sized(bytes, 8)).u64();
}

function hex(bytes: Uint8Array, length: number): string {
  return bytesToHex(sized(bytes, length));
}

function sized(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length !== length) {
    throw new Error(`"field" expected ${length} bytes, got ${bytes.length}`);
  }
  return bytes;
}
