/** Puts a closing case together: what stands in a block, what decided the end, what was held then. Pure. */
import {
  addedBy,
  type CaseEvent,
  type CaseEventOf,
  type ClosingCase,
  closingBroadcast,
  type InFlight,
  ofType,
  type PublishedPolicy,
} from './case.ts';
import { type Ending, forcedBy } from './manner.ts';
import { type BlockWord, standing } from './standing.ts';

/** Undefined where nothing says that the channel closes. */
export function closingCase(
  channelId: string,
  events: readonly CaseEvent[],
  beside: readonly CaseEvent[],
  published: readonly PublishedPolicy[] = [],
): ClosingCase | undefined {
  const started = ofType(events, 'CloseStarted');
  const shutdowns = ofType(events, 'ShutdownStarted');
  const stands = standingCloses(events);
  const closed = fullest(stands);
  // It was broadcast, and is on its way again.
  const undone = ofType(events, 'ChannelClosed').filter((event) => !stands.includes(event));
  const broadcast = closingBroadcast(events);
  const beginnings = [...started, ...shutdowns, broadcast, ...undone, closed].flatMap(
    (e) => e ?? [],
  );
  if (beginnings.length === 0) return undefined;
  const first = beginnings.reduce((a, b) => (b.at < a.at ? b : a));
  const ending: Ending = { events, started, shutdowns, ...(closed && { closed }), undone };
  const force = forcedBy(ending);
  const decided = force ?? first;
  const blockHeight = closed?.fact.data.height;
  const beganHeight = first.height ?? blockHeight;
  const decidedHeight = decided.height ?? blockHeight;
  // BOLT 2, shutdown: the other end may add HTLCs until it has sent its own, and they are waited for.
  const isWaiting = force === undefined && shutdowns.length > 0;
  return {
    channelId,
    ...ending,
    beside,
    published,
    beganAt: first.at,
    ...(first.bounds && { beganAtBounds: first.bounds }),
    ...(beganHeight !== undefined && { beganHeight }),
    decidedAt: decided.at,
    ...(decidedHeight !== undefined && { decidedHeight }),
    inFlight: heldAt(events, decided.at, isWaiting),
  };
}

/** Of several tellers' closes that stand in a block, the one that tells most; else the newest. */
function fullest(
  closes: readonly CaseEventOf<'ChannelClosed'>[],
): CaseEventOf<'ChannelClosed'> | undefined {
  return closes.reduce<CaseEventOf<'ChannelClosed'> | undefined>((best, event) => {
    return best === undefined || fullness(event) >= fullness(best) ? event : best;
  }, undefined);
}

function standingCloses(events: readonly CaseEvent[]): readonly CaseEventOf<'ChannelClosed'>[] {
  const words = events.flatMap((event): BlockWord<CaseEvent>[] => {
    const { fact } = event;
    if (fact.type !== 'ChannelClosed' && fact.type !== 'CloseUnconfirmed') return [];
    const { closingTxid: txid, blockHash } = fact.data;
    return [{ event, isUndoing: fact.type === 'CloseUnconfirmed', txid, blockHash }];
  });
  return ofType(standing(words), 'ChannelClosed');
}

function fullness({ fact: { data } }: CaseEventOf<'ChannelClosed'>): number {
  const isKnown = [data.kind !== 'unknown', data.closingTxid, data.commitmentNumber, data.feeSat];
  return isKnown.filter((one) => one !== undefined && one !== false).length + data.outputs.length;
}

/** `isWaiting`: with those that came later. */
function heldAt(
  events: readonly CaseEvent[],
  moment: string,
  isWaiting: boolean,
): readonly InFlight[] {
  const held = new Map<string, InFlight>();
  // Another teller may tell of it only after it ended.
  const gone = new Set<string>();
  for (const event of events) {
    for (const htlc of addedBy(event)) {
      const key = `${htlc.direction}/${htlc.id}`;
      const isIn = isWaiting || event.at <= moment;
      if (isIn && !held.has(key) && !gone.has(key)) held.set(key, { ...htlc, added: event });
    }
    const { fact } = event;
    if (fact.type !== 'HtlcSettled' && fact.type !== 'HtlcFailed') continue;
    const key = `${fact.data.direction}/${fact.data.id}`;
    const htlc = held.get(key);
    if (fact.data.isOnChain || event.at > moment) {
      if (htlc === undefined) continue;
      const ended = { ...event, fact } as End;
      if (endKnown(ended) >= endKnown(htlc.ended)) held.set(key, { ...htlc, ended });
    } else {
      gone.add(key);
      held.delete(key);
    }
  }
  return [...held.values()];
}

type End = NonNullable<InFlight['ended']>;

/** One that was seen says more than one that follows from balances; one on chain more than one off it. */
function endKnown(ended: End | undefined): number {
  if (ended === undefined) return -1;
  const { isDeduced, isOnChain } = ended.fact.data;
  return (isDeduced === true ? 0 : 2) + (isOnChain ? 1 : 0);
}
