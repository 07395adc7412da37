/** BOLT 7's signed messages, raw with their two-byte type, and what their signatures cover. */
import { bytesToHex } from './bytes.ts';
import { doubleSha256 } from './hashes.ts';
import { NodeId, ShortChannelId } from './ids.ts';
import { type TlvRecord, WireReader } from './wire.ts';

export const CHANNEL_ANNOUNCEMENT = 256;
export const NODE_ANNOUNCEMENT = 257;
export const CHANNEL_UPDATE = 258;

/** What follows the fields. Old nodes sent bytes that are no TLV stream: then `tlvs` is missing. */
export interface MessageTail {
  readonly raw: Uint8Array;
  readonly tlvs?: readonly TlvRecord[];
}

export interface ChannelAnnouncement {
  readonly type: typeof CHANNEL_ANNOUNCEMENT;
  readonly nodeSignature1: Uint8Array;
  readonly nodeSignature2: Uint8Array;
  readonly bitcoinSignature1: Uint8Array;
  readonly bitcoinSignature2: Uint8Array;
  readonly features: Uint8Array;
  /** Hex in byte order; see chain-hash.ts. */
  readonly chainHash: string;
  readonly shortChannelId: ShortChannelId;
  readonly nodeId1: NodeId;
  readonly nodeId2: NodeId;
  readonly bitcoinKey1: Uint8Array;
  readonly bitcoinKey2: Uint8Array;
  readonly tail: MessageTail;
}

export interface NodeAnnouncement {
  readonly type: typeof NODE_ANNOUNCEMENT;
  readonly signature: Uint8Array;
  readonly features: Uint8Array;
  /** Seconds since 1970, as the sender chose it. */
  readonly timestamp: number;
  readonly nodeId: NodeId;
  /** Six hex digits. */
  readonly rgbColor: string;
  /** Text from outside, unescaped; bytes that are no UTF-8 are replaced. */
  readonly alias: string;
  /** Address descriptors, undecoded. */
  readonly addresses: Uint8Array;
  readonly tail: MessageTail;
}

export interface ChannelUpdate {
  readonly type: typeof CHANNEL_UPDATE;
  readonly signature: Uint8Array;
  readonly chainHash: string;
  readonly shortChannelId: ShortChannelId;
  /** Seconds since 1970, as the sender chose it. */
  readonly timestamp: number;
  readonly messageFlags: number;
  readonly channelFlags: number;
  /** Which end speaks: 0 is the announcement's node 1, 1 its node 2. */
  readonly direction: 0 | 1;
  readonly isDisabled: boolean;
  readonly cltvExpiryDelta: number;
  readonly htlcMinimumMsat: bigint;
  readonly feeBaseMsat: bigint;
  readonly feeProportionalMillionths: number;
  /** Missing in messages from before the field was required. */
  readonly htlcMaximumMsat?: bigint;
  readonly tail: MessageTail;
}

export type GossipMessage = ChannelAnnouncement | NodeAnnouncement | ChannelUpdate;

/** Any of the three, by its type. */
export function parseGossipMessage(raw: Uint8Array): GossipMessage {
  const type = new WireReader(raw, 'gossip message').u16();
  if (type === CHANNEL_ANNOUNCEMENT) return parseChannelAnnouncement(raw);
  if (type === NODE_ANNOUNCEMENT) return parseNodeAnnouncement(raw);
  if (type === CHANNEL_UPDATE) return parseChannelUpdate(raw);
  throw new Error(`"gossip message" expected type 256, 257 or 258, got ${type}`);
}

/** BOLT 7, The `channel_announcement` Message. */
export function parseChannelAnnouncement(raw: Uint8Array): ChannelAnnouncement {
  const reader = readerOf(raw, CHANNEL_ANNOUNCEMENT, 'channel_announcement');
  return {
    type: CHANNEL_ANNOUNCEMENT,
    nodeSignature1: reader.bytes(64),
    nodeSignature2: reader.bytes(64),
    bitcoinSignature1: reader.bytes(64),
    bitcoinSignature2: reader.bytes(64),
    features: reader.bytes(reader.u16()),
    chainHash: bytesToHex(reader.bytes(32)),
    shortChannelId: ShortChannelId(reader.u64()),
    nodeId1: NodeId(bytesToHex(reader.bytes(33)), 'node_id_1'),
    nodeId2: NodeId(bytesToHex(reader.bytes(33)), 'node_id_2'),
    bitcoinKey1: reader.bytes(33),
    bitcoinKey2: reader.bytes(33),
    tail: readTail(reader),
  };
}

/** BOLT 7, The `node_announcement` Message. */
export function parseNodeAnnouncement(raw: Uint8Array): NodeAnnouncement {
  const reader = readerOf(raw, NODE_ANNOUNCEMENT, 'node_announcement');
  return {
    type: NODE_ANNOUNCEMENT,
    signature: reader.bytes(64),
    features: reader.bytes(reader.u16()),
    timestamp: reader.u32(),
    nodeId: NodeId(bytesToHex(reader.bytes(33)), 'node_id'),
    rgbColor: bytesToHex(reader.bytes(3)),
    alias: aliasText(reader.bytes(32)),
    addresses: reader.bytes(reader.u16()),
    tail: readTail(reader),
  };
}

/** BOLT 7, The `channel_update` Message. */
export function parseChannelUpdate(raw: Uint8Array): ChannelUpdate {
  const reader = readerOf(raw, CHANNEL_UPDATE, 'channel_update');
  const signature = reader.bytes(64);
  const chainHash = bytesToHex(reader.bytes(32));
  const shortChannelId = ShortChannelId(reader.u64());
  const timestamp = reader.u32();
  const messageFlags = reader.u8();
  const channelFlags = reader.u8();
  return {
    type: CHANNEL_UPDATE,
    signature,
    chainHash,
    shortChannelId,
    timestamp,
    messageFlags,
    channelFlags,
    direction: (channelFlags & 1) === 0 ? 0 : 1,
    isDisabled: (channelFlags & 2) !== 0,
    cltvExpiryDelta: reader.u16(),
    htlcMinimumMsat: reader.u64(),
    feeBaseMsat: BigInt(reader.u32()),
    feeProportionalMillionths: reader.u32(),
    // message_flags bit 0, `must_be_one`: set once the field was added.
    ...((messageFlags & 1) !== 0 ? { htlcMaximumMsat: reader.u64() } : {}),
    tail: readTail(reader),
  };
}

/**
 * BOLT 7: an announcement's four signatures, and the one of the others, sign all that follows them.
 */
export function signedPart(raw: Uint8Array): Uint8Array {
  const type = new WireReader(raw, 'gossip message').u16();
  return raw.subarray(2 + 64 * (type === CHANNEL_ANNOUNCEMENT ? 4 : 1));
}

/** The hash that is signed. */
export function signedDigest(raw: Uint8Array): Uint8Array {
  return doubleSha256(signedPart(raw));
}

function readerOf(raw: Uint8Array, type: number, name: string): WireReader {
  const reader = new WireReader(raw, name);
  const found = reader.u16();
  if (found !== type) throw new Error(`"${name}" expected message type ${type}, got ${found}`);
  return reader;
}

function readTail(reader: WireReader): MessageTail {
  const raw = reader.rest();
  try {
    return { raw, tlvs: new WireReader(raw, 'tail').tlvStream() };
  } catch {
    return { raw };
  }
}

function aliasText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
