/** What reorganisations took back, as a channel's state remembers it: the last block of each thing. */
import type { Outpoint } from '../lightning/ids.ts';
import type { ChannelEvent } from './events.ts';
import type { ChannelState, UndoneState } from './state.ts';

export type UndoOfBlock = Extract<
  ChannelEvent,
  { readonly type: 'FundingUnconfirmed' | 'CloseUnconfirmed' | 'OutputUnconfirmed' }
>;
type Confirming = Extract<
  ChannelEvent,
  { readonly type: 'FundingConfirmed' | 'ChannelClosed' | 'OutputResolved' }
>;

/** The types of facts that are told of a transaction in a block, each before the one that takes it back. */
export const blockTypes = [
  'FundingConfirmed',
  'FundingUnconfirmed',
  'ChannelClosed',
  'CloseUnconfirmed',
  'OutputResolved',
  'OutputUnconfirmed',
] as const satisfies readonly (Confirming | UndoOfBlock)['type'][];

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

/** A funding that will not confirm is in no block: its entry has none. */
const droppedThing = (outpoint: Outpoint) => `candidate ${outpoint}`;

/** Those of the state and this one: it was dropped, or spent by a splice, and cannot be dropped now. */
export function withDropped({ undone }: ChannelState, outpoint: Outpoint): readonly UndoneState[] {
  const what = droppedThing(outpoint);
  return [...undone.filter((one) => one.what !== what), { what, blockHash: '' }];
}

/** Those of the state without this one: it is a candidate again. */
export function withoutDropped(
  { undone }: ChannelState,
  outpoint: Outpoint,
): readonly UndoneState[] {
  const what = droppedThing(outpoint);
  return undone.filter((one) => one.what !== what);
}

export function isDropped({ undone }: ChannelState, outpoint: Outpoint): boolean {
  const what = droppedThing(outpoint);
  return undone.some((one) => one.what === what);
}

/** A reorganisation took its confirmation back, and none came since. */
export function isTakenBack({ undone }: ChannelState, outpoint: Outpoint): boolean {
  return undone.some(({ what }) => what === outpoint);
}
