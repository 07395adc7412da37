/**
 * What a close cost us: our last balance less what its transaction paid us. Both ends' costs make up what did not
 * reach them: the fee, with outputs too small to be made and the parts of a satoshi in it, and the anchors. Core
 * Lightning's bookkeeper reckons it the same (plugins/bkpr/onchain_fee.c, update_channel_onchain_fees).
 */
import type { ChannelRow, CloseRow, OutputRow } from '../../../projections/channel-row.ts';

const MSAT = 1000n;

/** The parts of a satoshi that no output can hold. */
const LEAST_OUTPUT_MSAT = 1000n;

type Closed = Pick<
  ChannelRow,
  | 'capacitySat'
  | 'opener'
  | 'localBalanceMsat'
  | 'precision'
  | 'local'
  | 'remote'
  | 'gaps'
  | 'close'
>;

export interface CloseCost {
  /** What was ours before the close. */
  readonly lastMsat: bigint;
  readonly cameMsat: bigint;
  /** The difference, the anchors we paid for among it; below 0 where more came than was there. */
  readonly costMsat: bigint;
  /** What we paid for anchors, and for all else. */
  readonly anchorsMsat: bigint;
  readonly feeMsat: bigint;
  /** What both ends lost together: the fee and the anchors. */
  readonly lostMsat: bigint;
  /**
   * False where nobody can have paid that: who pays a close pays all of it, but for what the other end had too
   * little for.
   */
  readonly isExplained: boolean;
  /** Balances may have moved before the close in a way that nobody told. */
  readonly isShort: boolean;
}

export interface CloseCostNotKnown {
  readonly whyNot: string;
}

/** What is shown of it: the sum, or why there is none. */
export interface CostToUs {
  /** Fee and anchors. */
  readonly msat?: bigint;
  readonly whyNot?: string;
}

/** Undefined as `closeCost` is. What nobody can have paid is no cost: `verify` says so of the record. */
export function costToUs(row: Closed): CostToUs | undefined {
  const cost = closeCost(row);
  if (cost === undefined || 'whyNot' in cost) return cost;
  if (!cost.isExplained) return { whyNot: 'balance, fee and what was paid do not fit together' };
  return { msat: cost.feeMsat + cost.anchorsMsat };
}

/** Undefined where nothing was closed on chain, or a breach was punished. */
export function closeCost(row: Closed): CloseCost | CloseCostNotKnown | undefined {
  const { capacitySat, close, local, gaps, precision } = row;
  const { kind, feeSat, finalLocalBalanceMsat } = close ?? {};
  const isForced = kind === 'local-force' || kind === 'remote-force';
  if (close === undefined || (kind !== 'cooperative' && !isForced)) return undefined;
  const lastMsat = finalLocalBalanceMsat ?? row.localBalanceMsat;
  if (lastMsat === undefined) return { whyNot: 'what was ours before the close was not told' };
  if (feeSat === undefined || capacitySat === undefined) {
    return { whyNot: 'the fee of the closing transaction was not told' };
  }
  if (holdsHtlcs(row)) return { whyNot: 'HTLCs were in flight at the close' };
  const cameSat = isForced ? ownOutputs(close, capacitySat) : close.settledBalanceSat;
  if (cameSat === undefined) return { whyNot: 'what the closing transaction paid us was not told' };
  const anchorsMsat = isForced ? anchorsOf(close) : 0n;
  const costMsat = lastMsat - cameSat * MSAT;
  const lostMsat = feeSat * MSAT + anchorsMsat;
  const isExact = finalLocalBalanceMsat !== undefined || precision === 'msat';
  const paidMsat = payable({
    costMsat,
    lostMsat,
    roundedMsat: isExact ? 0n : LEAST_OUTPUT_MSAT,
    payers: isForced ? [row.opener] : ['local', 'remote'],
    isPaidOut: cameSat > 0n,
    isOtherPaidOut: capacitySat * MSAT > lostMsat + cameSat * MSAT,
  });
  const ownAnchorsMsat = row.opener === 'local' ? anchorsMsat : 0n;
  return {
    lastMsat,
    cameMsat: cameSat * MSAT,
    costMsat,
    anchorsMsat: ownAnchorsMsat,
    feeMsat: (paidMsat ?? costMsat) - ownAnchorsMsat,
    lostMsat,
    isExplained: paidMsat !== undefined,
    isShort: finalLocalBalanceMsat === undefined && (local === undefined || gaps.length > 0),
  };
}

interface Shares {
  readonly costMsat: bigint;
  readonly lostMsat: bigint;
  /** How far our balance may be off. */
  readonly roundedMsat: bigint;
  /** Who may have paid: of a commitment its opener (BOLT 3), of a closing transaction also its proposer. */
  readonly payers: readonly ChannelRow['opener'][];
  readonly isPaidOut: boolean;
  readonly isOtherPaidOut: boolean;
}

/**
 * What of it can be our cost, without the rounding of our balance. Whoever pays a close pays all of it; the other
 * end loses less than a satoshi, or all it has where that makes no output. Undefined where it can be neither.
 */
function payable(shares: Shares): bigint | undefined {
  const { costMsat, lostMsat, roundedMsat, payers, isPaidOut, isOtherPaidOut } = shares;
  if (costMsat < -roundedMsat || costMsat > lostMsat + roundedMsat) return undefined;
  const isRounded = roundedMsat > 0n;
  const some = costMsat < 0n ? 0n : costMsat > lostMsat ? lostMsat : costMsat;
  const most = LEAST_OUTPUT_MSAT + roundedMsat;
  if (payers.includes('local')) {
    if (lostMsat - costMsat < most) return isRounded ? lostMsat : costMsat;
    if (!isOtherPaidOut) return some;
  }
  if (payers.includes('remote')) {
    if (costMsat < most) return isRounded ? 0n : costMsat;
    if (!isPaidOut) return some;
  }
  return undefined;
}

function holdsHtlcs({ local, remote }: Closed): boolean {
  return [local, remote].some((side) => side && side.offered.length + side.received.length > 0);
}

/** Of a commitment; undefined while one of its outputs may be anybody's, or not all are told. */
function ownOutputs(close: CloseRow, capacitySat: bigint): bigint | undefined {
  const outputs = outputsOf(close);
  const sumSat = outputs.reduce((sum, { valueSat }) => sum + valueSat, 0n);
  if (sumSat + (close.feeSat ?? 0n) !== capacitySat) return undefined;
  const isKnown = outputs.every(({ what }) => what.startsWith('to-') || what.startsWith('anchor'));
  if (!isKnown) return undefined;
  return outputs.reduce((sum, { what, valueSat }) => {
    return what === 'to-local' ? sum + valueSat : sum;
  }, 0n);
}

function anchorsOf(close: CloseRow): bigint {
  return outputsOf(close)
    .filter(({ what }) => what.startsWith('anchor'))
    .reduce((sum, { valueSat }) => sum + valueSat * MSAT, 0n);
}

/** Without those of second-stage transactions. */
function outputsOf({ closingTxid, outputs }: CloseRow): readonly OutputRow[] {
  return outputs.filter(({ outpoint }) => outpoint.startsWith(`${closingTxid}:`));
}
