/** From a channel that lnd keeps to what an observation says of it. */

import type { Terms } from '../../../channel/fields.ts';
import type {
  BalanceSeen,
  ChannelContext,
  CommitmentSeen,
  DirectFact,
  HtlcSeen,
} from '../../../channel/observations.ts';
import { MSAT_PER_SAT } from '../../../lightning/amounts.ts';
import { bytesToHex } from '../../../lightning/bytes.ts';
import { ANCHOR_SAT } from '../../../lightning/commitment.ts';
import { channelIdOfOutpoint, Txid } from '../../../lightning/ids.ts';
import { pointOfSecret } from '../../../lightning/keys.ts';
import { shachainIndex, shachainSecret } from '../../../lightning/shachain.ts';
import { compactOfDer } from '../../../lightning/signatures.ts';
import type { KnownChannel } from '../told.ts';
import {
  type ChannelInfo,
  keptSecret,
  type RevocationState,
  type StoredCommitment,
  TYPE_BITS,
} from './channel-record.ts';
import type { ChannelConfig } from './elements.ts';

/** A channel's bucket: final for one that is closed. */
export interface StoredChannel {
  readonly info: ChannelInfo;
  /** Absent of a channel restored from a static backup. */
  readonly local: StoredCommitment | undefined;
  readonly remote: StoredCommitment | undefined;
  readonly revocations: RevocationState | undefined;
  /** Of a channel that is frozen or leased. */
  readonly thawHeight: number | undefined;
}

const has = (type: bigint, bit: bigint): boolean => (type & bit) !== 0n;

const KNOWN_BITS = Object.values(TYPE_BITS).reduce((all, bit) => all | bit, 0n);

/**
 * A leased channel has the lease's end in its scripts, and what a bit of a later lnd changes in them
 * nobody knows here: neither is one of the types that the others are.
 */
export function channelTypeOfBits(type: bigint): NonNullable<ChannelContext['channelType']> {
  if ((type & ~KNOWN_BITS) !== 0n) return 'unknown';
  if (has(type, TYPE_BITS.dualFunder | TYPE_BITS.lease)) return 'unknown';
  if (has(type, TYPE_BITS.taproot)) return 'taproot';
  if (has(type, TYPE_BITS.anchors)) {
    return has(type, TYPE_BITS.zeroFeeHtlcs) ? 'anchors_zero_fee_htlc_tx' : 'anchors';
  }
  return has(type, TYPE_BITS.tweakless) ? 'static_remotekey' : 'legacy';
}

export function knownChannel({ info, thawHeight }: StoredChannel): KnownChannel {
  const { fundingOutpoint, type, isInitiator, initialLocalMsat, initialRemoteMsat } = info;
  const pushMsat = isInitiator ? initialRemoteMsat : initialLocalMsat;
  const isOpeningKept = (initialLocalMsat ?? 0n) + (initialRemoteMsat ?? 0n) > 0n;
  const isZeroConf = has(type, TYPE_BITS.zeroConf);
  const isLease = has(type, TYPE_BITS.lease);
  const shortChannelId = isZeroConf ? info.realShortId : info.shortChannelId;
  return {
    channelId: channelIdOfOutpoint(fundingOutpoint),
    context: {
      peerId: info.peerId,
      fundingOutpoint,
      capacitySat: info.capacitySat,
      opener: isInitiator ? 'local' : 'remote',
      ...(isOpeningKept && pushMsat !== undefined && { pushMsat }),
      channelType: channelTypeOfBits(type),
      isPrivate: info.isPrivate,
      ...(shortChannelId && { shortChannelId }),
      ...(isLease && thawHeight !== undefined && { leaseExpiryHeight: thawHeight }),
      local: termsOf(info.local, info.remote),
      remote: termsOf(info.remote, info.local),
    },
  };
}

/** The greatest number that there is stands for no limit. */
const NO_LIMIT_MSAT = 1n << 63n;

/** What a side demands is kept with the other side, whom it binds; dust limit and keys are its own. */
function termsOf(own: ChannelConfig, others: ChannelConfig): Terms {
  return {
    dustLimitSat: own.dustLimitSat,
    channelReserveSat: others.reserveSat,
    ...(others.maxPendingMsat < NO_LIMIT_MSAT && { maxInFlightMsat: others.maxPendingMsat }),
    htlcMinimumMsat: others.minHtlcMsat,
    maxAcceptedHtlcs: others.maxAcceptedHtlcs,
    csvDelayBlocks: others.csvDelayBlocks,
    ...(own.fundingPubkey && { fundingPubkey: own.fundingPubkey }),
    ...(own.revocationBasepoint && { revocationBasepoint: own.revocationBasepoint }),
    ...(own.paymentBasepoint && { paymentBasepoint: own.paymentBasepoint }),
    ...(own.delayedPaymentBasepoint && { delayedPaymentBasepoint: own.delayedPaymentBasepoint }),
    ...(own.htlcBasepoint && { htlcBasepoint: own.htlcBasepoint }),
  };
}

/** The last commitment of a side, as the transaction that is kept says it. */
export function commitmentSeen(
  { info, revocations }: StoredChannel,
  side: 'local' | 'remote',
  stored: StoredCommitment,
): CommitmentSeen {
  const stated = outputsOf(stored, side === 'local' ? info.local : info.remote);
  const signature = side === 'local' ? signatures(stored) : undefined;
  const point = revocations && pointOf(revocations, side, stored.number);
  return {
    side,
    number: stored.number,
    fundingOutpoint: info.fundingOutpoint,
    feeratePerKw: stored.feeratePerKw,
    htlcs: htlcsOf(stored),
    removed: [],
    stated: { ...stated, feeSat: stored.feeSat },
    txid: Txid(stored.txid),
    ...(signature && { signatures: signature }),
    ...(point && { perCommitmentPoint: point }),
    rawTransaction: stored.rawTransaction,
  };
}

/** Whole satoshi, and nothing of what is below the owner's dust limit: as its outputs are. */
function outputsOf(
  { localNetMsat, remoteNetMsat }: StoredCommitment,
  { dustLimitSat }: ChannelConfig,
): { readonly localSat: bigint; readonly remoteSat: bigint } {
  const output = (msat: bigint) => {
    const sat = msat / MSAT_PER_SAT;
    return sat < dustLimitSat ? 0n : sat;
  };
  return { localSat: output(localNetMsat), remoteSat: output(remoteNetMsat) };
}

/** The peer's on ours; a partial one of a taproot channel is no signature by itself. */
function signatures({ signature, htlcs }: StoredCommitment): CommitmentSeen['signatures'] {
  if (signature.length === 0 || signature[0] !== DER_SEQUENCE) return undefined;
  const ofHtlcs = htlcs
    .filter((htlc) => htlc.outputIndex >= 0 && htlc.signature.length > 0)
    .sort((a, b) => a.outputIndex - b.outputIndex)
    .map((htlc) => bytesToHex(compactOfDer(htlc.signature)));
  return { scheme: 'ecdsa', commitment: bytesToHex(compactOfDer(signature)), htlcs: ofHtlcs };
}
const DER_SEQUENCE = 0x30;

function pointOf(
  { localSeed, remotePoint }: RevocationState,
  side: 'local' | 'remote',
  number: number,
): string {
  if (side === 'remote') return remotePoint;
  return bytesToHex(pointOfSecret(shachainSecret(localSeed, shachainIndex(number))));
}

function htlcsOf({ htlcs }: StoredCommitment): HtlcSeen[] {
  return htlcs.map(({ id, isIncoming, amountMsat, cltvExpiry, paymentHash }) => {
    return {
      id,
      direction: isIncoming ? 'received' : 'offered',
      amountMsat,
      cltvExpiry,
      paymentHash,
    };
  });
}

/** lnd keeps balances to the millisatoshi, net of what the opener pays: that is put back (DESIGN §5). */
export function balanceSeen({ info }: StoredChannel, stored: StoredCommitment): BalanceSeen {
  const { isInitiator, type, sentMsat, receivedMsat, initialLocalMsat } = info;
  const anchorsSat =
    has(type, TYPE_BITS.anchors) || has(type, TYPE_BITS.taproot) ? 2n * ANCHOR_SAT : 0n;
  const paidMsat = (stored.feeSat + anchorsSat) * MSAT_PER_SAT;
  const openingLocalMsat = openingOf(info, initialLocalMsat);
  return {
    localBalanceMsat: stored.localNetMsat + (isInitiator ? paidMsat : 0n),
    remoteBalanceMsat: stored.remoteNetMsat + (isInitiator ? 0n : paidMsat),
    precision: 'msat',
    htlcs: htlcsOf(stored),
    totals: {
      sentMsat,
      receivedMsat,
      ...(openingLocalMsat !== undefined && { openingLocalMsat }),
    },
  };
}

/**
 * lnd keeps both sides' first balances net of the first commitment's fee: the gross one of the opener is
 * what the other end was not given.
 */
function openingOf(info: ChannelInfo, initialLocalMsat: bigint | undefined): bigint | undefined {
  const { initialRemoteMsat, isInitiator, capacitySat } = info;
  if (initialLocalMsat === undefined || initialRemoteMsat === undefined) return undefined;
  if (initialLocalMsat + initialRemoteMsat === 0n) return undefined;
  return isInitiator ? capacitySat * MSAT_PER_SAT - initialRemoteMsat : initialLocalMsat;
}

/** The newest secret that the peer revealed, if it is there as it was revealed. */
export function lastRevoked(channel: StoredChannel): DirectFact | undefined {
  const { remote, revocations } = channel;
  if (remote === undefined || revocations === undefined) return undefined;
  const number = remote.number - 1;
  const secret = keptSecret(revocations, number);
  return (
    secret && {
      type: 'CommitmentRevoked',
      data: { side: 'remote', number },
      secret: { secret: bytesToHex(secret) },
    }
  );
}
