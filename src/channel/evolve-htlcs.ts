/** How HTLCs and commitments move a channel's state, and what a gap suspends. */
import type { ChannelEventData } from './events.ts';
import type { Direction } from './fields.ts';
import { hasId } from './htlcs.ts';
import {
  activeFunding,
  type ChannelState,
  type CommitmentState,
  type FundingState,
  type HtlcState,
} from './state.ts';

export function htlcAdded(state: ChannelState, data: ChannelEventData<'HtlcAdded'>): ChannelState {
  const { id, direction } = data;
  if (state.htlcs.some((htlc) => htlc.id === id && htlc.direction === direction)) return state;
  return {
    ...state,
    htlcs: [...state.htlcs, htlcOf(data)],
    nextHtlcId: { ...state.nextHtlcId, [direction]: id + 1 },
  };
}

export function htlcRemoved(
  state: ChannelState,
  data: { readonly id: number; readonly direction: Direction },
  outcome: 'settled' | 'failed',
): ChannelState {
  const { id, direction } = data;
  const isIt = (htlc: HtlcState) => htlc.id === id && htlc.direction === direction;
  // Of a source that tells HTLCs and hardly a commitment, nothing would ever let go of it.
  const isOver =
    !isSuspended(state) && !state.htlcs.some((h) => isIt(h) && isHeldIn(state.fundings, h));
  const htlcs = isOver
    ? state.htlcs.filter((htlc) => !isIt(htlc))
    : state.htlcs.map((htlc) => (isIt(htlc) ? { ...htlc, outcome } : htlc));
  return { ...state, htlcs };
}

/** The commitment that a gap hides may hold what the other side dropped already. */
function isSuspended({ isSuspended: { local, remote } }: ChannelState): boolean {
  return local || remote;
}

export function commitmentUpdated(
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
  const fundings = state.fundings.map((funding) =>
    funding.outpoint === data.fundingOutpoint ? { ...funding, [side]: commitment } : funding,
  );
  const after = state.isSuspended[side]
    ? { ...state, fundings, isSuspended: { ...state.isSuspended, [side]: false } }
    : { ...state, fundings };
  return pruneHtlcs(withHtlcs(after, unknownHtlcs(state, data)));
}

function withHtlcs(state: ChannelState, told: readonly HtlcState[]): ChannelState {
  if (told.length === 0) return state;
  const nextHtlcId = { ...state.nextHtlcId };
  for (const { id, direction } of told) {
    nextHtlcId[direction] = Math.max(nextHtlcId[direction] ?? 0, id + 1);
  }
  return { ...state, htlcs: [...state.htlcs, ...told], nextHtlcId };
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

function htlcOf({ id, direction, amountMsat, cltvExpiry, paymentLink }: HtlcState): HtlcState {
  return paymentLink === undefined
    ? { id, direction, amountMsat, cltvExpiry }
    : { id, direction, amountMsat, cltvExpiry, paymentLink };
}

/** Forgets the HTLCs that no commitment of any funding holds any more. */
export function pruneHtlcs(state: ChannelState): ChannelState {
  if (state.htlcs.length === 0 || isSuspended(state)) return state;
  const { fundings, htlcs } = state;
  const isHeld = (htlc: HtlcState) => isHeldIn(fundings, htlc);
  return htlcs.every(isHeld) ? state : { ...state, htlcs: htlcs.filter(isHeld) };
}

function isHeldIn(fundings: readonly FundingState[], { direction, id }: HtlcState): boolean {
  return fundings.some(({ local, remote }) => {
    return hasId(local?.[direction] ?? [], id) || hasId(remote?.[direction] ?? [], id);
  });
}

/** A gap whose missing part was told later (it sorts before) suspends nothing. */
export function gap(state: ChannelState, data: ChannelEventData<'RecordingGap'>): ChannelState {
  if (data.what === 'close') return { ...state, isCloseMissing: true };
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
