/**
 * The rules a channel's recorded events must keep, each with a name that refusals print (DESIGN §5).
 * `decide` checks every event before it is written, `verify` checks every event that was.
 */
import type { Violation } from '../schema/aggregate.ts';
import { type Balances, deriveBalances, statedOf } from './balances.ts';
import type { ChannelEvent, ChannelEventData } from './events.ts';
import { unknownHtlcs } from './evolve-htlcs.ts';
import { findHtlc, type HeldHtlcs, heldMsat, twiceAmong, twiceHeld } from './htlcs.ts';
import { checkClaim, checkClosed, checkConfirmed, checkUndo } from './invariants-on-chain.ts';
import { checkNumber, checkRevoked } from './numbers.ts';
import { violates } from './rules.ts';
import type { ChannelState, PolicyState } from './state.ts';
import { activeFunding, fundingOf } from './state.ts';
import { isTakenBack } from './undone.ts';

/** The first rule the event breaks when it comes after `state`, or undefined. */
export function check(state: ChannelState, event: ChannelEvent): Violation | undefined {
  if (state.phase === 'closed' && !isAfterClose(state, event)) {
    return violates('closed-is-final', `${event.type} after the channel was closed`);
  }
  if (state.phase === 'new' && !mayComeFirst.has(event.type)) {
    return violates('opened-once', `${event.type} before the channel was opened or adopted`);
  }
  switch (event.type) {
    case 'ChannelOpened':
      return checkOpened(state, event.data);
    case 'FundingCandidateAdded':
    case 'FundingReplaced':
      return checkFunding(state, event.data, event.type === 'FundingReplaced');
    case 'FundingConfirmed':
    case 'ChannelFullyResolved':
      return checkConfirmed(state, event);
    case 'FundingUnconfirmed':
    case 'FundingCandidateDropped':
    case 'CloseUnconfirmed':
    case 'OutputUnconfirmed':
      return checkUndo(state, event);
    case 'ChannelReady':
      return fundingOf(state, event.data.fundingOutpoint) === undefined
        ? violates('funding-known', `no funding ${event.data.fundingOutpoint}`)
        : undefined;
    case 'HtlcAdded':
      return checkHtlcAdded(state, event.data);
    case 'HtlcSettled':
    case 'HtlcFailed':
      return checkHtlcRemoved(state, event.data);
    case 'CommitmentUpdated':
      return checkCommitment(state, event.data);
    case 'CommitmentRevoked':
      return checkRevoked(state, event.data);
    case 'FeePolicyChanged':
      return checkPolicy(state.policies[event.data.side], event.data);
    case 'BalanceObserved':
      return checkObserved(state, event.data);
    case 'ChannelClosed':
      return checkClosed(state, event.data);
    case 'OutputResolved':
      return checkClaim(state, event.data);
    default:
      return undefined;
  }
}

const mayComeFirst = new Set<ChannelEvent['type']>(['ChannelOpened', 'ChannelAdopted']);
const mayFollowClose = new Set<ChannelEvent['type']>([
  // Of what was told first, where a close told later has its place before it.
  'ChannelAdopted',
  'HtlcSettled',
  'HtlcFailed',
  'RecordingGap',
  // The closed channel's last word to the network is often that it is disabled.
  'FeePolicyChanged',
  'CloseStarted',
  'TransactionBroadcast',
  // What a source keeps and books tells nothing of when it was made.
  'TransactionKept',
  'MovementBooked',
  'CloseUnconfirmed',
  // The close that was seen may itself be out of the chain by then, which is told or missed.
  'FundingUnconfirmed',
  'FundingCandidateDropped',
  'OutputResolved',
  'OutputUnconfirmed',
  'ChannelFullyResolved',
  'ChannelPurged',
]);

/** A funding that a reorganisation took back may be confirmed anew. */
function isAfterClose(state: ChannelState, event: ChannelEvent): boolean {
  if (mayFollowClose.has(event.type)) return true;
  return event.type === 'FundingConfirmed' && isTakenBack(state, event.data.fundingOutpoint);
}

function checkOpened(
  state: ChannelState,
  data: ChannelEventData<'ChannelOpened'>,
): Violation | undefined {
  if (state.phase !== 'new') return violates('opened-once', 'the channel is open already');
  return checkSum(data, 0n, data.capacitySat);
}

function checkSum(balances: Balances, htlcMsat: bigint, capacitySat: bigint) {
  const { localBalanceMsat, remoteBalanceMsat } = balances;
  if (localBalanceMsat < 0n || remoteBalanceMsat < 0n) {
    const detail = `local ${localBalanceMsat} msat, remote ${remoteBalanceMsat} msat`;
    return violates('balance-not-negative', detail);
  }
  const sum = localBalanceMsat + remoteBalanceMsat + htlcMsat;
  return sum === capacitySat * 1000n
    ? undefined
    : violates(
        'balances-equal-capacity',
        `${localBalanceMsat} + ${remoteBalanceMsat} + ${htlcMsat} in HTLCs = ${sum} msat, ` +
          `and the capacity is ${capacitySat * 1000n} msat`,
      );
}

function checkFunding(
  state: ChannelState,
  data: ChannelEventData<'FundingReplaced'> | ChannelEventData<'FundingCandidateAdded'>,
  isReplacement: boolean,
): Violation | undefined {
  const known = fundingOf(state, data.fundingOutpoint);
  if (!isReplacement && known !== undefined) {
    return violates('fact-restated', `funding ${data.fundingOutpoint} is known already`);
  }
  if (isReplacement && known !== undefined && known.capacitySat !== data.capacitySat) {
    return violates('fact-restated', `the candidate's capacity was ${known.capacitySat} sat`);
  }
  const held = known?.local ?? activeFunding(state)?.local ?? { offered: [], received: [] };
  const htlcMsat = heldMsat(state.htlcs, held);
  return htlcMsat === undefined ? undefined : checkSum(data, htlcMsat, data.capacitySat);
}

function checkHtlcAdded(
  state: ChannelState,
  data: ChannelEventData<'HtlcAdded'>,
): Violation | undefined {
  const next = state.nextHtlcId[data.direction];
  const told = findHtlc(state.htlcs, data.direction, data.id);
  // A commitment told late may have held it in full before.
  if (told !== undefined && told.outcome === undefined && told.amountMsat === data.amountMsat) {
    return undefined;
  }
  return next === undefined || data.id === next
    ? undefined
    : violates('htlc-id-follows', `${data.direction} HTLC ${data.id}, expected ${next}`);
}

function checkHtlcRemoved(
  state: ChannelState,
  data: ChannelEventData<'HtlcSettled'> | ChannelEventData<'HtlcFailed'>,
): Violation | undefined {
  const name = `${data.direction} HTLC ${data.id}`;
  const htlc = findHtlc(state.htlcs, data.direction, data.id);
  if (htlc === undefined) return violates('settle-needs-htlc', `${name} is not pending`);
  if (htlc.outcome !== undefined) {
    return violates('settle-needs-htlc', `${name} is ${htlc.outcome} already`);
  }
  return htlc.amountMsat === data.amountMsat
    ? undefined
    : violates(
        'settle-needs-htlc',
        `${name} was added with ${htlc.amountMsat} msat and ends with ${data.amountMsat} msat`,
      );
}

function checkCommitment(
  before: ChannelState,
  data: ChannelEventData<'CommitmentUpdated'>,
): Violation | undefined {
  const { side, fundingOutpoint, precision, stated } = data;
  const funding = fundingOf(before, fundingOutpoint);
  if (funding === undefined) return violates('funding-known', `no funding ${fundingOutpoint}`);
  const early = checkNumber(before, funding, data) ?? heldTwice(data);
  if (early !== undefined) return early;
  const unknown = unknownHtlcs(before, data);
  const state = unknown.length === 0 ? before : { ...before, htlcs: [...before.htlcs, ...unknown] };
  const htlcMsat = heldMsat(state.htlcs, data);
  if (htlcMsat === undefined) {
    return violates('balance-moves-by-htlcs', 'the commitment holds an HTLC that was never added');
  }
  const { unexplainedMsat = 0n } = data;
  // Written with 0 where the capacity was not known: told later, it contradicts nothing.
  if (funding.capacitySat > 0n && data.unexplainedMsat !== 0n) {
    if (unexplainedMsat < 0n) {
      const detail = `stated are ${-unexplainedMsat} msat more than the capacity`;
      return violates('balance-not-negative', detail);
    }
    const sum = checkSum(data, htlcMsat + unexplainedMsat, funding.capacitySat);
    if (sum !== undefined) return sum;
  }
  const isExact = precision === 'msat';
  const derived = isExact ? deriveBalances(state, funding, side, data) : undefined;
  if (derived !== undefined && derived.localBalanceMsat !== data.localBalanceMsat) {
    const detail = `local ${data.localBalanceMsat} msat, and the HTLCs explain ${derived.localBalanceMsat} msat`;
    return violates('balance-moves-by-htlcs', detail);
  }
  const { feeratePerKw } = data;
  const shape = { side, held: data, ...(feeratePerKw !== undefined && { feeratePerKw }) };
  // Balances that are what was stated, the fee not placed, follow from nothing.
  const toFollow = data.unexplainedMsat === undefined ? stated : undefined;
  const expected = toFollow && statedOf(state, shape, data);
  // Rebuilt from one side's whole satoshi: the other side may be off by the rounding (DESIGN §5).
  return toFollow && expected && checkStated(toFollow, expected, isExact ? 0n : 1n);
}

/** Counted twice, it would move the balance twice. */
export function heldTwice(held: HeldHtlcs): Violation | undefined {
  const twice = twiceHeld(held);
  if (twice === undefined) return undefined;
  return violates('balance-moves-by-htlcs', `the commitment holds ${twice} twice`);
}

function checkStated(
  stated: NonNullable<ChannelEventData<'CommitmentUpdated'>['stated']>,
  expected: { readonly localSat: bigint; readonly remoteSat: bigint; readonly feeSat: bigint },
  toleranceSat: bigint,
): Violation | undefined {
  for (const field of ['localSat', 'remoteSat', 'feeSat'] as const) {
    const said = stated[field];
    const offSat = said === undefined ? 0n : said - expected[field];
    if (offSat > toleranceSat || offSat < -toleranceSat) {
      const detail = `${field}: stated ${said}, derived ${expected[field]}`;
      return violates('stated-equals-derived', detail);
    }
  }
  return undefined;
}

function checkPolicy(
  previous: PolicyState | undefined,
  data: ChannelEventData<'FeePolicyChanged'>,
): Violation | undefined {
  return previous === undefined || data.timestamp > previous.timestamp
    ? undefined
    : violates('policy-is-newer', `timestamp ${data.timestamp} after ${previous.timestamp}`);
}

function checkObserved(
  state: ChannelState,
  data: ChannelEventData<'BalanceObserved'>,
): Violation | undefined {
  const twice = twiceAmong(data.htlcs);
  if (twice !== undefined) {
    return violates('balance-moves-by-htlcs', `the snapshot holds ${twice} twice`);
  }
  const capacitySat = activeFunding(state)?.capacitySat ?? 0n;
  if (capacitySat === 0n) return undefined;
  const htlcMsat = data.htlcs.reduce((sum, htlc) => sum + htlc.amountMsat, 0n);
  return checkSum(data, htlcMsat + data.unexplainedMsat, capacitySat);
}
