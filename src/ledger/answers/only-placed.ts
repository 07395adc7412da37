/** A state as of a time that may be that of a later one: its last fact was only placed between others. */
import { timeNsOf } from '../../schema/time.ts';
import type { Query } from '../query.ts';
import type { ChannelView } from '../view-types.ts';

/** The channel, marked where its last fact could lie after the time that was asked for. */
export function markedAt<View extends ChannelView>(view: View, { at }: Query): View {
  const { lastEventAtBounds: bounds } = view;
  if (at?.kind !== 'time' || bounds === undefined) return view;
  const isSure = bounds.notAfter !== undefined && timeNsOf(bounds.notAfter) <= at.timeNs;
  return isSure ? view : { ...view, isOnlyPlaced: true };
}
