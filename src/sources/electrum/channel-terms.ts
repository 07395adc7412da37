/** What both ends agreed on when the channel was opened, from the wallet's configs. */
import type { Terms } from '../../channel/fields.ts';
import type { ChannelContext } from '../../channel/observations.ts';
import { bigintToBytes, bytesToHex, hexToBytes } from '../../lightning/bytes.ts';
import type { ChannelType } from '../../lightning/commitment.ts';
import { channelTypeOf } from '../../lightning/features.ts';
import {
  ChannelId,
  channelIdOfOutpoint,
  NodeId,
  type Outpoint,
  outpointOf,
  ShortChannelId,
  Txid,
} from '../../lightning/ids.ts';
import { pointOfSecret } from '../../lightning/keys.ts';
import { shachainIndex, shachainSecret } from '../../lightning/shachain.ts';
import type { Config, WalletChannel } from './wallet-schema.ts';

export interface ChannelTerms {
  readonly channelId: ChannelId;
  readonly fundingOutpoint: Outpoint;
  readonly fundingTxid: Txid;
  readonly capacitySat: bigint;
  readonly pushMsat: bigint;
  readonly channelType: ChannelType;
  readonly context: ChannelContext;
}

const MAX_STORED_MSAT = 2n ** 63n - 1n;
/** lnutil.py, CF_ANNOUNCE_CHANNEL: the first bit of open_channel's flags (BOLT 2). */
const ANNOUNCE = 1;
const SECRET_BYTES = 32;

/** The terms, or what in them cannot be. */
export function termsOf(channel: WalletChannel): ChannelTerms | string {
  const { funding_outpoint, constraints, local_config, remote_config } = channel;
  const fundingTxid = Txid(funding_outpoint.txid);
  const fundingOutpoint = outpointOf(fundingTxid, funding_outpoint.output_index);
  const channelId = ChannelId(channel.channel_id);
  if (channelIdOfOutpoint(fundingOutpoint) !== channelId)
    return 'its id is not that of its funding';
  const capacitySat = BigInt(constraints.capacity);
  const initialMsat = BigInt(local_config.initial_msat) + BigInt(remote_config.initial_msat);
  if (initialMsat !== capacitySat * 1000n) return 'its first balances do not make up its capacity';
  const opener = constraints.is_initiator ? 'local' : 'remote';
  const pushed = constraints.is_initiator ? remote_config : local_config;
  const { channel_type, short_channel_id } = channel;
  // Before Electrum 4.2 the type was not stored.
  const channelType: ChannelType =
    channel_type === undefined || channel_type === null
      ? 'unknown'
      : channelTypeOf(bigintToBytes(BigInt(channel_type), 8));
  const pushMsat = BigInt(pushed.initial_msat);
  const seed = hexToBytes(local_config.per_commitment_secret_seed, 'seed');
  const context: ChannelContext = {
    peerId: NodeId(channel.node_id),
    fundingOutpoint,
    capacitySat,
    opener,
    pushMsat,
    channelType,
    isPrivate: ((constraints.flags ?? 0) & ANNOUNCE) === 0,
    ...(short_channel_id && { shortChannelId: scidOf(short_channel_id) }),
    local: { ...sideTerms(local_config), firstPerCommitmentPoint: localPoint(seed, 0) },
    remote: sideTerms(remote_config),
  };
  return { channelId, fundingOutpoint, fundingTxid, capacitySat, pushMsat, channelType, context };
}

function sideTerms(config: Config): Terms {
  return {
    dustLimitSat: BigInt(config.dust_limit_sat),
    channelReserveSat: BigInt(config.reserve_sat),
    maxInFlightMsat: limit(config.max_htlc_value_in_flight_msat),
    htlcMinimumMsat: BigInt(config.htlc_minimum_msat),
    maxAcceptedHtlcs: config.max_accepted_htlcs,
    csvDelayBlocks: config.to_self_delay,
    fundingPubkey: config.multisig_key.pubkey,
    revocationBasepoint: config.revocation_basepoint.pubkey,
    paymentBasepoint: config.payment_basepoint.pubkey,
    delayedPaymentBasepoint: config.delayed_basepoint.pubkey,
    htlcBasepoint: config.htlc_basepoint.pubkey,
  };
}

function limit(msat: number): bigint {
  return Number.isSafeInteger(msat) ? BigInt(msat) : MAX_STORED_MSAT;
}

export function scidOf(hex: string): ShortChannelId {
  return ShortChannelId(BigInt(`0x${hex}`));
}

/** Our own per-commitment secrets all come from one seed (BOLT 3). */
export function localSecret(seed: Uint8Array, number: number): Uint8Array {
  return shachainSecret(seed, shachainIndex(number)).subarray(0, SECRET_BYTES);
}

function localPoint(seed: Uint8Array, number: number): string {
  return bytesToHex(pointOfSecret(localSecret(seed, number)));
}
