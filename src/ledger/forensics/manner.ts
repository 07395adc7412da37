/** Whether a channel ends by agreement or by one end's deed, as far as anything recorded says. Pure. */

import { saysAgreed, saysForced } from '../../channel/close-reasons.ts';
import { broadcastSide } from './broadcast.ts';
import { type CaseEvent, type CaseEventOf, type ClosingCase, ofType } from './case.ts';

/** What tells how a channel ends. */
export type Ending = Pick<ClosingCase, 'events' | 'started' | 'shutdowns' | 'closed' | 'undone'>;

/** Undefined: neither the close, nor a broadcast, nor the node's own word tells. */
export function mannerOf(closing: Ending): 'forced' | 'negotiated' | undefined {
  const { started, shutdowns, undone, events } = closing;
  const closed = closing.closed ?? undone.at(-1);
  const kind = closed?.fact.data.kind ?? 'unknown';
  if (broadcastSide({ events, ...(closed && { closed }) }) !== undefined || kind === 'breach')
    return 'forced';
  if (kind === 'cooperative') return 'negotiated';
  if (broadcastsOf(closing, 'commitment').length > 0) return 'forced';
  if (broadcastsOf(closing, 'cooperative-close').length > 0) return 'negotiated';
  if (started.some(isForced)) return 'forced';
  // A shutdown that nothing has ended yet; whether it came to its end, a close of another kind does not tell.
  return closed === undefined && shutdowns.length > 0 ? 'negotiated' : undefined;
}

/** How an end gave up without the other: what comes later follows from it, and is no cause. */
export function forcedBy(closing: Ending): CaseEvent | undefined {
  if (mannerOf(closing) !== 'forced') return undefined;
  const { closed, undone, started, shutdowns } = closing;
  // Meant to end by agreement; with a shutdown some sources tell such a beginning in words of their own.
  const given = started.filter((event) => {
    return isForced(event) || (!isWish(event) && !shutdowns.some(({ at }) => at <= event.at));
  });
  const before = undone.filter(({ fact }) => fact.data.kind !== 'cooperative');
  const all: CaseEvent[] = [...given, ...broadcastsOf(closing, 'commitment'), ...before];
  if (closed !== undefined) all.push(closed);
  return all.reduce<CaseEvent | undefined>((first, event) => {
    return first === undefined || event.at < first.at ? event : first;
  }, undefined);
}

/** Somebody wanted it closed by agreement, which is no reason to give up without the other. */
export function isWish({ fact: { data } }: CaseEventOf<'CloseStarted'>): boolean {
  return saysAgreed(data.reason, data.sourceReason);
}

function isForced({ fact: { data } }: CaseEventOf<'CloseStarted'>): boolean {
  return saysForced(data.reason, data.sourceReason);
}

function broadcastsOf({ events }: Ending, purpose: 'commitment' | 'cooperative-close') {
  return ofType(events, 'TransactionBroadcast').filter(({ fact }) => fact.data.purpose === purpose);
}
