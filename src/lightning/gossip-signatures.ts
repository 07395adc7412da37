/** Who signed a gossip message (BOLT 7). The raw message has its two-byte type in front. */
import { hexToBytes } from './bytes.ts';
import {
  type ChannelAnnouncement,
  parseChannelAnnouncement,
  parseChannelUpdate,
  parseNodeAnnouncement,
  signedPart,
} from './gossip.ts';
import type { NodeId } from './ids.ts';
import { isSignedBy, isSignedByAside } from './signatures.ts';

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
  const signed = signedPart(raw);
  const bad = announcementSignatures(parseChannelAnnouncement(raw))
    .filter(([, signature, key]) => !isSignedBy(signature, signed, key))
    .map(([name]) => name);
  return { isValid: bad.length === 0, bad };
}

/** The same, worked out aside; `message` is what `raw` says. */
export async function verifyChannelAnnouncementAside(
  raw: Uint8Array,
  message: ChannelAnnouncement,
): Promise<AnnouncementCheck> {
  const signed = signedPart(raw);
  const checks = announcementSignatures(message).map(async ([name, signature, key]) => {
    return (await isSignedByAside(signature, signed, key)) ? [] : [name];
  });
  const bad = (await Promise.all(checks)).flat();
  return { isValid: bad.length === 0, bad };
}

type NamedSignature = readonly [AnnouncementSignature, signature: Uint8Array, key: Uint8Array];

function announcementSignatures(message: ChannelAnnouncement): readonly NamedSignature[] {
  return [
    ['node_signature_1', message.nodeSignature1, hexToBytes(message.nodeId1)],
    ['node_signature_2', message.nodeSignature2, hexToBytes(message.nodeId2)],
    ['bitcoin_signature_1', message.bitcoinSignature1, message.bitcoinKey1],
    ['bitcoin_signature_2', message.bitcoinSignature2, message.bitcoinKey2],
  ];
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
export function verifyChannelUpdate(raw: Uint8Array, nodeId: NodeId): boolean {
  const { signature } = parseChannelUpdate(raw);
  return isSignedBy(signature, signedPart(raw), hexToBytes(nodeId));
}

export function verifyNodeAnnouncement(raw: Uint8Array): boolean {
  const { signature, nodeId } = parseNodeAnnouncement(raw);
  return isSignedBy(signature, signedPart(raw), hexToBytes(nodeId));
}
