/**
 * The graph's edges (`graph/db/kv_store.go`): lnd takes the signed messages apart to keep them, and from
 * the parts each message is put together again byte for byte, so that its signatures still hold.
 */
import { bytesToHex, concatBytes, hexToBytes } from '../../../lightning/bytes.ts';
import { CHANNEL_ANNOUNCEMENT, CHANNEL_UPDATE } from '../../../lightning/gossip.ts';
import { ShortChannelId } from '../../../lightning/ids.ts';
import { compactOfDer } from '../../../lightning/signatures.ts';
import { WireReader } from '../../../lightning/wire.ts';
import { checkedNumber, readVarBytes } from './elements.ts';

export interface StoredEdge {
  readonly shortChannelId: ShortChannelId;
  readonly chainHash: Uint8Array;
  readonly nodeId1: string;
  readonly nodeId2: string;
  readonly capacitySat: bigint;
  /** The channel_announcement; undefined for a channel that was not announced. */
  readonly announcement: Uint8Array | undefined;
}

/** A value of `edge-index`; the key is the short channel id. */
export function parseEdge(key: Uint8Array, value: Uint8Array): StoredEdge {
  const reader = new WireReader(value, 'edge-index');
  const keys = reader.bytes(4 * 33);
  // They are kept with their own length of two bytes.
  const features = readVarBytes(reader);
  const signatures = [0, 1, 2, 3].map(() => readVarBytes(reader));
  reader.bytes(36);
  const capacitySat = reader.u64();
  reader.bytes(8);
  const chainHash = reader.bytes(32);
  const extra = reader.remaining > 0 ? readVarBytes(reader) : new Uint8Array(0);
  const isSigned = signatures.every((signature) => signature.length > 0);
  return {
    shortChannelId: ShortChannelId(new WireReader(key, 'edge-index, key').u64()),
    chainHash,
    nodeId1: bytesToHex(keys.subarray(0, 33)),
    nodeId2: bytesToHex(keys.subarray(33, 66)),
    capacitySat,
    announcement: isSigned
      ? concatBytes(
          u16(CHANNEL_ANNOUNCEMENT),
          ...signatures.map(compactOfDer),
          features,
          chainHash,
          key,
          keys,
          extra,
        )
      : undefined,
  };
}

export interface StoredPolicy {
  /** Who signed it. */
  readonly nodeId: string;
  readonly shortChannelId: ShortChannelId;
  /** The channel_update, without its signature where none is kept. */
  readonly update: Uint8Array | undefined;
  readonly timestamp: number;
}

/** lnd writes this where it knows the edge and no policy of that end. */
const UNKNOWN_POLICY_BYTES = 0;
const MAX_U32 = 0xffff_ffffn;

/** A value of `graph-edge`; the key is the node that says it, and the short channel id. */
export function parsePolicy(
  key: Uint8Array,
  value: Uint8Array,
  chainHash: Uint8Array,
): StoredPolicy | undefined {
  if (value.length === UNKNOWN_POLICY_BYTES) return undefined;
  const reader = new WireReader(value, 'graph-edge');
  const signature = readVarBytes(reader);
  const shortId = reader.bytes(8);
  const timestamp = checkedNumber(reader.u64(), 'the timestamp');
  const flagsAndDelta = reader.bytes(4);
  const minimumMsat = reader.bytes(8);
  const [feeBaseMsat, feeMillionths] = [reader.u64(), reader.u64()];
  reader.bytes(33);
  // The maximum comes first in it, where the message has one.
  const rest = reader.remaining > 0 ? readVarBytes(reader) : new Uint8Array(0);
  if (BigInt(timestamp) > MAX_U32 || feeBaseMsat > MAX_U32 || feeMillionths > MAX_U32) {
    throw new Error('a field is larger than its message has room for');
  }
  const isSigned = signature.length > 0;
  return {
    nodeId: bytesToHex(key.subarray(0, 33)),
    shortChannelId: ShortChannelId(new WireReader(key.subarray(33), 'graph-edge, key').u64()),
    timestamp,
    update: isSigned
      ? concatBytes(
          u16(CHANNEL_UPDATE),
          compactOfDer(signature),
          chainHash,
          shortId,
          u32(timestamp),
          flagsAndDelta,
          minimumMsat,
          u32(Number(feeBaseMsat)),
          u32(Number(feeMillionths)),
          rest,
        )
      : undefined,
  };
}

const u16 = (value: number): Uint8Array => hexToBytes(value.toString(16).padStart(4, '0'));
const u32 = (value: number): Uint8Array => hexToBytes(value.toString(16).padStart(8, '0'));
