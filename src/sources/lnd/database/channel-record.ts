/** An open channel as lnd keeps it (`putChanInfo`, `putChanCommitment` of `channeldb/channel.go`). */
import { bytesToHex } from '../../../lightning/bytes.ts';
import { NodeId, type Outpoint, type ShortChannelId } from '../../../lightning/ids.ts';
import { shachainIndex } from '../../../lightning/shachain.ts';
import { readTransaction } from '../../../lightning/transaction.ts';
import { WireReader } from '../../../lightning/wire.ts';
import {
  type ChannelConfig,
  checkedNumber,
  readConfig,
  readFlag,
  readOutpoint,
  readShortId,
  readVarBytes,
} from './elements.ts';

/** Bits of `ChannelType` (`chanstate/channel_type.go`). */
export const TYPE_BITS = {
  dualFunder: 1n << 0n,
  tweakless: 1n << 1n,
  noFundingTransaction: 1n << 2n,
  anchors: 1n << 3n,
  /** Not to be closed together before a height. */
  frozen: 1n << 4n,
  zeroFeeHtlcs: 1n << 5n,
  lease: 1n << 6n,
  zeroConf: 1n << 7n,
  aliasChannel: 1n << 8n,
  aliasFeature: 1n << 9n,
  taproot: 1n << 10n,
  tapscriptRoot: 1n << 11n,
} as const;
/** Bits of `ChannelStatus`. */
export const STATUS_BITS = {
  commitmentBroadcast: 1n << 1n,
  restored: 1n << 3n,
  cooperativeBroadcast: 1n << 4n,
  localInitiator: 1n << 5n,
  remoteInitiator: 1n << 6n,
} as const;

export interface ChannelInfo {
  readonly type: bigint;
  readonly chainHash: string;
  readonly fundingOutpoint: Outpoint;
  readonly shortChannelId: ShortChannelId | undefined;
  readonly isPending: boolean;
  readonly isInitiator: boolean;
  readonly status: bigint;
  readonly broadcastHeight: number;
  readonly isPrivate: boolean;
  readonly peerId: NodeId;
  readonly capacitySat: bigint;
  readonly sentMsat: bigint;
  readonly receivedMsat: bigint;
  readonly local: ChannelConfig;
  readonly remote: ChannelConfig;
  /** From database version 25 on; before, 0 stood for what was not kept. */
  readonly initialLocalMsat: bigint | undefined;
  readonly initialRemoteMsat: bigint | undefined;
  /** Of a zero-conf channel, once it confirmed. */
  readonly realShortId: ShortChannelId | undefined;
}

/** Bit 0 of the flags in open_channel (BOLT 2): announce_channel. */
const ANNOUNCE = 1;

export function parseChannelInfo(bytes: Uint8Array): ChannelInfo {
  const reader = new WireReader(bytes, 'chan-info-key');
  const type = reader.bigsize();
  const chainHash = bytesToHex(reader.bytes(32));
  const fundingOutpoint = readOutpoint(reader);
  const shortChannelId = readShortId(reader);
  const isPending = readFlag(reader);
  const isInitiator = readFlag(reader);
  const status = reader.bigsize();
  const broadcastHeight = reader.u32();
  reader.u16();
  const isPrivate = (reader.u8() & ANNOUNCE) === 0;
  const peerId = NodeId(bytesToHex(reader.bytes(33)), 'peer');
  const capacitySat = reader.u64();
  const sentMsat = reader.u64();
  const receivedMsat = reader.u64();
  const isFundingKept = (type & (TYPE_BITS.dualFunder | TYPE_BITS.noFundingTransaction)) === 0n;
  if (isFundingKept && isInitiator && (status & STATUS_BITS.restored) === 0n) {
    readTransaction(reader);
  }
  const local = readConfig(reader);
  const remote = readConfig(reader);
  return {
    type,
    chainHash,
    fundingOutpoint,
    shortChannelId,
    isPending,
    isInitiator,
    status,
    broadcastHeight,
    isPrivate,
    peerId,
    capacitySat,
    sentMsat,
    receivedMsat,
    local,
    remote,
    ...laterFields(reader.rest()),
  };
}

const [INITIAL_LOCAL, INITIAL_REMOTE, REAL_SHORT_ID] = [2n, 3n, 4n];

/** `openChannelTlvData`: what later versions added. */
function laterFields(bytes: Uint8Array) {
  const records = new WireReader(bytes, 'chan-info-key, later fields').tlvStream();
  const field = (type: bigint) => {
    const value = records.find((record) => record.type === type)?.value;
    return value?.length === 8 ? new WireReader(value) : undefined;
  };
  const realShortId = field(REAL_SHORT_ID);
  return {
    initialLocalMsat: field(INITIAL_LOCAL)?.u64(),
    initialRemoteMsat: field(INITIAL_REMOTE)?.u64(),
    realShortId: realShortId && readShortId(realShortId),
  };
}

export interface StoredHtlc {
  readonly id: number;
  readonly isIncoming: boolean;
  readonly amountMsat: bigint;
  readonly cltvExpiry: number;
  readonly paymentHash: string;
  /** DER; empty where the commitment has no output for it. */
  readonly signature: Uint8Array;
  readonly outputIndex: number;
}

export interface StoredCommitment {
  readonly number: number;
  /** Without fee and anchors, which are off the opener's. */
  readonly localNetMsat: bigint;
  readonly remoteNetMsat: bigint;
  readonly feeSat: bigint;
  readonly feeratePerKw: number;
  readonly rawTransaction: string;
  readonly txid: string;
  readonly outputs: readonly { readonly valueSat: bigint }[];
  /** The peer's, of ours; DER. */
  readonly signature: Uint8Array;
  readonly htlcs: readonly StoredHtlc[];
}

/** BOLT 4's onion packet, which lnd keeps with the HTLC. */
const MAX_HTLCS = 966;

/** When a frozen or leased channel thaws (lnd's `StoreThawHeight`): of a lease, the height of its end. */
export function parseThawHeight(bytes: Uint8Array): number {
  const reader = new WireReader(bytes, 'frozen-chans');
  return reader.u32();
}

export function parseCommitment(bytes: Uint8Array): StoredCommitment {
  const reader = new WireReader(bytes, 'chan-commitment-key');
  const number = checkedNumber(reader.u64(), 'the commitment number');
  reader.bytes(4 * 8);
  const localNetMsat = reader.u64();
  const remoteNetMsat = reader.u64();
  const feeSat = reader.u64();
  const feeratePerKw = checkedNumber(reader.u64(), 'the feerate');
  const start = reader.offset;
  const transaction = readTransaction(reader);
  const rawTransaction = bytesToHex(reader.between(start, reader.offset));
  const signature = readVarBytes(reader);
  const count = reader.u16();
  if (count > MAX_HTLCS) throw new Error(`a commitment cannot hold ${count} HTLCs`);
  const htlcs = Array.from({ length: count }, () => readHtlc(reader));
  const { txid, outputs } = transaction;
  return {
    number,
    localNetMsat,
    remoteNetMsat,
    feeSat,
    feeratePerKw,
    rawTransaction,
    txid,
    outputs,
    signature,
    htlcs,
  };
}

function readHtlc(reader: WireReader): StoredHtlc {
  const signature = readVarBytes(reader);
  const paymentHash = bytesToHex(reader.bytes(32));
  const amountMsat = reader.u64();
  const cltvExpiry = reader.u32();
  // A signed number, −1 for what is below the dust limit.
  const outputIndex = reader.u32() | 0;
  const isIncoming = readFlag(reader);
  readVarBytes(reader);
  const id = checkedNumber(reader.u64(), 'an HTLC id');
  reader.u64();
  return { id, isIncoming, amountMsat, cltvExpiry, paymentHash, signature, outputIndex };
}

export interface RevocationState {
  /** Of the peer's present commitment. */
  readonly remotePoint: string;
  /** From which all our secrets come. It leaves this process in no form but that of a point. */
  readonly localSeed: Uint8Array;
  /** What the peer revealed, as far as it is kept: the rest derives from it. */
  readonly remoteSecrets: readonly { readonly index: bigint; readonly secret: Uint8Array }[];
}

export function parseRevocationState(bytes: Uint8Array): RevocationState {
  const reader = new WireReader(bytes, 'revocation-state-key');
  const remotePoint = bytesToHex(reader.bytes(33));
  const localSeed = reader.bytes(32);
  const count = reader.u8();
  const remoteSecrets = Array.from({ length: count }, () => {
    return { index: reader.u64(), secret: reader.bytes(32) };
  });
  return { remotePoint, localSeed, remoteSecrets };
}

/** The secret of that commitment of the peer, if it is one of those kept. */
export function keptSecret(
  { remoteSecrets }: RevocationState,
  number: number,
): Uint8Array | undefined {
  if (number < 0) return undefined;
  const index = shachainIndex(number);
  return remoteSecrets.find((kept) => kept.index === index)?.secret;
}
