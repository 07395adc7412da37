/** Who signed a gossip message (BOLT 7). The raw message has its two-byte type in front. */
import { hexToBytes } from './bytes.ts';
import {
  parseChannelAnnouncement,
  parseChannelUpdate,
  parseNodeAnnouncement,
  signedPart,
} from './gossip.ts';
import type { NodeId } from './ids.ts';
import { isSignedBy, isSignedByAside, type SignatureToCheck } from './signatures.ts';

export type AnnouncementSignature =
  | 'node_signature_1'
  | 'node_signature_2'
  | 'bitcoin_signature_1'
  | 'bitcoin_signature_2';

export interface AnnouncementCheck {
  readonly isValid: boolean;
  /** The signatures that are not their key's, in the message's order. */
  readonly bad: readonly AnnouncementSignature[];
}

/** Both nodes and both funding keys sign a channel_announcement. */
export function announcementSignatures(
  raw: Uint8Array,
): readonly (SignatureToCheck & { readonly name: AnnouncementSignature })[] {
  const parsed = parseChannelAnnouncement(raw);
  const message = signedPart(raw);
  const signatures: readonly (readonly [AnnouncementSignature, Uint8Array, Uint8Array])[] = [
    ['node_signature_1', parsed.nodeSignature1, hexToBytes(parsed.nodeId1)],
    ['node_signature_2', parsed.nodeSignature2, hexToBytes(parsed.nodeId2)],
    ['bitcoin_signature_1', parsed.bitcoinSignature1, parsed.bitcoinKey1],
    ['bitcoin_signature_2', parsed.bitcoinSignature2, parsed.bitcoinKey2],
  ];
  return signatures.map(([name, signature, publicKey]) => ({
    name,
    signature,
    message,
    publicKey,
  }));
}

/** Checks the four of them here and now. */
export function verifyChannelAnnouncement(raw: Uint8Array): AnnouncementCheck {
  const bad = announcementSignatures(raw)
    .filter(({ signature, message, publicKey }) => !isSignedBy(signature, message, publicKey))
    .map(({ name }) => name);
  return { isValid: bad.length === 0, bad };
}

/** The same, worked out aside. */
export async function verifyChannelAnnouncementAside(raw: Uint8Array): Promise<AnnouncementCheck> {
  const checks = announcementSignatures(raw).map(async (check) => {
    const { name, signature, message, publicKey } = check;
    return (await isSignedByAside(signature, message, publicKey)) ? [] : [name];
  });
  const bad = (await Promise.all(checks)).flat();
  return { isValid: bad.length === 0, bad };
}

/** Of a channel_update or node_announcement: whether that node signed it, worked out aside. */
export function isSignedByNodeAside(
  raw: Uint8Array,
  signature: Uint8Array,
  nodeId: NodeId,
): Promise<boolean> {
  return isSignedByAside(signature, signedPart(raw), hexToBytes(nodeId));
}

/**
 * A channel_update does not say who sent it: the key is the announcement's node 1 or 2, by the
 * direction bit.
 */
export function updateSignature(raw: Uint8Array, nodeId: NodeId): SignatureToCheck {
  const { signature } = parseChannelUpdate(raw);
  return { signature, message: signedPart(raw), publicKey: hexToBytes(nodeId) };
}

export function verifyChannelUpdate(raw: Uint8Array, nodeId: NodeId): boolean {
  const { signature, message, publicKey } = updateSignature(raw, nodeId);
  return isSignedBy(signature, message, publicKey);
}

export function nodeAnnouncementSignature(raw: Uint8Array): SignatureToCheck {
  const { signature, nodeId } = parseNodeAnnouncement(raw);
  return { signature, message: signedPart(raw), publicKey: hexToBytes(nodeId) };
}

export function verifyNodeAnnouncement(raw: Uint8Array): boolean {
  const { signature, message, publicKey } = nodeAnnouncementSignature(raw);
  return isSignedBy(signature, message, publicKey);
}
