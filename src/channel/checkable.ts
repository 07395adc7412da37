/**
 * Which rules an event can be held to in a state, and why not where it cannot: a rule that met nothing
 * to compare must not be reported as kept (DESIGN §2, 6). It mirrors `check` in invariants.ts, and
 * test/channel/in-step.test.ts holds the two in step.
 */
import { deriveBalances, statedOf } from './balances.ts';
import type { ChannelEvent, ChannelEventData } from './events.ts';
import { unknownHtlcs } from './evolve-htlcs.ts';
import { heldMsat, twiceAmong, twiceHeld } from './htlcs.ts';
import { standingFor, type UndoEvent } from './invariants-on-chain.ts';
import { isPlausibleNumber } from './numbers.ts';
import type { ChannelRule } from './rules.ts';
import { activeFunding, type ChannelState, fundingOf } from './state.ts';

export interface RuleUse {
  readonly rule: ChannelRule;
  /** Undefined: the rule applies. */
  readonly whyNot: string | undefined;
}

const applies = (rule: ChannelRule): RuleUse => ({ rule, whyNot: undefined });
const unless = (rule: ChannelRule, whyNot: string | false): RuleUse => {
  return { rule, whyNot: whyNot === false ? undefined : whyNot };
};

export const NO_CAPACITY = 'the capacity is not known';
/** What is stated of its commitments was taken as it is, the fee on neither side. */
const NO_OPENER = 'who opened the channel is not known';
/** What was made from the other numbers of the sum agrees with them by construction. */
const FEE_DERIVED = 'the fee was derived, not told';
const AFTER_GAP = 'it comes after a gap';

/** The uses of the rules `check` would look at, for an event that comes after `state`. */
export function ruleUses(state: ChannelState, event: ChannelEvent): readonly RuleUse[] {
  const uses: RuleUse[] = [];
  if (state.phase === 'closed') uses.push(applies('closed-is-final'));
  if (state.phase === 'new') uses.push(applies('opened-once'));
  switch (event.type) {
    case 'ChannelOpened':
      if (state.phase !== 'new') uses.push(applies('opened-once'));
      return [...uses, ...sums(false)];
    case 'FundingCandidateAdded':
    case 'FundingReplaced':
      return [...uses, ...fundingUses(state, event)];
    case 'FundingConfirmed':
      return [...uses, applies('funding-known'), applies('fact-restated')];
    case 'ChannelFullyResolved':
      return [...uses, applies('fact-restated')];
    case 'FundingUnconfirmed':
      return [...uses, applies('funding-known'), undoUse(state, event)];
    case 'FundingCandidateDropped':
    case 'CloseUnconfirmed':
    case 'OutputUnconfirmed':
      return [...uses, undoUse(state, event)];
    case 'ChannelReady':
      return [...uses, applies('funding-known')];
    case 'HtlcAdded':
      return [...uses, htlcIdUse(state, event.data)];
    case 'HtlcSettled':
    case 'HtlcFailed':
      return [...uses, applies('settle-needs-htlc')];
    case 'CommitmentUpdated':
      return [...uses, ...commitmentUses(state, event.data)];
    case 'CommitmentRevoked':
      return [...uses, ...revocationUses(state, event.data)];
    case 'FeePolicyChanged': {
      const isFirst = state.policies[event.data.side] === undefined;
      return [...uses, unless('policy-is-newer', isFirst && 'it is the first of its side')];
    }
    case 'BalanceObserved': {
      // Where it holds an HTLC twice, nothing else is needed to see it.
      if (twiceAmong(event.data.htlcs)) uses.push(applies('balance-moves-by-htlcs'));
      return [...uses, ...sums((activeFunding(state)?.capacitySat ?? 0n) === 0n && NO_CAPACITY)];
    }
    case 'ChannelClosed':
      return [...uses, ...closeUses(state, event.data)];
    case 'OutputResolved':
      return [...uses, applies('output-resolved-once'), sweepUse(event.data)];
    default:
      return uses;
  }
}

function sums(whyNot: string | false): readonly RuleUse[] {
  return [unless('balance-not-negative', whyNot), unless('balances-equal-capacity', whyNot)];
}

function fundingUses(
  state: ChannelState,
  event: Extract<ChannelEvent, { readonly type: 'FundingCandidateAdded' | 'FundingReplaced' }>,
): readonly RuleUse[] {
  const known = fundingOf(state, event.data.fundingOutpoint);
  const isNewReplacement = event.type === 'FundingReplaced' && known === undefined;
  const held = known?.local ?? activeFunding(state)?.local ?? { offered: [], received: [] };
  const isUnknown = heldMsat(state.htlcs, held) === undefined;
  return [
    unless('fact-restated', isNewReplacement && 'the candidate was not recorded'),
    ...sums(isUnknown && 'an HTLC of the commitment is not known'),
  ];
}

function undoUse(state: ChannelState, event: UndoEvent): RuleUse {
  const isUnseen = standingFor(state, event) === 'unseen';
  return unless('undo-names-what-stands', isUnseen && 'what it takes back was not seen');
}

function htlcIdUse(state: ChannelState, data: ChannelEventData<'HtlcAdded'>): RuleUse {
  const { id, direction } = data;
  const isTold = state.htlcs.some((htlc) => htlc.id === id && htlc.direction === direction);
  const isFirst = state.nextHtlcId[direction] === undefined;
  return unless('htlc-id-follows', !isTold && isFirst && 'the HTLCs before it are not known');
}

function commitmentUses(
  before: ChannelState,
  data: ChannelEventData<'CommitmentUpdated'>,
): readonly RuleUse[] {
  const { side, fundingOutpoint, precision, stated, feeratePerKw } = data;
  const uses: RuleUse[] = [applies('funding-known')];
  const funding = fundingOf(before, fundingOutpoint);
  if (funding === undefined) return uses;
  const previous = funding[side]?.number;
  const isFirst = previous === undefined && 'it is the first of its side';
  const isUnfollowed = before.isSuspended[side] ? AFTER_GAP : isFirst;
  const isPlausible = isPlausibleNumber(data.number, previous);
  uses.push(unless('commitment-number-follows', isPlausible && isUnfollowed));
  const isUnsized = funding.capacitySat === 0n && NO_CAPACITY;
  const isUnplaced = data.unexplainedMsat !== undefined && NO_OPENER;
  uses.push(unless('balance-not-negative', isUnsized));
  uses.push(unless('balances-equal-capacity', isUnsized || isUnplaced));
  const unknown = unknownHtlcs(before, data);
  const state = unknown.length === 0 ? before : { ...before, htlcs: [...before.htlcs, ...unknown] };
  const isCoarse = precision !== 'msat' && 'the balance is known to the satoshi only';
  const isBaseless =
    deriveBalances(state, funding, side, data) === undefined && 'no exact commitment before it';
  // Where it holds an HTLC that was never added, or one twice, nothing else is needed to see it.
  const isHeld = heldMsat(state.htlcs, data) !== undefined && twiceHeld(data) === undefined;
  uses.push(unless('balance-moves-by-htlcs', isHeld && (isCoarse || isBaseless)));
  const shape = { side, held: data, ...(feeratePerKw !== undefined && { feeratePerKw }) };
  const isUnpriced =
    statedOf(state, shape, data) === undefined && 'feerate, dust limit or type is not known';
  const isUnstated = stated === undefined && 'the source states no balance of it';
  uses.push(unless('stated-equals-derived', isUnplaced || isUnstated || isUnpriced));
  return uses;
}

function revocationUses(
  state: ChannelState,
  { side, number }: ChannelEventData<'CommitmentRevoked'>,
): readonly RuleUse[] {
  const newest = activeFunding(state)?.[side]?.number;
  // Where the number is plausible, that says too little to be counted.
  if (!isPlausibleNumber(number, newest ?? state.lastRevoked[side])) {
    return [applies('commitment-number-follows')];
  }
  const whyNot = state.isSuspended[side] ? AFTER_GAP : newest === undefined && NO_COMMITMENT;
  return [unless('revoked-is-previous', whyNot)];
}
const NO_COMMITMENT = 'no commitment of that side is known';

function closeUses(
  state: ChannelState,
  data: ChannelEventData<'ChannelClosed'>,
): readonly RuleUse[] {
  const { fundingOutpoint, feeSat, isFeeDerived } = data;
  const funding =
    fundingOutpoint === undefined ? activeFunding(state) : fundingOf(state, fundingOutpoint);
  const isUnpriced = feeSat === undefined && 'the fee is not known';
  const isUnsized = funding?.capacitySat === 0n && NO_CAPACITY;
  const isDerived = isFeeDerived === true && FEE_DERIVED;
  const isUnnamed =
    fundingOutpoint === undefined && funding !== undefined && 'the close names no funding';
  return [
    unless('funding-known', isUnnamed),
    unless('outputs-sum-to-capacity', isUnpriced || isUnsized || isDerived),
  ];
}

/** That the amount is the output's is looked at too, but a source has it from the transaction itself. */
function sweepUse(data: ChannelEventData<'OutputResolved'>): RuleUse {
  const { sweptSat, feeSat, isFeeDerived } = data;
  const isUnpriced = (sweptSat === undefined || feeSat === undefined) && 'the fee is not known';
  return unless('sweep-conserves', isUnpriced || (isFeeDerived === true && FEE_DERIVED));
}
