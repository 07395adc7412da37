/** What reorganisations took back, as a channel's state remembers it: the last block of each thing. */
import type { ChannelEvent } from './events.ts';
import type { ChannelState } from './state.ts';

export type UndoOfBlock = Extract<
  ChannelEvent,
  { readonly type: 'FundingUnconfirmed' | 'CloseUnconfirmed' | 'OutputUnconfirmed' }
>;
type Confirming = Extract<
  ChannelEvent,
  { readonly type: 'FundingConfirmed' | 'ChannelClosed' | 'OutputResolved' }
>;

/** The thing taken back, or confirmed again; undefined for a transaction that is not known. */
export function undoneThing({ type, data }: UndoOfBlock | Confirming): string | undefined {
  switch (type) {
    case 'FundingConfirmed':
    case 'FundingUnconfirmed':
      return data.fundingOutpoint;
    case 'ChannelClosed':
    case 'CloseUnconfirmed':
      return data.closingTxid;
    case 'OutputResolved':
    case 'OutputUnconfirmed':
      return data.sweepTxid && `${data.outpoint} ${data.sweepTxid}`;
  }
}

export function takenBack(state: ChannelState, event: UndoOfBlock): ChannelState {
  const what = undoneThing(event);
  if (what === undefined) return state;
  const others = state.undone.filter((one) => one.what !== what);
  return { ...state, undone: [...others, { what, blockHash: event.data.blockHash }] };
}

export function confirmedAgain(state: ChannelState, event: Confirming): ChannelState {
  if (state.undone.length === 0) return state;
  const what = undoneThing(event);
  return { ...state, undone: state.undone.filter((one) => one.what !== what) };
}
