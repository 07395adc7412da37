/**
 * Why a channel closed: one cause of a closed list, with the events it rests on. Every rule names the
 * events that decide it; without them none of the others takes its place by guessing.
 */
import type { Side } from '../../channel/fields.ts';
import { timeNsOf } from '../../schema/time.ts';
import {
  broadcastSide,
  type CaseEvent,
  type CaseEventOf,
  type ClosingCase,
  closingBroadcast,
  type InFlight,
  lastCommitment,
  ofType,
  revocationOfBroadcast,
} from './case.ts';
import type { Basis } from './parts.ts';
import { reasonOf, type StatedCause } from './reasons.ts';

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

/** LDK goes to chain this long before a received HTLC's expiry (CLTV_CLAIM_BUFFER); others are near it. */
const CLAIM_BUFFER_BLOCKS = 18;
/** A received error this long before the close is taken for what led to it. */
const ERROR_WINDOW_NS = 3_600_000_000_000n;

type Rule = (closing: ClosingCase) => Verdict | undefined;

const rules: readonly Rule[] = [
  revokedState,
  statedCause,
  dataLoss,
  peerError,
  ownError,
  negotiated,
  expiredByHeight,
];

export function verdictOf(closing: ClosingCase): Verdict {
  for (const rule of rules) {
    const verdict = rule(closing);
    if (verdict !== undefined) return verdict;
  }
  return { cause: 'unknown', by: closerOf(closing), basis: 'unknown', events: [] };
}

/** By the closing transaction, or by its label; who began it where neither says. */
export function closerOf({ closed, started }: ClosingCase): Verdict['by'] {
  const initiator = closed?.fact.data.initiator;
  if (initiator !== undefined && initiator !== 'unknown') return initiator;
  const kind = closed?.fact.data.kind;
  if (kind === 'local-force') return 'local';
  if (kind === 'remote-force') return 'remote';
  return started.find(({ fact }) => fact.data.by !== 'unknown')?.fact.data.by ?? 'unknown';
}

function revokedState(closing: ClosingCase): Verdict | undefined {
  const { closed } = closing;
  const revocation = revocationOfBroadcast(closing);
  if (closed === undefined) return undefined;
  if (closed.fact.data.kind !== 'breach' && revocation === undefined) return undefined;
  const basis = closed.fact.data.outputs.length > 0 ? 'transaction' : 'stated';
  return verdict('revoked-state', closerOf(closing), basis, [closed, revocation]);
}

/** What a node says of its own deed. An HTLC's deadline is told from the HTLCs that were in flight. */
function statedCause(closing: ClosingCase): Verdict | undefined {
  for (const event of closing.started) {
    const { by, reason, sourceReason } = event.fact.data;
    const cause = reasonOf(reason, sourceReason)?.cause;
    if (cause === undefined) continue;
    if (cause !== 'htlc')
      return verdict(cause, by, 'stated', [event, ...besideWord(cause, closing)]);
    const due = dueHtlc(closing, event.height ?? closing.beganHeight);
    if (due !== undefined) return verdict(due.cause, by, 'stated', [event, due.htlc.added]);
  }
  return undefined;
}

/** What says the same beside the node's own word: the peer's error, or the shutdown asked for. */
function besideWord(cause: StatedCause, closing: ClosingCase): readonly CaseEvent[] {
  if (cause === 'peer-error') return errorsNear(closing, 'received').slice(-1);
  return cause === 'user' && !isForced(closing) ? closing.shutdowns : [];
}

interface Due {
  readonly cause: 'offered-htlc-expired' | 'received-htlc-near-deadline';
  readonly htlc: InFlight;
}

function dueHtlc({ inFlight }: ClosingCase, height: number | undefined): Due | undefined {
  if (height === undefined) return undefined;
  const byExpiry = [...inFlight].sort((a, b) => a.cltvExpiry - b.cltvExpiry);
  const expired = byExpiry.find((h) => h.direction === 'offered' && h.cltvExpiry <= height);
  if (expired !== undefined) return { cause: 'offered-htlc-expired', htlc: expired };
  const near = byExpiry.find((htlc) => {
    return htlc.direction === 'received' && htlc.cltvExpiry - height <= CLAIM_BUFFER_BLOCKS;
  });
  return near && { cause: 'received-htlc-near-deadline', htlc: near };
}

/**
 * BOLT 2: channel_reestablish says which commitment each end waits for next. The ledger remembers what
 * an end had, also where the end itself has forgotten it.
 */
function dataLoss(closing: ClosingCase): Verdict | undefined {
  if (!isForced(closing)) return undefined;
  const local = lastCommitment(closing, 'local');
  const revoked = ofType(closing.events, 'CommitmentRevoked').filter(
    ({ fact }) => fact.data.side === 'remote',
  );
  const newest = revoked.reduce<(typeof revoked)[number] | undefined>((last, event) => {
    return last === undefined || event.fact.data.number > last.fact.data.number ? event : last;
  }, undefined);
  for (const event of ofType(closing.beside, 'PeerMessage')) {
    const { kind, direction, nextLocalCommitment: next } = event.fact.data;
    if (kind !== 'reestablish' || next === undefined || !isOfChannel(event, closing)) continue;
    if (direction === 'sent' && local !== undefined && local.at < event.at) {
      if (next <= local.fact.data.number)
        return verdict('data-loss', 'local', 'derived', [event, local]);
    }
    if (direction === 'received' && newest !== undefined && newest.at < event.at) {
      // It revoked that one, so it held the next, and must wait for the one after it.
      if (next < newest.fact.data.number + 2) {
        return verdict('data-loss', 'remote', 'derived', [event, newest]);
      }
    }
  }
  return undefined;
}

function peerError(closing: ClosingCase): Verdict | undefined {
  const error = errorsNear(closing, 'received').at(-1);
  return error && verdict('peer-error', 'remote', 'derived', [error]);
}

/** A node that force-closes for any reason sends an error: only lnd's log says that one was the cause. */
function ownError(closing: ClosingCase): Verdict | undefined {
  const sent = errorsNear(closing, 'sent').filter(({ source }) => source.startsWith('lnd'));
  const error = sent.at(-1);
  return error && verdict('own-error', 'local', 'derived', [error]);
}

/** Nothing but somebody's wish begins a shutdown. */
function negotiated(closing: ClosingCase): Verdict | undefined {
  if (isForced(closing)) return undefined;
  const [first] = closing.shutdowns;
  return first && verdict('user', first.fact.data.by, 'derived', closing.shutdowns);
}

/** The end that broadcast its commitment had offered an HTLC that had run out: it had to. */
function expiredByHeight(closing: ClosingCase): Verdict | undefined {
  const { closed, inFlight } = closing;
  const side = broadcastSide(closing);
  const height = closed?.fact.data.height;
  if (closed === undefined || side === undefined || height === undefined) return undefined;
  const own = side === 'local' ? 'offered' : 'received';
  const expired = inFlight.find((h) => h.direction === own && h.cltvExpiry < height);
  return expired && verdict('offered-htlc-expired', side, 'derived', [closed, expired.added]);
}

function errorsNear(closing: ClosingCase, direction: 'received' | 'sent') {
  if (!isForced(closing)) return [];
  const { beganAt, beside } = closing;
  if (beganAt === undefined) return [];
  const broadcast = closingBroadcast(closing.events)?.at ?? beganAt;
  const end = timeNsOf(broadcast > beganAt ? broadcast : beganAt);
  return ofType(beside, 'PeerMessage').filter((event) => {
    const { kind, direction: way } = event.fact.data;
    const ns = timeNsOf(event.at);
    const isNear = ns <= end && ns >= end - ERROR_WINDOW_NS;
    return kind === 'error' && way === direction && isNear && isOfChannel(event, closing);
  });
}

function isOfChannel(event: CaseEventOf<'PeerMessage'>, closing: ClosingCase): boolean {
  const { channelId } = event.fact.data;
  return channelId === undefined || closing.channelId === channelId;
}

function isForced({ closed }: ClosingCase): boolean {
  return closed === undefined || closed.fact.data.kind !== 'cooperative';
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
