/**
 * What an observation means for a channel: new facts, nothing new, an older fact that needs its place
 * looked up, or a broken rule. Pure: no clock, no randomness, no store.
 */

import type { ChannelId } from '../lightning/ids.ts';
import { isSame } from '../schema/same.ts';
import { decideCommitment } from './decide-commitment.ts';
import { type ChannelDecision, Decided } from './decided.ts';
import type { ChannelDraft, ChannelEventData } from './events.ts';
import { isFilled } from './evolve-htlcs.ts';
import type { Side } from './fields.ts';
import { gapsBefore } from './gaps.ts';
import { standingFor } from './invariants-on-chain.ts';
import type { BalanceSeen, ChannelContext, ChannelFact, DirectFact } from './observations.ts';
import { activeFunding, type ChannelState, fundingOf, type PolicyState } from './state.ts';

export interface ChannelCommand {
  readonly channelId: ChannelId;
  readonly context?: ChannelContext;
  readonly fact: ChannelFact;
}

export function decide(state: ChannelState, command: ChannelCommand): ChannelDecision {
  const { fact } = command;
  const decided = new Decided(state);
  if (needsAdoption(state, command)) {
    const violation = decided.add(adoption(command));
    if (violation !== undefined) return decided.result(violation);
  }
  switch (fact.type) {
    case 'ChannelOpened':
      return decideOpened(decided, fact);
    case 'CommitmentSeen':
      return decideCommitment(decided, fact.data);
    case 'BalanceSeen':
      return decided.result(decided.add(observedBalance(decided.state, fact.data)));
    default:
      return decideDirect(decided, fact);
  }
}

/**
 * Before what is told of a channel that was not met yet; or was met by a list that names no funding, and this
 * one does: otherwise what is told of a funding would fit only in one of the two orders.
 */
function needsAdoption(state: ChannelState, { fact, context }: ChannelCommand): boolean {
  if (fact.type === 'ChannelOpened') return false;
  if (state.phase === 'new') return true;
  return state.fundings.length === 0 && context?.fundingOutpoint !== undefined;
}

/** A channel we were never told the opening of: taken over with what the source knows of it. */
function adoption({ channelId, context = {}, fact }: ChannelCommand): ChannelDraft {
  const { local, remote, ...known } = context;
  const zero = commitmentZero(context, fact);
  return {
    type: 'ChannelAdopted',
    data: {
      channelId,
      ...known,
      local: local ?? {},
      remote: remote ?? {},
      htlcs: [],
      ...(zero && { localCommitment: zero, remoteCommitment: zero }),
      why: 'the opening was not recorded',
    },
  };
}

/** Where the first thing seen is a commitment 0, nothing happened yet: both ends' are the opening's. */
function commitmentZero(
  { capacitySat, opener, pushMsat }: ChannelContext,
  fact: ChannelFact,
): ChannelEventData<'ChannelAdopted'>['localCommitment'] {
  const isZero = fact.type === 'CommitmentSeen' && fact.data.number === 0;
  if (!isZero || capacitySat === undefined || pushMsat === undefined || opener === undefined) {
    return undefined;
  }
  const { feeratePerKw } = fact.data;
  return {
    number: 0,
    ...openingBalances(capacitySat, opener, pushMsat),
    precision: 'msat',
    ...(feeratePerKw !== undefined && { feeratePerKw }),
    offered: [],
    received: [],
  };
}

function openingBalances(capacitySat: bigint, opener: Side, pushMsat: bigint) {
  const rest = capacitySat * 1000n - pushMsat;
  return {
    localBalanceMsat: opener === 'local' ? rest : pushMsat,
    remoteBalanceMsat: opener === 'local' ? pushMsat : rest,
  };
}

function decideOpened(
  decided: Decided,
  fact: Extract<ChannelFact, { readonly type: 'ChannelOpened' }>,
): ChannelDecision {
  const { capacitySat, pushMsat, opener } = fact.data;
  const data = { ...fact.data, ...openingBalances(capacitySat, opener, pushMsat) };
  const { opening } = decided.state;
  if (opening !== undefined && isSame(opening, data)) return decided.result(undefined);
  if (opening === undefined && decided.state.isAdopted) return { kind: 'past' };
  const secret = fact.secret && { secret: fact.secret };
  return decided.result(decided.add({ type: 'ChannelOpened', data, ...secret }));
}

/** What no known HTLC explains of a snapshot is said, not spread. */
function observedBalance(state: ChannelState, seen: BalanceSeen): ChannelDraft {
  const { htlcs, ...data } = seen;
  const plain = htlcs.map(({ paymentHash: _, ...htlc }) => htlc);
  const capacityMsat = (activeFunding(state)?.capacitySat ?? 0n) * 1000n;
  const htlcMsat = plain.reduce((sum, htlc) => sum + htlc.amountMsat, 0n);
  const explained = data.localBalanceMsat + data.remoteBalanceMsat + htlcMsat;
  const unexplainedMsat = capacityMsat === 0n ? 0n : capacityMsat - explained;
  return { type: 'BalanceObserved', data: { ...data, htlcs: plain, unexplainedMsat } };
}

function decideDirect(decided: Decided, fact: DirectFact): ChannelDecision {
  const known = knownAlready(decided.state, fact);
  if (known === 'same') return { kind: 'events', events: [], state: decided.state };
  if (known === 'past') return { kind: 'past' };
  if (known === 'otherwise') {
    const detail = `${fact.type} was recorded before with other values`;
    return decided.result({ rule: 'fact-restated', detail });
  }
  for (const gap of gapsBefore(decided.state, fact)) {
    const violation = decided.add(gap);
    if (violation !== undefined) return decided.result(violation);
  }
  return decided.result(decided.add(fact));
}

type Known = 'same' | 'otherwise' | 'past' | 'no';

/** Whether the state shows that this fact was recorded before. */
function knownAlready(state: ChannelState, fact: DirectFact): Known {
  switch (fact.type) {
    case 'FundingConfirmed': {
      const before = fundingOf(state, fact.data.fundingOutpoint)?.confirmedIn;
      if (before === undefined) return 'no';
      const { height, blockHash } = fact.data;
      return sameIf(isSame(before, { height, blockHash }));
    }
    case 'FundingCandidateAdded':
      return fundingOf(state, fact.data.fundingOutpoint) === undefined ? 'no' : 'past';
    case 'FundingReplaced':
      return activeFunding(state)?.outpoint === fact.data.fundingOutpoint ? 'past' : 'no';
    case 'ChannelReady':
      return fundingOf(state, fact.data.fundingOutpoint)?.isReady ? 'same' : 'no';
    case 'ChannelAnnounced':
      return state.announcement === undefined
        ? 'no'
        : sameIf(isSame(state.announcement, fact.data));
    case 'HtlcAdded':
      return fact.data.id < (state.nextHtlcId[fact.data.direction] ?? 0) ? 'past' : 'no';
    case 'HtlcSettled':
    case 'HtlcFailed': {
      const { id, direction } = fact.data;
      const isPending = state.htlcs.some(
        (h) => h.id === id && h.direction === direction && !h.outcome,
      );
      return !isPending && id < (state.nextHtlcId[direction] ?? 0) ? 'past' : 'no';
    }
    case 'CommitmentRevoked': {
      const last = state.lastRevoked[fact.data.side];
      return last !== undefined && fact.data.number <= last ? 'past' : 'no';
    }
    case 'FeePolicyChanged':
      return knownPolicy(state.policies[fact.data.side], fact.data);
    case 'ShutdownStarted':
      // Its script is sealed, and no decision may read it: another one cannot be told apart.
      return state.shutdowns.includes(fact.data.by) ? 'same' : 'no';
    case 'CloseStarted':
      // Said again it is nothing new; an older record may tell that it was said before, or why else.
      return state.closeStarts.some((before) => isSame(before, fact.data)) ? 'same' : 'no';
    case 'TransactionBroadcast': {
      const before = state.broadcasts.find(({ txid }) => txid === fact.data.txid);
      return before === undefined ? 'no' : sameIf(isSame(before, fact.data));
    }
    case 'ChannelClosed': {
      const { close } = state;
      if (close?.txid === undefined || close.txid !== fact.data.closingTxid) return 'no';
      const { blockHash, kind, outputs } = fact.data;
      const before = [close.blockHash, close.kind, close.outputs];
      return sameIf(isSame(before, [blockHash, kind, outputs]));
    }
    case 'OutputResolved': {
      const { outpoint, sweepTxid } = fact.data;
      const claim = state.claims.find((c) => c.outpoint === outpoint && c.sweepTxid === sweepTxid);
      return claim === undefined ? 'no' : sameIf(isSame(claim, fact.data));
    }
    case 'ChannelFullyResolved':
      return state.isFullyResolved ? 'same' : 'no';
    case 'FundingUnconfirmed':
    case 'FundingCandidateDropped':
    case 'CloseUnconfirmed':
    case 'OutputUnconfirmed':
      // Taken back before, as the stream will tell, or something else stands in its place.
      return standingFor(state, fact) === undefined ? 'past' : 'no';
    case 'ChannelPurged':
      return state.isPurged ? 'same' : 'no';
    case 'RecordingGap':
      return isFilled(state, fact.data) ? 'same' : 'no';
    default:
      return 'no';
  }
}

/** BOLT 7 lets a policy be repeated with a later timestamp: that is no change. */
function knownPolicy(
  last: PolicyState | undefined,
  { raw: _raw, cause: _cause, ...policy }: ChannelEventData<'FeePolicyChanged'>,
): Known {
  if (last === undefined) return 'no';
  const { timestamp } = last;
  if (policy.timestamp < timestamp) return 'past';
  if (isSame({ ...policy, timestamp }, last)) return 'same';
  return policy.timestamp === timestamp ? 'otherwise' : 'no';
}

const sameIf = (isTheSame: boolean): Known => (isTheSame ? 'same' : 'otherwise');
