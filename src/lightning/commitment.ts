/** BOLT 3: what a commitment transaction's outputs hold, given the gross balances and the HTLCs. */
import { msatToSatFloor } from './amounts.ts';

/** The kinds of channel whose commitment's weight and dust rules are known here. */
export type ChannelType =
  | 'legacy'
  | 'static_remotekey'
  | 'anchors'
  | 'anchors_zero_fee_htlc_tx'
  | 'taproot'
  | 'unknown';
export type PricedChannelType = Exclude<ChannelType, 'taproot' | 'unknown'>;

/** BOLT 3, `to_local_anchor` and `to_remote_anchor`: each holds this, and the opener pays both. */
export const ANCHOR_SAT = 330n;

/**
 * BOLT 3, Fee Calculation: the weights the specification fixes, whatever the real signatures weigh.
 */
const COMMITMENT_WEIGHT = 724n;
const COMMITMENT_WEIGHT_ANCHORS = 1124n;
const HTLC_OUTPUT_WEIGHT = 172n;
const HTLC_TIMEOUT_WEIGHT = 663n;
const HTLC_TIMEOUT_WEIGHT_ANCHORS = 666n;
const HTLC_SUCCESS_WEIGHT = 703n;
const HTLC_SUCCESS_WEIGHT_ANCHORS = 706n;

export interface CommitmentHtlc {
  /** Seen from the side whose commitment this is. */
  readonly isOfferedByOwner: boolean;
  readonly amountMsat: bigint;
}

export interface CommitmentInput<Htlc extends CommitmentHtlc> {
  /** Gross: neither fee nor anchors taken out, HTLCs not in it. The owner holds this commitment. */
  readonly ownerGrossMsat: bigint;
  readonly otherGrossMsat: bigint;
  readonly htlcs: readonly Htlc[];
  readonly feeratePerKw: number;
  /** Who opened the channel, and so pays fee and anchors. */
  readonly opener: 'owner' | 'other';
  /** The owner's: it decides for its own commitment what is too small for an output. */
  readonly dustLimitSat: bigint;
  readonly channelType: PricedChannelType;
}

export interface CommitmentOutputs<Htlc extends CommitmentHtlc> {
  /** The outputs' values, 0 where there is none. */
  readonly toOwnerSat: bigint;
  readonly toOtherSat: bigint;
  /**
   * What the opener pays by feerate and weight, never more than it has. What is trimmed goes to the
   * miner too and is not in it.
   */
  readonly feeSat: bigint;
  /** Both anchors' value, which the opener pays even where an anchor has no output. */
  readonly anchorsSat: bigint;
  /** The HTLCs that have an output. */
  readonly untrimmed: readonly Htlc[];
}

/**
 * BOLT 3, Commitment Transaction Construction: fee and anchors off the opener, floored, dust to 0.
 */
export function commitmentOutputsStatedSat<Htlc extends CommitmentHtlc>(
  input: CommitmentInput<Htlc>,
): CommitmentOutputs<Htlc> {
  const { channelType, dustLimitSat, feeratePerKw, opener } = input;
  const untrimmed = input.htlcs.filter(
    (htlc) => !isHtlcTrimmed(htlc, { channelType, dustLimitSat, feeratePerKw }),
  );
  const wantedFeeSat = commitmentFeeSat(feeratePerKw, untrimmed.length, channelType);
  const anchorsSat = hasAnchors(channelType) ? 2n * ANCHOR_SAT : 0n;
  const ownerSat = msatToSatFloor(input.ownerGrossMsat);
  const otherSat = msatToSatFloor(input.otherGrossMsat);
  const openerSat = opener === 'owner' ? ownerSat : otherSat;
  const affordableSat = atLeastZero(openerSat - anchorsSat);
  const feeSat = lesser(wantedFeeSat, affordableSat);
  const openerRestSat = affordableSat - feeSat;
  const withoutDust = (sat: bigint) => (sat < dustLimitSat ? 0n : sat);
  return {
    toOwnerSat: withoutDust(opener === 'owner' ? openerRestSat : ownerSat),
    toOtherSat: withoutDust(opener === 'other' ? openerRestSat : otherSat),
    feeSat,
    anchorsSat,
    untrimmed,
  };
}

/** BOLT 3, Calculating Fees for Commitment Transactions; rounded down. */
export function commitmentFeeSat(
  feeratePerKw: number,
  untrimmedHtlcs: number,
  channelType: PricedChannelType,
): bigint {
  return (commitmentWeight(untrimmedHtlcs, channelType) * BigInt(feeratePerKw)) / 1000n;
}

/** BOLT 3, Expected Weight of the Commitment Transaction. */
export function commitmentWeight(untrimmedHtlcs: number, channelType: PricedChannelType): bigint {
  const base = hasAnchors(channelType) ? COMMITMENT_WEIGHT_ANCHORS : COMMITMENT_WEIGHT;
  return base + HTLC_OUTPUT_WEIGHT * BigInt(untrimmedHtlcs);
}

/**
 * BOLT 3, Trimmed Outputs: an HTLC that its own second stage's fee would leave below the dust
 * limit.
 */
export function isHtlcTrimmed(
  htlc: CommitmentHtlc,
  terms: Pick<CommitmentInput<CommitmentHtlc>, 'channelType' | 'dustLimitSat' | 'feeratePerKw'>,
): boolean {
  const stageFeeSat = secondStageFeeSat(htlc, terms.feeratePerKw, terms.channelType);
  return msatToSatFloor(htlc.amountMsat) < terms.dustLimitSat + stageFeeSat;
}

/** BOLT 3, HTLC-timeout (offered by the owner) and HTLC-success; zero in channels so named. */
export function secondStageFeeSat(
  htlc: Pick<CommitmentHtlc, 'isOfferedByOwner'>,
  feeratePerKw: number,
  channelType: PricedChannelType,
): bigint {
  if (channelType === 'anchors_zero_fee_htlc_tx') return 0n;
  const isAnchored = hasAnchors(channelType);
  const timeout = isAnchored ? HTLC_TIMEOUT_WEIGHT_ANCHORS : HTLC_TIMEOUT_WEIGHT;
  const success = isAnchored ? HTLC_SUCCESS_WEIGHT_ANCHORS : HTLC_SUCCESS_WEIGHT;
  return ((htlc.isOfferedByOwner ? timeout : success) * BigInt(feeratePerKw)) / 1000n;
}

/** Both anchor types, whatever their HTLC transactions pay. */
export function hasAnchors(channelType: PricedChannelType): boolean {
  return channelType === 'anchors' || channelType === 'anchors_zero_fee_htlc_tx';
}

function atLeastZero(value: bigint): bigint {
  return value < 0n ? 0n : value;
}

function lesser(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}
