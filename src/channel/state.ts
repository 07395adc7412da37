/**
 * The state of one channel as one source tells it: what `decide` and the invariants need, and nothing
 * sealed. `evolve` is pure and total; the views fold their own rows (projections/).
 */
import type { ChannelId, NodeId, Outpoint } from '../lightning/ids.ts';
import type { ChannelEvent, ChannelEventData } from './events.ts';
import type { Direction, Side, Terms } from './fields.ts';

export interface HtlcState {
  readonly id: number;
  readonly direction: Direction;
  readonly amountMsat: bigint;
  readonly cltvExpiry: number;
  /** Set once a commitment, or the chain, no longer holds it. */
  readonly outcome?: 'settled' | 'failed';
}

export interface CommitmentState {
  readonly number: number;
  /** Gross: with the HTLCs they make up the capacity (DESIGN §5). */
  readonly localBalanceMsat: bigint;
  readonly remoteBalanceMsat: bigint;
  /** Exact to the msat, so that the next one can be derived from it. */
  readonly isExact: boolean;
  readonly offered: readonly number[];
  readonly received: readonly number[];
  /** Commitment 0 of an opening: known by its balances, its own record may still come. */
  readonly isImplied: boolean;
}

export interface FundingState {
  readonly outpoint: Outpoint;
  readonly capacitySat: bigint;
  readonly kind: 'opening' | 'replacement-by-fee' | 'splice';
  readonly local?: CommitmentState;
  readonly remote?: CommitmentState;
  readonly confirmedIn?: { readonly height: number; readonly blockHash: string };
  readonly isReady: boolean;
}

export interface CloseState {
  readonly txid?: string;
  readonly blockHash?: string;
  readonly kind: ChannelEventData<'ChannelClosed'>['kind'];
  readonly outputs: ChannelEventData<'ChannelClosed'>['outputs'];
}

export type ClaimState = ChannelEventData<'OutputResolved'>;
export type PolicyState = Omit<ChannelEventData<'FeePolicyChanged'>, 'raw' | 'cause'>;

export interface ChannelState {
  /** `new` until it was opened or adopted. */
  readonly phase: 'new' | 'open' | 'closed';
  readonly isAdopted: boolean;
  readonly opening?: ChannelEventData<'ChannelOpened'>;
  readonly channelId?: ChannelId;
  readonly peerId?: NodeId;
  readonly opener?: Side;
  readonly channelType: ChannelEventData<'ChannelOpened'>['channelType'];
  readonly local: Terms;
  readonly remote: Terms;
  /** The funding in force comes first; candidates follow. */
  readonly fundings: readonly FundingState[];
  /** Every HTLC that some commitment holds, or is about to. */
  readonly htlcs: readonly HtlcState[];
  /** Unknown (absent) after an adoption, until the first one is seen. */
  readonly nextHtlcId: { readonly offered?: number; readonly received?: number };
  readonly lastRevoked: { readonly local?: number; readonly remote?: number };
  /** A gap suspends the side's sequence rules until its next commitment. */
  readonly isSuspended: { readonly local: boolean; readonly remote: boolean };
  readonly policies: { readonly local?: PolicyState; readonly remote?: PolicyState };
  readonly announcement?: ChannelEventData<'ChannelAnnounced'>;
  readonly broadcasts: readonly string[];
  readonly shutdowns: readonly Side[];
  readonly closeStarted?: ChannelEventData<'CloseStarted'>;
  readonly close?: CloseState;
  readonly claims: readonly ClaimState[];
  readonly isFullyResolved: boolean;
  readonly isPurged: boolean;
}

export const newChannel: ChannelState = {
  phase: 'new',
  isAdopted: false,
  channelType: 'unknown',
  local: {},
  remote: {},
  fundings: [],
  htlcs: [],
  nextHtlcId: {},
  lastRevoked: {},
  isSuspended: { local: false, remote: false },
  policies: {},
  broadcasts: [],
  shutdowns: [],
  claims: [],
  isFullyResolved: false,
  isPurged: false,
};

/** The state after one more event. */
export function evolve(state: ChannelState, event: ChannelEvent): ChannelState {
  switch (event.type) {
    case 'ChannelOpened':
      return opened(state, event.data);
    case 'ChannelAdopted':
      return adopted(state, event.data);
    case 'FundingConfirmed': {
      const { height, blockHash } = event.data;
      const confirmedIn = { height, blockHash };
      return withFunding(state, event.data.fundingOutpoint, (f) => ({ ...f, confirmedIn }));
    }
    case 'FundingUnconfirmed':
      return withFunding(state, event.data.fundingOutpoint, ({ confirmedIn: _, ...f }) => f);
    case 'FundingCandidateAdded':
      return { ...state, fundings: [...state.fundings, candidate(state, event.data)] };
    case 'FundingCandidateDropped': {
      const { fundingOutpoint } = event.data;
      return { ...state, fundings: state.fundings.filter((f) => f.outpoint !== fundingOutpoint) };
    }
    case 'FundingReplaced':
      return fundingReplaced(state, event.data);
    case 'ChannelReady':
      return withFunding(state, event.data.fundingOutpoint, (f) => ({ ...f, isReady: true }));
    case 'ChannelAnnounced':
      return { ...state, announcement: event.data };
    case 'HtlcAdded':
      return htlcAdded(state, event.data);
    case 'HtlcSettled':
    case 'HtlcFailed':
      return htlcRemoved(state, event.data, event.type === 'HtlcSettled' ? 'settled' : 'failed');
    case 'CommitmentUpdated':
      return commitmentUpdated(state, event.data);
    case 'CommitmentRevoked':
      return {
        ...state,
        lastRevoked: { ...state.lastRevoked, [event.data.side]: event.data.number },
      };
    case 'FeePolicyChanged': {
      const { raw: _raw, cause: _cause, ...policy } = event.data;
      return { ...state, policies: { ...state.policies, [policy.side]: policy } };
    }
    case 'BalanceObserved':
      return state;
    case 'RecordingGap':
      return gap(state, event.data);
    case 'ShutdownStarted':
      return { ...state, shutdowns: [...state.shutdowns, event.data.by] };
    case 'CloseStarted':
      return { ...state, closeStarted: event.data };
    case 'TransactionBroadcast':
      return { ...state, broadcasts: [...state.broadcasts, event.data.txid] };
    case 'ChannelClosed':
      return closed(state, event.data);
    case 'CloseUnconfirmed': {
      const { close: _, ...open } = state;
      return { ...open, phase: 'open' };
    }
    case 'OutputResolved':
      return { ...state, claims: [...state.claims, event.data] };
    case 'OutputUnconfirmed': {
      const { outpoint, sweepTxid } = event.data;
      const isUndone = (c: ClaimState) => c.outpoint === outpoint && c.sweepTxid === sweepTxid;
      return { ...state, claims: state.claims.filter((claim) => !isUndone(claim)) };
    }
    case 'ChannelFullyResolved':
      return { ...state, isFullyResolved: true };
    case 'ChannelPurged':
      return { ...state, isPurged: true };
  }
}

/** The funding in force. */
export function activeFunding(state: ChannelState): FundingState | undefined {
  return state.fundings[0];
}

export function fundingOf(state: ChannelState, outpoint: Outpoint): FundingState | undefined {
  return state.fundings.find((funding) => funding.outpoint === outpoint);
}

function opened(state: ChannelState, data: ChannelEventData<'ChannelOpened'>): ChannelState {
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
function adopted(state: ChannelState, data: ChannelEventData<'ChannelAdopted'>): ChannelState {
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

function fundingReplaced(
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
  return pruneHtlcs({ ...state, fundings: [promoted] });
}

function withFunding(
  state: ChannelState,
  outpoint: Outpoint,
  change: (funding: FundingState) => FundingState,
): ChannelState {
  const fundings = state.fundings.map((f) => (f.outpoint === outpoint ? change(f) : f));
  return { ...state, fundings };
}

function htlcAdded(state: ChannelState, data: ChannelEventData<'HtlcAdded'>): ChannelState {
  const { id, direction, amountMsat, cltvExpiry } = data;
  if (state.htlcs.some((htlc) => htlc.id === id && htlc.direction === direction)) return state;
  return {
    ...state,
    htlcs: [...state.htlcs, { id, direction, amountMsat, cltvExpiry }],
    nextHtlcId: { ...state.nextHtlcId, [direction]: id + 1 },
  };
}

function htlcRemoved(
  state: ChannelState,
  data: { readonly id: number; readonly direction: Direction },
  outcome: 'settled' | 'failed',
): ChannelState {
  const { id, direction } = data;
  const htlcs = state.htlcs.map((htlc) => {
    return htlc.id === id && htlc.direction === direction ? { ...htlc, outcome } : htlc;
  });
  return { ...state, htlcs };
}

function commitmentUpdated(
  state: ChannelState,
  data: ChannelEventData<'CommitmentUpdated'>,
): ChannelState {
  const { side, number, localBalanceMsat, remoteBalanceMsat, offered, received } = data;
  const isExact = data.precision === 'msat';
  const commitment: CommitmentState = {
    number,
    localBalanceMsat,
    remoteBalanceMsat,
    isExact,
    offered,
    received,
    isImplied: false,
  };
  const after = withFunding(state, data.fundingOutpoint, (f) => ({ ...f, [side]: commitment }));
  const unknown = unknownHtlcs(after, data);
  const nextHtlcId = { ...after.nextHtlcId };
  for (const { id, direction } of unknown) {
    nextHtlcId[direction] = Math.max(nextHtlcId[direction] ?? 0, id + 1);
  }
  return pruneHtlcs({
    ...after,
    htlcs: unknown.length === 0 ? after.htlcs : [...after.htlcs, ...unknown],
    nextHtlcId,
    isSuspended: state.isSuspended[side]
      ? { ...state.isSuspended, [side]: false }
      : state.isSuspended,
  });
}

/** The HTLCs a commitment after a gap tells in full and the state does not have from elsewhere. */
export function unknownHtlcs(
  state: ChannelState,
  data: ChannelEventData<'CommitmentUpdated'>,
): readonly HtlcState[] {
  const { unknownHtlcs: told = [] } = data;
  if (told.length === 0) return [];
  const known = new Set(state.htlcs.map((htlc) => `${htlc.direction}/${htlc.id}`));
  return told.filter((htlc) => !known.has(`${htlc.direction}/${htlc.id}`)).map(htlcOf);
}

function htlcOf(htlc: HtlcState): HtlcState {
  const { id, direction, amountMsat, cltvExpiry } = htlc;
  return { id, direction, amountMsat, cltvExpiry };
}

/** Forgets the HTLCs that no commitment of any funding holds any more. */
function pruneHtlcs(state: ChannelState): ChannelState {
  const { local, remote } = state.isSuspended;
  // The commitment that a gap hides may hold what the other side dropped already.
  if (state.htlcs.length === 0 || local || remote) return state;
  const held = { offered: new Set<number>(), received: new Set<number>() };
  for (const funding of state.fundings) {
    for (const commitment of [funding.local, funding.remote]) {
      for (const id of commitment?.offered ?? []) held.offered.add(id);
      for (const id of commitment?.received ?? []) held.received.add(id);
    }
  }
  const htlcs = state.htlcs.filter((htlc) => held[htlc.direction].has(htlc.id));
  return htlcs.length === state.htlcs.length ? state : { ...state, htlcs };
}

/** A gap whose missing part was told later (it sorts before) suspends nothing. */
function gap(state: ChannelState, data: ChannelEventData<'RecordingGap'>): ChannelState {
  if (data.side === undefined || isFilled(state, data)) return state;
  if (data.what === 'htlcs' && data.firstKnown !== undefined) {
    const direction: Direction = data.side === 'local' ? 'offered' : 'received';
    return { ...state, nextHtlcId: { ...state.nextHtlcId, [direction]: data.firstKnown } };
  }
  if (data.what !== 'commitments') return state;
  return { ...state, isSuspended: { ...state.isSuspended, [data.side]: true } };
}

/** True when the commitments a gap names as missing are known by now. */
export function isFilled(state: ChannelState, data: ChannelEventData<'RecordingGap'>): boolean {
  if (data.side === undefined || data.firstKnown === undefined) return false;
  const known =
    data.what === 'revocations'
      ? state.lastRevoked[data.side]
      : data.what === 'commitments'
        ? activeFunding(state)?.[data.side]?.number
        : undefined;
  return known !== undefined && known + 1 >= data.firstKnown;
}

function closed(state: ChannelState, data: ChannelEventData<'ChannelClosed'>): ChannelState {
  const { closingTxid, blockHash, kind, outputs } = data;
  return {
    ...state,
    phase: 'closed',
    close: {
      kind,
      outputs,
      ...(closingTxid && { txid: closingTxid }),
      ...(blockHash && { blockHash }),
    },
  };
}
