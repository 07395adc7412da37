/**
 * How a commitment's gross balances follow from another commitment and what happened to the HTLCs in
 * between, and what a source must then state of it (DESIGN §5, Balances).
 */
import { commitmentOutputsStatedSat } from '../lightning/commitment.ts';
import { otherSide, type Side } from './fields.ts';
import { findHtlc, type HeldHtlcs, hasId, heldMsat } from './htlcs.ts';
import type { ChannelState, CommitmentState, FundingState, HtlcState } from './state.ts';

export interface Balances {
  readonly localBalanceMsat: bigint;
  readonly remoteBalanceMsat: bigint;
}

/**
 * Derives a side's next balances from its own previous commitment or, across a gap, from the other
 * side's present one. Undefined where neither is exact or an HTLC's fate is unknown.
 */
export function deriveBalances(
  state: ChannelState,
  funding: FundingState,
  side: Side,
  held: HeldHtlcs,
): Balances | undefined {
  const own = funding[side];
  if (own?.isExact && !state.isSuspended[side]) return carriedOn(state.htlcs, own, held, 'own');
  const other = funding[otherSide(side)];
  if (other?.isExact && !state.isSuspended[otherSide(side)]) {
    return carriedOn(state.htlcs, other, held, 'other');
  }
  return undefined;
}

function carriedOn(
  htlcs: readonly HtlcState[],
  base: CommitmentState,
  held: HeldHtlcs,
  whose: 'own' | 'other',
): Balances | undefined {
  const balance = { local: base.localBalanceMsat, remote: base.remoteBalanceMsat };
  for (const direction of ['offered', 'received'] as const) {
    const offerer: Side = direction === 'offered' ? 'local' : 'remote';
    const before = base[direction];
    const now = held[direction];
    for (const id of before) {
      if (hasId(now, id)) continue;
      const htlc = findHtlc(htlcs, direction, id);
      if (htlc === undefined) return undefined;
      // On the other side's commitment an HTLC without an outcome is simply not here yet.
      if (htlc.outcome === undefined && whose === 'own') return undefined;
      balance[htlc.outcome === 'settled' ? otherSide(offerer) : offerer] += htlc.amountMsat;
    }
    for (const id of now) {
      if (hasId(before, id)) continue;
      const htlc = findHtlc(htlcs, direction, id);
      if (htlc === undefined) return undefined;
      // The other side dropped it already: take its outcome back, this commitment still holds it.
      const payer = htlc.outcome === 'settled' && whose === 'other' ? otherSide(offerer) : offerer;
      balance[payer] -= htlc.amountMsat;
    }
  }
  return { localBalanceMsat: balance.local, remoteBalanceMsat: balance.remote };
}

export interface StatedSat {
  readonly localSat?: bigint;
  readonly remoteSat?: bigint;
}

export interface CommitmentShape {
  readonly side: Side;
  readonly held: HeldHtlcs;
  readonly feeratePerKw?: number;
}

/**
 * What a source must state of this commitment: whole sat net of fee and anchors on the opener's side,
 * 0 below the owner's dust limit. Undefined where the terms are not known well enough to say.
 */
export function statedOf(
  state: ChannelState,
  commitment: CommitmentShape,
  balances: Balances,
): { readonly localSat: bigint; readonly remoteSat: bigint; readonly feeSat: bigint } | undefined {
  const { side, held, feeratePerKw } = commitment;
  const dustLimitSat = state[side].dustLimitSat;
  const { opener, channelType } = state;
  if (opener === undefined || dustLimitSat === undefined || feeratePerKw === undefined) {
    return undefined;
  }
  if (channelType === 'unknown' || channelType === 'taproot') return undefined;
  const isLocal = side === 'local';
  const outputs = commitmentOutputsStatedSat({
    ownerGrossMsat: isLocal ? balances.localBalanceMsat : balances.remoteBalanceMsat,
    otherGrossMsat: isLocal ? balances.remoteBalanceMsat : balances.localBalanceMsat,
    htlcs: shapeOf(state.htlcs, held, side),
    feeratePerKw,
    opener: opener === side ? 'owner' : 'other',
    dustLimitSat,
    channelType,
  });
  const { toOwnerSat, toOtherSat, feeSat } = outputs;
  return isLocal
    ? { localSat: toOwnerSat, remoteSat: toOtherSat, feeSat }
    : { localSat: toOtherSat, remoteSat: toOwnerSat, feeSat };
}

function shapeOf(known: readonly HtlcState[], held: HeldHtlcs, side: Side) {
  const htlcs: { isOfferedByOwner: boolean; amountMsat: bigint }[] = [];
  for (const direction of ['offered', 'received'] as const) {
    const isOfferedByOwner = (direction === 'offered') === (side === 'local');
    for (const id of held[direction]) {
      const amountMsat = findHtlc(known, direction, id)?.amountMsat;
      if (amountMsat !== undefined) htlcs.push({ isOfferedByOwner, amountMsat });
    }
  }
  return htlcs;
}

/**
 * Balances where there is no exact base (adopted, after a gap): the side with an output is what was
 * stated plus fee and anchors where it opened the channel, the other side is the rest. Who pays is not
 * guessed: without a known opener there are only those stated.
 */
export function balancesFromStated(
  state: ChannelState,
  funding: FundingState,
  commitment: CommitmentShape,
  stated: StatedSat,
): Balances | undefined {
  const htlcMsat = heldMsat(state.htlcs, commitment.held);
  const isUnknown = htlcMsat === undefined || state.opener === undefined;
  if (isUnknown || funding.capacitySat === 0n) return undefined;
  const freeMsat = funding.capacitySat * 1000n - htlcMsat;
  const { localSat = 0n, remoteSat = 0n } = stated;
  const nonOpener: Side = state.opener === 'local' ? 'remote' : 'local';
  const ofNonOpener = nonOpener === 'local' ? localSat : remoteSat;
  let nonOpenerMsat = ofNonOpener * 1000n;
  if (ofNonOpener === 0n) {
    const openerSat = nonOpener === 'local' ? remoteSat : localSat;
    const costSat = openerCostSat(state, commitment, freeMsat);
    if (openerSat === 0n || costSat === undefined) return undefined;
    nonOpenerMsat = freeMsat - (openerSat + costSat) * 1000n;
  }
  if (nonOpenerMsat < 0n || nonOpenerMsat > freeMsat) return undefined;
  const openerMsat = freeMsat - nonOpenerMsat;
  return nonOpener === 'local'
    ? { localBalanceMsat: nonOpenerMsat, remoteBalanceMsat: openerMsat }
    : { localBalanceMsat: openerMsat, remoteBalanceMsat: nonOpenerMsat };
}

/**
 * What is stated as it is stated, where nobody told who pays (fee and anchors are then on neither side) or
 * how much the channel holds. `unexplainedMsat` is 0 where without a capacity nothing can be worked out.
 */
export function balancesAsStated(
  state: ChannelState,
  funding: FundingState,
  commitment: CommitmentShape,
  stated: StatedSat,
): (Balances & { readonly unexplainedMsat: bigint }) | undefined {
  const htlcMsat = heldMsat(state.htlcs, commitment.held);
  if (htlcMsat === undefined) return undefined;
  if (funding.capacitySat === 0n) return balancesOfUnsized(state, commitment, stated);
  if (state.opener !== undefined) return undefined;
  const { localSat = 0n, remoteSat = 0n } = stated;
  const localBalanceMsat = localSat * 1000n;
  const remoteBalanceMsat = remoteSat * 1000n;
  const explainedMsat = localBalanceMsat + remoteBalanceMsat + htlcMsat;
  const unexplainedMsat = funding.capacitySat * 1000n - explainedMsat;
  return { localBalanceMsat, remoteBalanceMsat, unexplainedMsat };
}

/** More than any channel holds, so that the opener of a probe can pay every fee: 21,000,000 BTC. */
const PLENTY_MSAT = 21_000_000n * 100_000_000n * 1000n;

/** A channel of unknown capacity: what is stated, and fee and anchors on the opener's output if it has one. */
function balancesOfUnsized(
  state: ChannelState,
  commitment: CommitmentShape,
  { localSat, remoteSat }: StatedSat,
): (Balances & { readonly unexplainedMsat: bigint }) | undefined {
  if (localSat === undefined && remoteSat === undefined) return undefined;
  const costSat = (state.opener && openerCostSat(state, commitment, PLENTY_MSAT)) ?? 0n;
  const grossMsat = (side: Side, outputSat = 0n) => {
    return (outputSat > 0n && side === state.opener ? outputSat + costSat : outputSat) * 1000n;
  };
  return {
    localBalanceMsat: grossMsat('local', localSat),
    remoteBalanceMsat: grossMsat('remote', remoteSat),
    unexplainedMsat: 0n,
  };
}

/** Fee and anchors of this commitment, which the opener pays. */
function openerCostSat(
  state: ChannelState,
  commitment: CommitmentShape,
  freeMsat: bigint,
): bigint | undefined {
  const probe =
    state.opener === 'local'
      ? { localBalanceMsat: freeMsat, remoteBalanceMsat: 0n }
      : { localBalanceMsat: 0n, remoteBalanceMsat: freeMsat };
  const stated = statedOf(state, commitment, probe);
  if (stated === undefined) return undefined;
  const paid = state.opener === 'local' ? stated.localSat : stated.remoteSat;
  return freeMsat / 1000n - paid;
}
