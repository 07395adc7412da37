/**
 * Why a channel closed: one cause of a closed list, with the events it rests on. Every rule names the
 * events that decide it; without them none of the others takes its place by guessing.
 */

import { reasonOf, type StatedCause } from '../../channel/close-reasons.ts';
import type { Side } from '../../channel/fields.ts';
import {
  broadcastSide,
  cheaterOf,
  commitmentOnChain,
  isRevoked,
  isSeenOnChain,
  revocationOfBroadcast,
} from './broadcast.ts';
import { type CaseEvent, type ClosingCase, closingBroadcast, type InFlight } from './case.ts';
import { isWish, mannerOf } from './manner.ts';
import { errorsNear, staleReestablishes, unaskedErrors } from './messages.ts';
import type { Basis } from './parts.ts';

export const causes = [
  'user',
  'offered-htlc-expired',
  'received-htlc-near-deadline',
  'peer-error',
  'own-error',
  'feerate',
  'data-loss',
  'revoked-state',
  'unknown',
] as const;
export type Cause = (typeof causes)[number];

export interface Verdict {
  readonly cause: Cause;
  /** Who acted. */
  readonly by: Side | 'both' | 'unknown';
  readonly basis: Basis;
  /** Ids of the events it rests on. */
  readonly events: readonly string[];
}

/** LDK goes to chain this long before a received HTLC's expiry (CLTV_CLAIM_BUFFER). */
const CLAIM_BUFFER_BLOCKS = 18;
/** And this long after an offered one's (LATENCY_GRACE_PERIOD_BLOCKS). */
const GRACE_BLOCKS = 3;

type Rule = (closing: ClosingCase) => Verdict | undefined;

const rules: readonly Rule[] = [
  revokedState,
  statedCause,
  dataLoss,
  peerError,
  ownError,
  negotiated,
  expiredByHeight,
  wishedBefore,
];

export function verdictOf(closing: ClosingCase): Verdict {
  for (const rule of rules) {
    const verdict = rule(closing);
    if (verdict !== undefined) return verdict;
  }
  return { cause: 'unknown', by: closerOf(closing), basis: 'unknown', events: [] };
}

/** By the closing transaction, or by its label; who began it where neither says. */
export function closerOf(closing: ClosingCase): Verdict['by'] {
  const { closed, started } = closing;
  const onChain = commitmentOnChain(closing);
  if (onChain !== undefined) return onChain.fact.data.side;
  const initiator = closed?.fact.data.initiator;
  if (initiator !== undefined && initiator !== 'unknown') return initiator;
  const told = started.find(({ fact }) => fact.data.by !== 'unknown')?.fact.data.by;
  return broadcastSide(closing) ?? told ?? 'unknown';
}

function revokedState(closing: ClosingCase): Verdict | undefined {
  const { closed } = closing;
  const revocation = revocationOfBroadcast(closing);
  if (closed === undefined || !isRevoked(closing)) return undefined;
  const basis = isSeenOnChain(closing) ? 'transaction' : 'stated';
  return verdict('revoked-state', cheaterOf(closing) ?? 'unknown', basis, [closed, revocation]);
}

/**
 * What a node says of its own deed, or of the error it was sent. An HTLC's deadline is told from the HTLCs
 * that were in flight. Why somebody wished an end by agreement is not why one end gave up before it came.
 */
function statedCause(closing: ClosingCase): Verdict | undefined {
  const isForced = mannerOf(closing) === 'forced';
  for (const event of closing.started) {
    const { by, reason, sourceReason } = event.fact.data;
    const cause = reasonOf(reason, sourceReason)?.cause;
    if (cause === undefined || (isForced && isWish(event))) continue;
    if (cause !== 'htlc') {
      const who = cause === 'peer-error' ? 'remote' : by;
      return verdict(cause, who, 'stated', [event, ...besideWord(cause, closing)]);
    }
    const due = dueHtlc(closing, event);
    if (due !== undefined) return verdict(due.cause, by, 'stated', [event, due.htlc.added]);
  }
  return undefined;
}

/** Forced, and nothing says by what: then all that is told is that somebody wanted it closed before. */
function wishedBefore(closing: ClosingCase): Verdict | undefined {
  const wish = closing.started.find(isWish);
  if (wish === undefined || mannerOf(closing) !== 'forced') return undefined;
  return verdict('user', wish.fact.data.by, 'stated', [wish]);
}

/** What says the same beside the node's own word: the peer's error, or the shutdown asked for. */
function besideWord(cause: StatedCause, closing: ClosingCase): readonly CaseEvent[] {
  if (cause === 'peer-error') return errorsNear(closing, 'received');
  if (cause === 'data-loss') return staleReestablishes(closing).flatMap(({ events }) => events);
  return cause === 'user' && mannerOf(closing) === 'negotiated' ? closing.shutdowns : [];
}

interface Due {
  readonly cause: 'offered-htlc-expired' | 'received-htlc-near-deadline';
  readonly htlc: InFlight;
}

/**
 * LDK's rule (ChannelMonitor, should_broadcast_holder_commitment_txn), for LDK alone leaves open whose
 * deadline it was. Of received ones it is one whose preimage was known, which is then claimed with it.
 */
function dueHtlc(closing: ClosingCase, event: CaseEvent): Due | undefined {
  const blockHeight = closing.closed?.fact.data.height ?? Infinity;
  const told = event.height !== undefined && event.height < blockHeight ? event.height : undefined;
  const height = told ?? beginningBefore(closing)?.height ?? blockHeight - 1;
  if (height === Infinity) return undefined;
  const byExpiry = [...stillHeld(closing, event)].sort((a, b) => a.cltvExpiry - b.cltvExpiry);
  const expired = byExpiry.find((htlc) => {
    return htlc.direction === 'offered' && htlc.cltvExpiry + GRACE_BLOCKS <= height;
  });
  const all = byExpiry.filter((htlc) => {
    return htlc.direction === 'received' && htlc.cltvExpiry - height <= CLAIM_BUFFER_BLOCKS;
  });
  const paid = all.find(({ ended }) => ended?.fact.type === 'HtlcSettled');
  const near = paid ?? all.find(({ ended }) => ended === undefined);
  // It was given up by that height, and maybe long before: then either may have come to its deadline first.
  if (told === undefined && expired !== undefined && near !== undefined) return undefined;
  if (expired !== undefined) return { cause: 'offered-htlc-expired', htlc: expired };
  return near && { cause: 'received-htlc-near-deadline', htlc: near };
}

/** Without those that ended before what is looked at, where that came later than what decided. */
function stillHeld({ inFlight }: ClosingCase, { at }: CaseEvent): readonly InFlight[] {
  return inFlight.filter(({ ended }) => {
    return ended === undefined || ended.fact.data.isOnChain || ended.at >= at;
  });
}

function dataLoss(closing: ClosingCase): Verdict | undefined {
  const [first, ...more] = staleReestablishes(closing);
  if (first === undefined) return undefined;
  const all = [first, ...more].flatMap(({ events }) => events);
  return verdict('data-loss', first.by, 'derived', all);
}

function peerError(closing: ClosingCase): Verdict | undefined {
  const errors = unaskedErrors(closing);
  return errors.length === 0 ? undefined : verdict('peer-error', 'remote', 'derived', errors);
}

/** A node that force-closes for any reason sends an error: only lnd's log says that one was the cause. */
function ownError(closing: ClosingCase): Verdict | undefined {
  const sent = errorsNear(closing, 'sent').filter(({ source }) => source.startsWith('lnd'));
  return sent.length === 0 ? undefined : verdict('own-error', 'local', 'derived', sent);
}

/** Nothing but somebody's wish begins a shutdown. */
function negotiated(closing: ClosingCase): Verdict | undefined {
  if (mannerOf(closing) !== 'negotiated') return undefined;
  const [first] = closing.shutdowns;
  return first && verdict('user', first.fact.data.by, 'derived', closing.shutdowns);
}

/**
 * The end that broadcast its commitment had offered an HTLC that had run out: it had to. When it was handed
 * to the network is told by what came before its block; the block alone may be days later.
 */
function expiredByHeight(closing: ClosingCase): Verdict | undefined {
  const { closed } = closing;
  const side = broadcastSide(closing);
  const began = beginningBefore(closing);
  if (closed?.fact.data.height === undefined || side === undefined) return undefined;
  if (began?.height === undefined || closing.started.some(saysHtlc)) return undefined;
  const { height } = began;
  const own = side === 'local' ? 'offered' : 'received';
  const expired = stillHeld(closing, began).find((htlc) => {
    return htlc.direction === own && htlc.cltvExpiry <= height;
  });
  const restsOn = [closed, began, expired?.added];
  return expired && verdict('offered-htlc-expired', side, 'derived', restsOn);
}

/** The source's own word is of a deadline: where its rule did not tell whose, a rougher one tells it no better. */
function saysHtlc({ fact: { data } }: ClosingCase['started'][number]): boolean {
  return reasonOf(data.reason, data.sourceReason)?.cause === 'htlc';
}

/** The earliest height told at which one end gave up, where that is before the close's own block. */
function beginningBefore({ closed, started, events }: ClosingCase): CaseEvent | undefined {
  const blockHeight = closed?.fact.data.height ?? Infinity;
  const given = started.filter((event) => !isWish(event));
  const told = [...given, closingBroadcast(events)].flatMap((event): CaseEvent[] => {
    return event?.height !== undefined && event.height < blockHeight ? [event] : [];
  });
  return told.reduce<CaseEvent | undefined>((first, event) => {
    return first?.height === undefined || (event.height ?? 0) < first.height ? event : first;
  }, undefined);
}

function verdict(
  cause: Cause,
  by: Verdict['by'],
  basis: Basis,
  restsOn: readonly (CaseEvent | undefined)[],
): Verdict {
  const events = restsOn.flatMap((event) => (event === undefined ? [] : [event.eventId]));
  return { cause, by, basis, events: [...new Set(events)] };
}
