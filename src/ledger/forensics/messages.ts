/** Messages that lead to the end of a channel: errors near it, and a channel_reestablish that lost states. */
import type { Side } from '../../channel/fields.ts';
import { timeNsOf } from '../../schema/time.ts';
import {
  type CaseEvent,
  type CaseEventOf,
  type ClosingCase,
  closingBroadcast,
  isSurelyBefore,
  lastCommitment,
  newestRevocation,
  ofType,
} from './case.ts';
import { forcedBy, mannerOf } from './manner.ts';

/** An error this long before the channel was given up is taken for what led to it. */
const ERROR_WINDOW_NS = 3_600_000_000_000n;

type Message = CaseEventOf<'PeerMessage'>;

/** Those that the channel did not outlive: one that it went on after ended nothing. */
export function errorsNear(
  closing: ClosingCase,
  direction: 'received' | 'sent',
): readonly Message[] {
  const given = forcedBy(closing);
  if (given === undefined) return [];
  const end = timeNsOf(given.at);
  return ownMessages(closing).filter((message) => {
    const { kind, direction: way } = message.fact.data;
    const ns = timeNsOf(message.at);
    const isNear = ns <= end && ns >= end - ERROR_WINDOW_NS;
    return (
      kind === 'error' && way === direction && isNear && !hasGoneOn(closing, message, given.at)
    );
  });
}

/** The two ends agreed to a new state after it, and by the end: BOLT 1, who fails a channel does so no more. */
function hasGoneOn({ events }: ClosingCase, message: Message, end: string): boolean {
  return events.some((event) => {
    const { type } = event.fact;
    const isNewState = type === 'CommitmentUpdated' || type === 'CommitmentRevoked';
    return isNewState && event.at <= end && isSurelyBefore(message, event);
  });
}

/** The peer's errors that no error of this node came before: to one, its own is an answer. */
export function unaskedErrors(closing: ClosingCase): readonly Message[] {
  const [sent] = errorsNear(closing, 'sent');
  return errorsNear(closing, 'received').filter(({ at }) => sent === undefined || at <= sent.at);
}

interface StaleReestablish {
  /** Who lost states. */
  readonly by: Side;
  readonly events: readonly CaseEvent[];
}

/**
 * BOLT 2: channel_reestablish says which commitment each end waits for next. The ledger remembers what
 * an end had, also where the end itself has forgotten it. A later one takes back what an earlier one said.
 */
export function staleReestablishes(closing: ClosingCase): readonly StaleReestablish[] {
  if (mannerOf(closing) !== 'forced') return [];
  const end = endOf(closing);
  // What is said after the end of the channel can be anything (LDK then tells next commitment 0).
  const before = ownMessages(closing).filter(({ at, fact: { data } }) => {
    return data.kind === 'reestablish' && data.nextLocalCommitment !== undefined && at <= end;
  });
  const ours = before.findLast(({ fact }) => fact.data.direction === 'sent');
  const theirs = before.findLast(({ fact }) => fact.data.direction === 'received');
  const last = before.filter((event) => event === ours || event === theirs);
  return last.flatMap((event): StaleReestablish[] => {
    const newest = newestHeld(closing, event);
    const next = event.fact.data.nextLocalCommitment;
    if (newest === undefined || next === undefined || next > newest.number) return [];
    if (hasGoneOn(closing, event, end)) return [];
    return [{ by: newest.by, events: [event, newest.told] }];
  });
}

interface NewestHeld {
  readonly by: Side;
  /** Of the newest commitment that the end that speaks had. */
  readonly number: number;
  readonly told: CaseEvent;
}

/** What the end that speaks had by then, as the ledger saw it. */
function newestHeld(closing: ClosingCase, { at, fact }: Message): NewestHeld | undefined {
  if (fact.data.direction === 'sent') {
    const told = lastCommitment(closing, 'local');
    return told && told.at < at ? { by: 'local', number: told.fact.data.number, told } : undefined;
  }
  const told = newestRevocation(closing, 'remote');
  // It revoked that one, so it held the next.
  return told && told.at < at
    ? { by: 'remote', number: told.fact.data.number + 1, told }
    : undefined;
}

/** Of this channel, and of the connection as a whole. */
export function ownMessages({ beside, channelId }: ClosingCase): readonly Message[] {
  return ofType(beside, 'PeerMessage').filter(({ fact: { data } }) => {
    return data.channelId === undefined || data.channelId === channelId;
  });
}

/** When the channel was given up or its end handed to the network, whichever is later. */
function endOf({ decidedAt, events }: ClosingCase): string {
  const broadcast = closingBroadcast(events)?.at ?? decidedAt;
  return broadcast > decidedAt ? broadcast : decidedAt;
}
