/** Who signed a gossip message (BOLT 7). The raw message has its two-byte type in front. */
import { hexToBytes } from './bytes.ts';
import {
  parseChannelAnnouncement,
  parseChannelUpdate,
  parseNodeAnnouncement,
  signedPart,
} from './gossip.ts';
import type { NodeId } from './ids.ts';
import { isSignedBy } from './signatures.ts';

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
export function verifyChannelAnnouncement(raw: Uint8Array): AnnouncementCheck {
  const message = parseChannelAnnouncement(raw);
  const signed = signedPart(raw);
  const signatures: readonly (readonly [AnnouncementSignature, Uint8Array, Uint8Array])[] = [
    ['node_signature_1', message.nodeSignature1, hexToBytes(message.nodeId1)],
    ['node_signature_2', message.nodeSignature2, hexToBytes(message.nodeId2)],
    ['bitcoin_signature_1', message.bitcoinSignature1, message.bitcoinKey1],
    ['bitcoin_signature_2', message.bitcoinSignature2, message.bitcoinKey2],
  ];
  const bad = signatures
    .filter(([, signature, key]) => !isSignedBy(signature, signed, key))
    .map(([name]) => name);
  return { isValid: bad.length === 0, bad };
}

/**
 * A channel_update does not say who sent it: the key is the announcement's node 1 or 2, by the
 * direction bit.
 */
export function verifyChannelUpdate(raw: Uint8Array, nodeId: NodeId): boolean {
  const { signature } = parseChannelUpdate(raw);
  return isSignedBy(signature, signedPart(raw), hexToBytes(nodeId));
}

export function verifyNodeAnnouncement(raw: Uint8Array): boolean {
  const { signature, nodeId } = parseNodeAnnouncement(raw);
  return isSignedBy(signature, signedPart(raw), hexToBytes(nodeId));
}
