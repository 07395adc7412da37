/** What a channel's events say of one commitment, as far as it can be proved; or why it cannot. */
import { NO_CAPACITY } from '../../channel/checkable.ts';
import type { ChannelEventData } from '../../channel/events.ts';
import { type Direction, otherSide, type Side, type Terms } from '../../channel/fields.ts';
import { findHtlc } from '../../channel/htlcs.ts';
import { type ChannelState, type FundingState, fundingOf } from '../../channel/state.ts';
import { hexToBytes } from '../../lightning/bytes.ts';
import { isHtlcTrimmed } from '../../lightning/commitment.ts';
import type { Basepoints } from '../../lightning/commitment-keys.ts';
import type {
  CommitmentBasis,
  CommitmentClaim,
  RebuildingParts,
} from '../../lightning/commitment-proof.ts';
import type { FullHtlc } from '../../lightning/commitment-transaction.ts';
import type { TransactionBody } from '../../lightning/transaction-bytes.ts';

export type CommitmentData = ChannelEventData<'CommitmentUpdated'>;

/** A payment hash in hex, or why it cannot be had. */
export type HashLookup = (
  direction: Direction,
  id: number,
) => { readonly hash: string } | { readonly whyNot: string };

export interface ClaimContext {
  /** After the event. */
  readonly state: ChannelState;
  readonly data: CommitmentData;
  readonly hashOf: HashLookup;
  readonly isLeased: boolean;
  /** `data.rawTransaction`, read. */
  readonly stored: TransactionBody | undefined;
}

export type Claimed =
  | {
      readonly claim: CommitmentClaim;
      /**
       * Set where the type is none of those known here: what then does not hold is not bad, because the
       * peer may have signed something else, and only not checkable for this reason.
       */
      readonly whyNotBad: string | undefined;
    }
  | { readonly whyNot: string };

/** A claim that can be proved one way or the other, or the reason why it cannot. */
export function claimOf(context: ClaimContext): Claimed {
  const { state, data, stored } = context;
  const { signatures, txid, fundingOutpoint, side } = data;
  const whyNotBad = typeWhyNot(context);
  const isEcdsa = state.channelType !== 'taproot' && signatures?.scheme !== 'musig2-partial';
  if (whyNotBad !== undefined && !isEcdsa) return { whyNot: whyNotBad };
  const funding = fundingOf(state, fundingOutpoint);
  const [owner, other] = [state[side], state[otherSide(side)]];
  if (funding === undefined || funding.capacitySat === 0n) return { whyNot: NO_CAPACITY };
  if (funding.kind === 'splice') return { whyNot: SPLICED };
  if (owner.fundingPubkey === undefined || other.fundingPubkey === undefined) {
    return { whyNot: NO_FUNDING_KEYS };
  }
  const signature = signatures?.commitment;
  const isComparable = signature !== undefined || txid !== undefined;
  if (!isComparable) return { whyNot: NOTHING_TOLD };
  const rebuilding =
    whyNotBad === undefined ? rebuildingOf(context, funding) : { whyNot: whyNotBad };
  const whyNotRebuilt = 'whyNot' in rebuilding ? rebuilding.whyNot : undefined;
  // A txid says nothing of a stored transaction that the source made it from.
  const isStoredUseful = stored !== undefined && signature !== undefined;
  if (whyNotRebuilt !== undefined && !isStoredUseful) return { whyNot: whyNotRebuilt };
  const claim: CommitmentClaim = {
    fundingOutpoint,
    capacitySat: funding.capacitySat,
    ownerFundingKey: hexToBytes(owner.fundingPubkey),
    otherFundingKey: hexToBytes(other.fundingPubkey),
    ...('parts' in rebuilding && { rebuilding: rebuilding.parts }),
    ...(stored && { stored }),
    ...(txid && { txid }),
    ...(signature !== undefined && { signature: hexToBytes(signature) }),
    htlcSignatures: (signatures?.htlcs ?? []).map((one) => hexToBytes(one)),
  };
  return { claim, whyNotBad };
}

const SPLICED = 'the funding keys of a splice are not recorded';
const NO_FUNDING_KEYS = 'the funding keys are not known';
const NOTHING_TOLD = 'neither a signature nor a txid of it was told';

/** Never bad, whatever is told of it: its transactions are other ones than those known here. */
function typeWhyNot({ state, data, isLeased }: ClaimContext): string | undefined {
  const { channelType } = state;
  if (channelType === 'taproot' || channelType === 'unknown') return `type: ${channelType}`;
  if (isLeased) return 'type: leased';
  if (data.signatures?.scheme === 'musig2-partial') return 'type: musig2';
  return undefined;
}

type Rebuilding = { readonly parts: RebuildingParts } | { readonly whyNot: string };

function rebuildingOf(context: ClaimContext, funding: FundingState): Rebuilding {
  const { state, data } = context;
  const { side, number, feeratePerKw, perCommitmentPoint } = data;
  const basis = basisOf(state, side);
  if ('whyNot' in basis) return basis;
  if (perCommitmentPoint === undefined) return { whyNot: 'its point is not known' };
  if (feeratePerKw === undefined) return { whyNot: 'its feerate is not known' };
  const stated = statedOutputs(data);
  if (data.precision !== 'msat' && stated === undefined) {
    return { whyNot: 'its balances are known to the satoshi only' };
  }
  const htlcs = fullHtlcs(context, basis.basis, feeratePerKw);
  if ('whyNot' in htlcs) return htlcs;
  const { localBalanceMsat, remoteBalanceMsat } = data;
  const heldMsat = htlcs.heldMsat + localBalanceMsat + remoteBalanceMsat;
  if (data.precision === 'msat' && heldMsat !== funding.capacitySat * 1000n) {
    return { whyNot: 'its balances do not make up the capacity' };
  }
  return {
    parts: {
      basis: basis.basis,
      number,
      perCommitmentPoint: hexToBytes(perCommitmentPoint),
      ownerGrossMsat: side === 'local' ? localBalanceMsat : remoteBalanceMsat,
      otherGrossMsat: side === 'local' ? remoteBalanceMsat : localBalanceMsat,
      ...(data.precision !== 'msat' && stated && { stated }),
      feeratePerKw,
      htlcs: htlcs.full,
    },
  };
}

/** What was stated of both outputs, from the owner's side. */
function statedOutputs({ side, stated }: CommitmentData): RebuildingParts['stated'] {
  const { localSat, remoteSat } = stated ?? {};
  if (localSat === undefined || remoteSat === undefined) return undefined;
  return side === 'local'
    ? { toOwnerSat: localSat, toOtherSat: remoteSat }
    : { toOwnerSat: remoteSat, toOtherSat: localSat };
}

function basisOf(
  state: ChannelState,
  side: Side,
): { readonly basis: CommitmentBasis } | { readonly whyNot: string } {
  const { opener, channelType } = state;
  const [owner, other] = [state[side], state[otherSide(side)]];
  if (opener === undefined) return { whyNot: 'who opened the channel is not known' };
  if (channelType === 'taproot' || channelType === 'unknown') return { whyNot: 'type' };
  const { dustLimitSat } = owner;
  const { csvDelayBlocks } = other;
  if (dustLimitSat === undefined) return { whyNot: 'the dust limit is not known' };
  if (csvDelayBlocks === undefined) return { whyNot: 'the delay is not known' };
  const [owners, others] = [basepointsOf(owner), basepointsOf(other)];
  if (owners === undefined || others === undefined) {
    return { whyNot: 'the base points are not known' };
  }
  return {
    basis: {
      channelType,
      opener: opener === side ? 'owner' : 'other',
      owner: owners,
      other: others,
      dustLimitSat,
      delayBlocks: csvDelayBlocks,
    },
  };
}

/** Made once for each terms, so that a batch carries them once. */
const knownBasepoints = new WeakMap<Terms, Basepoints>();

function basepointsOf(terms: Terms): Basepoints | undefined {
  const known = knownBasepoints.get(terms);
  if (known !== undefined) return known;
  const { fundingPubkey, revocationBasepoint, paymentBasepoint } = terms;
  const { delayedPaymentBasepoint, htlcBasepoint } = terms;
  if (!fundingPubkey || !revocationBasepoint || !paymentBasepoint) return undefined;
  if (!delayedPaymentBasepoint || !htlcBasepoint) return undefined;
  const points: Basepoints = {
    funding: hexToBytes(fundingPubkey),
    revocation: hexToBytes(revocationBasepoint),
    payment: hexToBytes(paymentBasepoint),
    delayedPayment: hexToBytes(delayedPaymentBasepoint),
    htlc: hexToBytes(htlcBasepoint),
  };
  knownBasepoints.set(terms, points);
  return points;
}

/** The HTLCs that have an output need their payment hashes, those that are trimmed only their amounts. */
function fullHtlcs(
  { state, data, hashOf }: ClaimContext,
  { channelType, dustLimitSat }: CommitmentBasis,
  feeratePerKw: number,
): { readonly full: readonly FullHtlc[]; readonly heldMsat: bigint } | { readonly whyNot: string } {
  const full: FullHtlc[] = [];
  let heldMsat = 0n;
  for (const direction of ['offered', 'received'] as const) {
    const isOfferedByOwner = (direction === 'offered') === (data.side === 'local');
    for (const id of data[direction]) {
      const known = findHtlc(state.htlcs, direction, id);
      if (known === undefined) return { whyNot: 'an HTLC of it is not known' };
      const { amountMsat, cltvExpiry } = known;
      heldMsat += amountMsat;
      const htlc = { isOfferedByOwner, amountMsat };
      if (isHtlcTrimmed(htlc, { channelType, dustLimitSat, feeratePerKw })) continue;
      const hash = hashOf(direction, id);
      if ('whyNot' in hash) return { whyNot: `a payment hash: ${hash.whyNot}` };
      full.push({ ...htlc, cltvExpiry, paymentHash: hexToBytes(hash.hash) });
    }
  }
  return { full, heldMsat };
}
