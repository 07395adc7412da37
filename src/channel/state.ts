/**
 * The state of one channel as one source tells it: what `decide` and the invariants need, and nothing
 * sealed. evolve.ts folds it; the views fold their own rows (projections/).
 */
import type { ChannelId, NodeId, Outpoint } from '../lightning/ids.ts';
import type { ChannelEventData } from './events.ts';
import type { Direction, Side, Terms } from './fields.ts';

export interface HtlcState {
  readonly id: number;
  readonly direction: Direction;
  readonly amountMsat: bigint;
  readonly cltvExpiry: number;
  /** Stands for the payment hash, where the source told it (DESIGN §8). */
  readonly paymentLink?: string;
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
/** What a reorganisation took back last: told again it is known, of another block it was missed. */
export interface UndoneState {
  /** The funding, the closing transaction, or the output and what claimed it. */
  readonly what: string;
  readonly blockHash: string;
}

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
  /** Fundings that another replaced, until they are dropped: what a splice spent is not among them. */
  readonly lostFundings: readonly Outpoint[];
  /** Every HTLC that some commitment holds, or is about to. */
  readonly htlcs: readonly HtlcState[];
  /** Unknown (absent) after an adoption, until the first one is seen. */
  readonly nextHtlcId: { readonly offered?: number; readonly received?: number };
  readonly lastRevoked: { readonly local?: number; readonly remote?: number };
  /** A gap suspends the side's sequence rules until its next commitment. */
  readonly isSuspended: { readonly local: boolean; readonly remote: boolean };
  readonly policies: { readonly local?: PolicyState; readonly remote?: PolicyState };
  readonly announcement?: ChannelEventData<'ChannelAnnounced'>;
  readonly broadcasts: readonly ChannelEventData<'TransactionBroadcast'>[];
  readonly shutdowns: readonly Side[];
  /** Each reason once. */
  readonly closeStarts: readonly ChannelEventData<'CloseStarted'>[];
  readonly close?: CloseState;
  readonly claims: readonly ClaimState[];
  /** At most one of each thing, until it is confirmed again. */
  readonly undone: readonly UndoneState[];
  /** What followed the close was seen before it, and a gap says so. */
  readonly isCloseMissing: boolean;
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
  lostFundings: [],
  htlcs: [],
  nextHtlcId: {},
  lastRevoked: {},
  isSuspended: { local: false, remote: false },
  policies: {},
  broadcasts: [],
  shutdowns: [],
  closeStarts: [],
  claims: [],
  undone: [],
  isCloseMissing: false,
  isFullyResolved: false,
  isPurged: false,
};

/** The funding in force. */
export function activeFunding(state: ChannelState): FundingState | undefined {
  return state.fundings[0];
}

export function fundingOf(state: ChannelState, outpoint: Outpoint): FundingState | undefined {
  return state.fundings.find((funding) => funding.outpoint === outpoint);
}

/** The state with one of its fundings changed. */
export function withFunding(
  state: ChannelState,
  outpoint: Outpoint,
  change: (funding: FundingState) => FundingState,
): ChannelState {
  const fundings = state.fundings.map((f) => (f.outpoint === outpoint ? change(f) : f));
  return { ...state, fundings };
}
