/** How a channel begins, and goes on under another funding. */
import type { Outpoint } from '../lightning/ids.ts';
import type { ChannelEventData } from './events.ts';
import { pruneHtlcs } from './evolve-htlcs.ts';
import type { Side } from './fields.ts';
import {
  activeFunding,
  type ChannelState,
  type CommitmentState,
  type FundingState,
  fundingOf,
} from './state.ts';
import { withDropped, withoutDropped } from './undone.ts';

export function opened(state: ChannelState, data: ChannelEventData<'ChannelOpened'>): ChannelState {
  const implied: CommitmentState = {
    number: 0,
    localBalanceMsat: data.localBalanceMsat,
    remoteBalanceMsat: data.remoteBalanceMsat,
    isExact: true,
    offered: [],
    received: [],
    isImplied: true,
  };
  const funding: FundingState = {
    outpoint: data.fundingOutpoint,
    capacitySat: data.capacitySat,
    kind: 'opening',
    local: implied,
    remote: implied,
    isReady: false,
  };
  return {
    ...state,
    phase: 'open',
    opening: data,
    channelId: data.channelId,
    peerId: data.peerId,
    opener: data.opener,
    channelType: data.channelType,
    local: data.local,
    remote: data.remote,
    fundings: [funding],
    nextHtlcId: { offered: 0, received: 0 },
  };
}

/** An adoption adds what it says; where the past was told later, it comes on top of that. */
export function adopted(
  state: ChannelState,
  data: ChannelEventData<'ChannelAdopted'>,
): ChannelState {
  const known = data.fundingOutpoint && fundingOf(state, data.fundingOutpoint);
  const { opener, localCommitment, remoteCommitment } = data;
  const fundings = [...state.fundings];
  if (data.fundingOutpoint !== undefined && known === undefined) {
    fundings.unshift({
      outpoint: data.fundingOutpoint,
      capacitySat: data.capacitySat ?? 0n,
      kind: 'opening',
      ...(localCommitment && { local: inFull(localCommitment) }),
      ...(remoteCommitment && { remote: inFull(remoteCommitment) }),
      isReady: false,
    });
  }
  const ids = new Set(state.htlcs.map((htlc) => `${htlc.direction}/${htlc.id}`));
  const isFromStart = localCommitment?.number === 0 && remoteCommitment?.number === 0;
  return {
    ...state,
    phase: state.phase === 'closed' ? 'closed' : 'open',
    isAdopted: true,
    channelId: data.channelId,
    ...(data.peerId && { peerId: data.peerId }),
    ...(opener && { opener }),
    channelType: data.channelType ?? state.channelType,
    local: { ...state.local, ...data.local },
    remote: { ...state.remote, ...data.remote },
    fundings,
    htlcs: [...state.htlcs, ...data.htlcs.filter((h) => !ids.has(`${h.direction}/${h.id}`))],
    nextHtlcId: isFromStart ? { offered: 0, received: 0, ...state.nextHtlcId } : state.nextHtlcId,
  };
}

function inFull(
  commitment: NonNullable<ChannelEventData<'ChannelAdopted'>['localCommitment']>,
): CommitmentState {
  const { number, localBalanceMsat, remoteBalanceMsat, precision, offered, received } = commitment;
  const isExact = precision === 'msat';
  return {
    number,
    localBalanceMsat,
    remoteBalanceMsat,
    isExact,
    offered,
    received,
    // As at an opening, its own record may still come.
    isImplied: number === 0,
  };
}

/** A candidate goes on from the channel's present commitments: its numbers do not start at 0. */
function candidate(
  state: ChannelState,
  data: ChannelEventData<'FundingCandidateAdded'>,
): FundingState {
  const { fundingOutpoint, capacitySat, kind, localBalanceMsat, remoteBalanceMsat } = data;
  const active = activeFunding(state);
  const implied = (side: Side): CommitmentState | undefined => {
    const current = active?.[side];
    // The balances stated are those of the local commitment's HTLCs.
    if (current === undefined || !holdsSameHtlcs(current, active?.local)) return undefined;
    return { ...current, localBalanceMsat, remoteBalanceMsat, isImplied: true };
  };
  const local = implied('local');
  const remote = implied('remote');
  return {
    outpoint: fundingOutpoint,
    capacitySat,
    kind,
    ...(local && { local }),
    ...(remote && { remote }),
    isReady: false,
  };
}

function holdsSameHtlcs(a: CommitmentState, b: CommitmentState | undefined): boolean {
  return (
    b !== undefined &&
    a.offered.length === b.offered.length &&
    a.received.length === b.received.length &&
    a.offered.every((id) => b.offered.includes(id)) &&
    a.received.every((id) => b.received.includes(id))
  );
}

export function fundingReplaced(
  state: ChannelState,
  data: ChannelEventData<'FundingReplaced'>,
): ChannelState {
  const funding = fundingOf(state, data.fundingOutpoint);
  const { capacitySat, fundingOutpoint } = data;
  const promoted: FundingState = funding ?? {
    outpoint: fundingOutpoint,
    capacitySat,
    kind: 'splice',
    isReady: false,
  };
  const isLost = ({ outpoint, confirmedIn }: FundingState, nth: number) =>
    outpoint !== fundingOutpoint && (nth > 0 || confirmedIn === undefined);
  const lost = state.fundings.filter(isLost).map(({ outpoint }) => outpoint);
  const lostFundings = [...withoutLost(state, fundingOutpoint), ...lost];
  const [before] = state.fundings;
  const isSpent = before?.confirmedIn !== undefined && before.outpoint !== fundingOutpoint;
  const undone = isSpent ? withDropped(state, before.outpoint) : state.undone;
  return pruneHtlcs({ ...state, fundings: [promoted], lostFundings, undone });
}

export function candidateAdded(
  state: ChannelState,
  data: ChannelEventData<'FundingCandidateAdded'>,
): ChannelState {
  const fundings = [...state.fundings, candidate(state, data)];
  const lostFundings = withoutLost(state, data.fundingOutpoint);
  const undone = withoutDropped(state, data.fundingOutpoint);
  return { ...state, fundings, lostFundings, undone };
}

export function candidateDropped(
  state: ChannelState,
  { fundingOutpoint }: ChannelEventData<'FundingCandidateDropped'>,
): ChannelState {
  const fundings = state.fundings.filter(({ outpoint }) => outpoint !== fundingOutpoint);
  const lostFundings = withoutLost(state, fundingOutpoint);
  const undone = withDropped(state, fundingOutpoint);
  return { ...state, fundings, lostFundings, undone };
}

function withoutLost({ lostFundings }: ChannelState, outpoint: Outpoint): readonly Outpoint[] {
  return lostFundings.filter((lost) => lost !== outpoint);
}
