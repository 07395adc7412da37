/**
 * From a message's bytes without the two-byte type, as LDK writes them, to a `WireMessage` (BOLT 2).
 * Odd TLVs and trailing bytes of later versions are let through; a message cut short throws.
 */
import { bytesToHex } from '../../lightning/bytes.ts';
import { channelTypeOf } from '../../lightning/features.ts';
import { CHANNEL_UPDATE } from '../../lightning/gossip.ts';
import { ChannelId, ShortChannelId, txidOfBytes } from '../../lightning/ids.ts';
import { WireReader } from '../../lightning/wire.ts';
import type { MessageTerms, WireMessage } from './wire-messages.ts';

const POINT = 33;
const SIGNATURE = 64;
/** TLVs of open_channel and accept_channel. */
const UPFRONT_SHUTDOWN_SCRIPT = 0n;
const CHANNEL_TYPE = 1n;
/** TLV of channel_ready. */
const SHORT_CHANNEL_ID_ALIAS = 1n;

const DECODERS: Readonly<Record<string, (reader: WireReader) => WireMessage>> = {
  open_channel: openChannel,
  accept_channel: acceptChannel,
  funding_created: (reader) => ({
    type: 'funding_created',
    temporaryChannelId: channelId(reader),
    fundingTxid: txidOfBytes(reader.bytes(32)),
    fundingOutputIndex: reader.u16(),
    signature: hex(reader, SIGNATURE),
  }),
  funding_signed: (reader) => ({
    type: 'funding_signed',
    channelId: channelId(reader),
    signature: hex(reader, SIGNATURE),
  }),
  channel_ready: channelReady,
  update_add_htlc: (reader) => ({
    type: 'update_add_htlc',
    channelId: channelId(reader),
    htlcId: reader.u64(),
    amountMsat: reader.u64(),
    paymentHash: hex(reader, 32),
    cltvExpiry: reader.u32(),
  }),
  update_fulfill_htlc: (reader) => ({
    type: 'update_fulfill_htlc',
    channelId: channelId(reader),
    htlcId: reader.u64(),
    preimage: hex(reader, 32),
  }),
  update_fail_htlc: (reader) => ({
    type: 'update_fail_htlc',
    channelId: channelId(reader),
    htlcId: reader.u64(),
  }),
  update_fail_malformed_htlc: updateFailMalformedHtlc,
  update_fee: (reader) => ({
    type: 'update_fee',
    channelId: channelId(reader),
    feeratePerKw: reader.u32(),
  }),
  commitment_signed: commitmentSigned,
  revoke_and_ack: (reader) => ({
    type: 'revoke_and_ack',
    channelId: channelId(reader),
    perCommitmentSecret: hex(reader, 32),
    nextPerCommitmentPoint: hex(reader, POINT),
  }),
  channel_reestablish: (reader) => ({
    type: 'channel_reestablish',
    channelId: channelId(reader),
    nextCommitmentNumber: reader.u64(),
    nextRevocationNumber: reader.u64(),
  }),
  shutdown: (reader) => ({
    type: 'shutdown',
    channelId: channelId(reader),
    script: hex(reader, reader.u16()),
  }),
  closing_signed: (reader) => ({
    type: 'closing_signed',
    channelId: channelId(reader),
    feeSat: reader.u64(),
    signature: hex(reader, SIGNATURE),
  }),
  error: (reader) => ({ type: 'error', ...textMessage(reader) }),
  warning: (reader) => ({ type: 'warning', ...textMessage(reader) }),
  announcement_signatures: (reader) => ({
    type: 'announcement_signatures',
    channelId: channelId(reader),
    shortChannelId: ShortChannelId(reader.u64()),
    nodeSignature: hex(reader, SIGNATURE),
    bitcoinSignature: hex(reader, SIGNATURE),
  }),
  channel_update: (reader) => ({
    type: 'channel_update',
    raw: CHANNEL_UPDATE.toString(16).padStart(4, '0') + hex(reader, reader.remaining),
  }),
};

/** Decodes the body of the message of this BOLT name; a name it does not know becomes `other`. */
export function decodeMessage(name: string, body: Uint8Array): WireMessage {
  const decode = Object.hasOwn(DECODERS, name) ? DECODERS[name] : undefined;
  return decode === undefined ? { type: 'other', name } : decode(new WireReader(body, name));
}

/** The feature bytes of an `init` message: global and local features as one (BOLT 1, init). */
export function decodeInitFeatures(body: Uint8Array): string {
  const reader = new WireReader(body, 'init');
  const legacy = reader.bytes(reader.u16());
  const features = reader.bytes(reader.u16());
  const both = new Uint8Array(Math.max(legacy.length, features.length));
  both.set(features, both.length - features.length);
  legacy.forEach((byte, index) => {
    const at = both.length - legacy.length + index;
    both[at] = (both[at] ?? 0) | byte;
  });
  return bytesToHex(both);
}

function openChannel(reader: WireReader): WireMessage {
  reader.bytes(32); // chain_hash
  const temporaryChannelId = channelId(reader);
  const fundingSat = reader.u64();
  const pushMsat = reader.u64();
  const limits = termLimits(reader);
  const feeratePerKw = reader.u32();
  const delays = termDelays(reader);
  const points = termPoints(reader);
  const isAnnounced = (reader.u8() & 1) === 1;
  return {
    type: 'open_channel',
    fundingSat,
    pushMsat,
    feeratePerKw,
    isAnnounced,
    temporaryChannelId,
    ...limits,
    ...delays,
    ...points,
    ...termTlvs(reader),
  };
}

function acceptChannel(reader: WireReader): WireMessage {
  const temporaryChannelId = channelId(reader);
  const limits = termLimits(reader);
  const minimumDepth = reader.u32();
  return {
    type: 'accept_channel',
    minimumDepth,
    temporaryChannelId,
    ...limits,
    ...termDelays(reader),
    ...termPoints(reader),
    ...termTlvs(reader),
  };
}

function termLimits(
  reader: WireReader,
): Pick<
  MessageTerms,
  'dustLimitSat' | 'maxInFlightMsat' | 'channelReserveSat' | 'htlcMinimumMsat'
> {
  return {
    dustLimitSat: reader.u64(),
    maxInFlightMsat: reader.u64(),
    channelReserveSat: reader.u64(),
    htlcMinimumMsat: reader.u64(),
  };
}

function termDelays(reader: WireReader): Pick<MessageTerms, 'csvDelayBlocks' | 'maxAcceptedHtlcs'> {
  return { csvDelayBlocks: reader.u16(), maxAcceptedHtlcs: reader.u16() };
}

function termPoints(reader: WireReader) {
  return {
    fundingPubkey: hex(reader, POINT),
    revocationBasepoint: hex(reader, POINT),
    paymentBasepoint: hex(reader, POINT),
    delayedPaymentBasepoint: hex(reader, POINT),
    htlcBasepoint: hex(reader, POINT),
    firstPerCommitmentPoint: hex(reader, POINT),
  };
}

function termTlvs(reader: WireReader): Pick<MessageTerms, 'shutdownScript' | 'channelType'> {
  const tlvs = new Map(reader.tlvStream().map(({ type, value }) => [type, value]));
  const script = tlvs.get(UPFRONT_SHUTDOWN_SCRIPT);
  const channelType = tlvs.get(CHANNEL_TYPE);
  return {
    shutdownScript: script === undefined ? null : bytesToHex(script),
    channelType: channelType === undefined ? null : channelTypeOf(channelType),
  };
}

function channelReady(reader: WireReader): WireMessage {
  const id = channelId(reader);
  const nextPerCommitmentPoint = hex(reader, POINT);
  const alias = reader.tlvStream().find(({ type }) => type === SHORT_CHANNEL_ID_ALIAS)?.value;
  return {
    type: 'channel_ready',
    channelId: id,
    nextPerCommitmentPoint,
    alias: alias === undefined ? null : ShortChannelId(new WireReader(alias, 'alias').u64()),
  };
}

function updateFailMalformedHtlc(reader: WireReader): WireMessage {
  const id = channelId(reader);
  const htlcId = reader.u64();
  reader.bytes(32); // sha256_of_onion
  return {
    type: 'update_fail_malformed_htlc',
    channelId: id,
    htlcId,
    failureCode: reader.u16(),
  };
}

function commitmentSigned(reader: WireReader): WireMessage {
  const id = channelId(reader);
  const signature = hex(reader, SIGNATURE);
  const htlcSignatures: string[] = [];
  for (let left = reader.u16(); left > 0; left--) htlcSignatures.push(hex(reader, SIGNATURE));
  return { type: 'commitment_signed', channelId: id, signature, htlcSignatures };
}

function textMessage(reader: WireReader): { channelId: ChannelId; text: string } {
  const id = channelId(reader);
  return { channelId: id, text: new TextDecoder().decode(reader.bytes(reader.u16())) };
}

function channelId(reader: WireReader): ChannelId {
  return ChannelId(hex(reader, 32));
}

function hex(reader: WireReader, length: number): string {
  return bytesToHex(reader.bytes(length));
}
