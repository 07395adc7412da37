/** Of a dossier: what happened in order, and what went before: feerates, connections, messages, fees. */

import type { Side } from '../../channel/fields.ts';
import { timeNsOf } from '../../schema/time.ts';
import { contradiction, isClaimSeen, isSeenOnChain, labelContradiction } from './broadcast.ts';
import {
  type CaseEvent,
  type CaseEventOf,
  type ClosingCase,
  isSurelyBefore,
  lastCommitment,
  ofType,
} from './case.ts';
import { ownMessages } from './messages.ts';
import { feerateTargetPart, gapPart } from './own-words.ts';
import {
  type DossierLine,
  heightName,
  lineOf,
  type Part,
  timeName,
  transactionName,
  words,
} from './parts.ts';

const HOUR_NS = 3_600_000_000_000n;
const DAY_NS = 24n * HOUR_NS;
const MOST_MESSAGES = 8;
const MOST_CONNECTIONS = 20;

/** Of the end alone: commitments and fees of before have sections of their own. */
const OF_THE_END = new Set([
  'ShutdownStarted',
  'CloseStarted',
  'TransactionBroadcast',
  'ChannelClosed',
  'CloseUnconfirmed',
  'OutputResolved',
  'OutputUnconfirmed',
  'ChannelFullyResolved',
  'RecordingGap',
]);

export function orderLines(closing: ClosingCase): readonly DossierLine[] {
  const { events, beganAt } = closing;
  const shown = events.filter(({ fact, at }) => {
    if (fact.type === 'TransactionBroadcast' && fact.data.purpose === 'funding') return false;
    const isEnd = fact.type === 'HtlcSettled' || fact.type === 'HtlcFailed';
    if (isEnd) return at > beganAt;
    return OF_THE_END.has(fact.type);
  });
  const lines = shown.map((event) => {
    const height: Part[] = event.height === undefined ? [] : [' height ', heightName(event.height)];
    return lineOf(
      basisOf(event, events),
      [timeName(event), ...height, '  ', ...whatHappened(event, closing)],
      [event],
    );
  });
  const untold = shown.filter((event) => {
    return shown.some((other) => other !== event && !isOrderTold(event, other));
  });
  const text = 'in which order these came is not told: no source has a time of each';
  return untold.length === 0 ? lines : [...lines, lineOf('unknown', [text], untold)];
}

/** What comes after what by its nature: a claim after the close, the end after all. */
const STAGES = ['ChannelClosed', 'OutputResolved', 'ChannelFullyResolved'];

/** By what they are, by their heights, or by times that do not overlap. */
function isOrderTold(a: CaseEvent, b: CaseEvent): boolean {
  if (a.bounds === undefined && b.bounds === undefined) return true;
  const [stage, other] = [a, b].map(({ fact }) => STAGES.indexOf(fact.type));
  if (stage !== other && stage !== -1 && other !== -1) return true;
  if (a.height !== undefined && b.height !== undefined && a.height !== b.height) return true;
  return isSurelyBefore(a, b) || isSurelyBefore(b, a);
}

function basisOf(event: CaseEvent, events: readonly CaseEvent[]): DossierLine['basis'] {
  const { fact } = event;
  if (fact.type === 'ChannelClosed') {
    const close = { closed: { ...event, fact }, events };
    return isSeenOnChain(close) && labelContradiction(close) === '' ? 'transaction' : 'stated';
  }
  if (fact.type === 'OutputResolved') return isClaimSeen(fact.data) ? 'transaction' : 'stated';
  return fact.type === 'RecordingGap' ? 'unknown' : 'stated';
}

function whatHappened(event: CaseEvent, closing: ClosingCase): readonly Part[] {
  const { fact } = event;
  switch (fact.type) {
    case 'ShutdownStarted':
      return [`shutdown asked for by ${fact.data.by}`];
    case 'CloseStarted':
      return [`given up, by ${fact.data.by}${contradiction(closing, { ...event, fact })}`];
    case 'TransactionBroadcast':
      return [
        `${fact.data.purpose} transaction handed to the network by ${fact.data.by}: `,
        transactionName(fact.data.txid),
      ];
    case 'ChannelClosed':
      return [
        `closed: ${fact.data.kind}${labelContradiction({ ...closing, closed: { ...event, fact } })}`,
      ];
    case 'CloseUnconfirmed':
      return ['a reorganisation took the close out of its block'];
    case 'HtlcSettled':
    case 'HtlcFailed': {
      const { direction, id, isOnChain } = fact.data;
      const how = fact.type === 'HtlcSettled' ? 'paid' : 'not paid';
      return [`${direction} HTLC ${id} ${how}${isOnChain ? ' on chain' : ''}`];
    }
    case 'OutputResolved':
      return [`${fact.data.what} of ${fact.data.amountSat} sat ${fact.data.outcome}`];
    case 'OutputUnconfirmed':
      return ['a reorganisation took a claim out of its block'];
    case 'ChannelFullyResolved':
      return ['nothing is left on chain'];
    case 'RecordingGap':
      return [`gap in the record: ${fact.data.what}, `, gapPart(fact.data.why)];
    default:
      return [fact.type];
  }
}

export function feerateLines(closing: ClosingCase): readonly DossierLine[] {
  const lines: DossierLine[] = [];
  const commitment = lastCommitment(closing, 'local') ?? lastCommitment(closing, 'remote');
  const used = commitment?.fact.data.feeratePerKw;
  if (used !== undefined) {
    lines.push(
      lineOf('stated', [`of the last commitment: ${used} sat per 1000 weight`], [commitment]),
    );
  }
  const estimates = new Map<string, Estimate>();
  for (const event of estimatesOf(closing)) estimates.set(event.fact.data.target, event);
  const near = new Set(inDayBefore([...estimates.values()], closing));
  for (const [target, event] of estimates) {
    const rate = `: ${event.fact.data.feeratePerKw} sat per 1000 weight`;
    const when: Part[] = near.has(event) ? [] : [', at ', timeName(event)];
    const parts = ['estimated for ', feerateTargetPart(target), ...when, rate];
    lines.push(lineOf('stated', parts, [event]));
  }
  if (near.size === 0) lines.push(lineOf('unknown', ['no estimate of that time is recorded']));
  const compared = comparedFeerate(commitment, [...near]);
  return compared === undefined ? lines : [...lines, compared];
}

/** Of the time in which it was given up: what a market was long before says nothing of it. */
export function hasEstimates(closing: ClosingCase): boolean {
  return inDayBefore(estimatesOf(closing), closing).length > 0;
}

type Estimate = ReturnType<typeof estimatesOf>[number];

/** LDK's names of what a feerate may be at most or at least: bounds, and no estimates of the market. */
const BOUND = /^(?:Maximum|Min)/;

/** The commitment's feerate against the span of the time's estimates, in whole per cent. */
function comparedFeerate(
  commitment: ReturnType<typeof lastCommitment>,
  estimates: readonly Estimate[],
): DossierLine | undefined {
  const used = commitment?.fact.data.feeratePerKw;
  const market = estimates.filter(({ fact: { data } }) => {
    return data.feeratePerKw > 0 && !BOUND.test(data.target);
  });
  const rates = market.map(({ fact }) => fact.data.feeratePerKw);
  if (used === undefined || rates.length === 0) return undefined;
  const [low, high] = [Math.max(...rates), Math.min(...rates)].map((rate) => {
    return Math.round((100 * used) / rate);
  });
  const span = low === high ? `${low} %` : `${low} % to ${high} %`;
  const text = `the last commitment paid ${span} of what was estimated`;
  return lineOf('derived', [text], [commitment, ...market]);
}

function estimatesOf({ beside, decidedAt }: ClosingCase) {
  return ofType(beside, 'FeerateEstimated').filter(({ at }) => at <= decidedAt);
}

function inDayBefore<E extends Pick<CaseEvent, 'at'>>(
  events: readonly E[],
  { decidedAt }: ClosingCase,
): E[] {
  const end = timeNsOf(decidedAt);
  return events.filter(({ at }) => {
    const ns = timeNsOf(at);
    return ns <= end && ns > end - DAY_NS;
  });
}

export function connectionLines(closing: ClosingCase): readonly DossierLine[] {
  const { beside } = closing;
  const both = [...ofType(beside, 'PeerConnected'), ...ofType(beside, 'PeerDisconnected')];
  const inOrder = both.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const near = inDayBefore(inOrder, closing);
  const since = inOrder.filter(({ at }) => at <= closing.decidedAt).at(-1 - near.length);
  const before = since === undefined ? [] : [standingLine(since)];
  if (near.length === 0 && since === undefined) {
    return [lineOf('unknown', ['no connection or disconnection is recorded'])];
  }
  const shown = near.slice(-MOST_CONNECTIONS);
  const lines = shown.map((event) => {
    const isUp = event.fact.type === 'PeerConnected';
    const why = event.fact.type === 'PeerDisconnected' ? event.fact.data.why : undefined;
    const said: Part[] = why === undefined ? [] : [': ', words(why)];
    return lineOf(
      'stated',
      [timeName(event), isUp ? '  connected' : '  disconnected', ...said],
      [event],
    );
  });
  const more = near.length - shown.length;
  const left =
    more > 0 ? [lineOf('stated', [`${more} more before these`], near.slice(0, more))] : [];
  return [...before, ...left, ...lines];
}

/** How it stood when the day began. */
function standingLine(event: CaseEvent): DossierLine {
  const state = event.fact.type === 'PeerConnected' ? 'connected' : 'disconnected';
  return lineOf('derived', [`${state} since `, timeName(event)], [event]);
}

export function messageLines(closing: ClosingCase): readonly DossierLine[] {
  const own = ownMessages(closing);
  // What was said once the close was in a block belongs to the peer's other channels.
  const end = closing.closed?.at;
  const last = end === undefined || end < closing.beganAt ? closing.beganAt : end;
  const before = own.filter(({ at }) => closing.closed === undefined || at <= last);
  if (before.length === 0) return [lineOf('unknown', ['no message of the peer is recorded'])];
  return before.slice(-MOST_MESSAGES).map((event) => {
    const { kind, direction, text, nextLocalCommitment, nextRemoteRevocation } = event.fact.data;
    const said: Part[] = text === '' ? [] : [': ', words(text)];
    const numbers =
      nextLocalCommitment === undefined
        ? ''
        : `, next commitment ${nextLocalCommitment}, next revocation ${nextRemoteRevocation ?? 'not told'}`;
    return lineOf(
      'stated',
      [timeName(event), `  ${kind} ${direction}${numbers}`, ...said],
      [event],
    );
  });
}

export function feeLines(closing: ClosingCase): readonly DossierLine[] {
  const all = policiesOf(closing);
  const near = inDayBefore(all, closing);
  if (near.length === 0) {
    return [
      all.length === 0
        ? lineOf('unknown', ['no fee policy of this channel is recorded'])
        : lineOf('derived', ['none']),
    ];
  }
  return near.map(({ side, event }) => {
    const { feeBaseMsat, feeProportionalMillionths, isDisabled } = event.fact.data;
    const whose = side === 'local' ? 'ours' : 'theirs';
    const off = isDisabled ? ', disabled' : '';
    const text = `  ${whose}: ${feeBaseMsat} msat + ${feeProportionalMillionths} ppm${off}`;
    return lineOf('stated', [timeName(event), text], [event]);
  });
}

interface ToldPolicy {
  readonly at: string;
  readonly side: Side;
  readonly event: CaseEventOf<'FeePolicyChanged'> | CaseEventOf<'PublicFeePolicyChanged'>;
}

/** By the channel's tellers and by gossip, in order: one that a teller has told, gossip does not tell again. */
export function policiesOf({ events, published }: ClosingCase): readonly ToldPolicy[] {
  const told = ofType(events, 'FeePolicyChanged').map((event): ToldPolicy => {
    return { at: event.at, side: event.fact.data.side, event };
  });
  const nameOf = ({ side, event }: Omit<ToldPolicy, 'at'>) =>
    `${side} ${event.fact.data.timestamp}`;
  const known = new Set(told.map(nameOf));
  const others = published
    .filter((one) => !known.has(nameOf(one)))
    .map((one): ToldPolicy => ({ at: one.event.at, ...one }));
  return [...told, ...others].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}
