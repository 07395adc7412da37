/** Gossip messages signed for real, by keys made from a number (BOLT 7). */
import { createHmac } from 'node:crypto';
import * as secp256k1 from '@noble/secp256k1';
import { bigintToBytes, bytesToHex, concatBytes, hexToBytes } from '../../src/lightning/bytes.ts';
import { doubleSha256, sha256 } from '../../src/lightning/hashes.ts';
import { NodeId, type ShortChannelId, shortChannelIdToBigint } from '../../src/lightning/ids.ts';
import { pointOfSecret } from '../../src/lightning/keys.ts';

// Deterministic signatures (RFC 6979): the same bytes in every run.
secp256k1.hashes.sha256 = (message) => sha256(message);
secp256k1.hashes.hmacSha256 = (key, message) => {
  return new Uint8Array(createHmac('sha256', key).update(message).digest());
};

const REGTEST = hexToBytes('06226e46111a0b59caaf126043eb5bbf28c34f3a5e332a1fc7b2b73cf188910f');

export interface TestKey {
  readonly secret: Uint8Array;
  readonly point: Uint8Array;
  readonly nodeId: NodeId;
}

export function testKey(name: string): TestKey {
  const secret = sha256(Buffer.from(name));
  const point = pointOfSecret(secret);
  return { secret, point, nodeId: NodeId(bytesToHex(point)) };
}

const u16 = (value: number) => bigintToBytes(BigInt(value), 2);
const u32 = (value: number) => bigintToBytes(BigInt(value), 4);
const u64 = (value: bigint) => bigintToBytes(value, 8);

function sign(key: TestKey, signed: Uint8Array): Uint8Array {
  return secp256k1.sign(doubleSha256(signed), key.secret, { prehash: false });
}

/** The ends in BOLT 7's order: the lesser key is node 1. */
export function inOrder(a: TestKey, b: TestKey): readonly [TestKey, TestKey] {
  return a.nodeId < b.nodeId ? [a, b] : [b, a];
}

export function announcementHex(
  shortChannelId: ShortChannelId,
  [node1, node2]: readonly [TestKey, TestKey],
  [bitcoin1, bitcoin2]: readonly [TestKey, TestKey],
): string {
  const signed = concatBytes(
    u16(0),
    REGTEST,
    u64(shortChannelIdToBigint(shortChannelId)),
    node1.point,
    node2.point,
    bitcoin1.point,
    bitcoin2.point,
  );
  const signatures = [node1, node2, bitcoin1, bitcoin2].map((key) => sign(key, signed));
  return bytesToHex(concatBytes(u16(256), ...signatures, signed));
}

export interface Policy {
  readonly direction: 0 | 1;
  readonly timestamp: number;
  readonly isDisabled: boolean;
  readonly cltvExpiryDeltaBlocks: number;
  readonly htlcMinimumMsat: bigint;
  readonly htlcMaximumMsat: bigint;
  readonly feeBaseMsat: bigint;
  readonly feeProportionalMillionths: number;
}

export function updateHex(shortChannelId: ShortChannelId, policy: Policy, signer: TestKey): string {
  const channelFlags = policy.direction + (policy.isDisabled ? 2 : 0);
  const signed = concatBytes(
    REGTEST,
    u64(shortChannelIdToBigint(shortChannelId)),
    u32(policy.timestamp),
    Uint8Array.of(1, channelFlags),
    u16(policy.cltvExpiryDeltaBlocks),
    u64(policy.htlcMinimumMsat),
    u32(Number(policy.feeBaseMsat)),
    u32(policy.feeProportionalMillionths),
    u64(policy.htlcMaximumMsat),
  );
  return bytesToHex(concatBytes(u16(258), sign(signer, signed), signed));
}

export function nodeAnnouncementHex(node: TestKey, timestamp: number, alias: string): string {
  const name = new Uint8Array(32);
  name.set(Buffer.from(alias));
  const signed = concatBytes(u16(0), u32(timestamp), node.point, new Uint8Array(3), name, u16(0));
  return bytesToHex(concatBytes(u16(257), sign(node, signed), signed));
}
