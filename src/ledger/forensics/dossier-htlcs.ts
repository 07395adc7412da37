/** Of a dossier: every HTLC in flight, its deadline, and what became of the other half of a forward. */
import type { Direction } from '../../channel/fields.ts';
import { type CaseEvent, type ClosingCase, type InFlight, ofType } from './case.ts';
import { seenClaimOf } from './output-claims.ts';
import {
  type Basis,
  channelName,
  type DossierLine,
  heightName,
  lineOf,
  type Part,
} from './parts.ts';

/** An HTLC on another channel of the node: the other half of a forward. */
export interface OtherHtlc {
  /** Of the half that is in flight here. */
  readonly direction: Direction;
  readonly id: number;
  readonly channelId: string;
  readonly htlcId: number;
  readonly amountMsat?: bigint;
  readonly cltvExpiry?: number;
  readonly outcome?: 'settled' | 'failed';
  readonly events: readonly { readonly eventId: string }[];
}

export function htlcLines(
  closing: ClosingCase,
  others: readonly OtherHtlc[],
): readonly DossierLine[] {
  const lost = lossesOfHtlcs(closing);
  const told = closing.inFlight.flatMap((htlc) => {
    const other = others.find((o) => o.direction === htlc.direction && o.id === htlc.id);
    return [htlcLine(closing, htlc), ...(other === undefined ? [] : forwardLines(htlc, other))];
  });
  if (lost.length > 0) {
    const text = `the record lost ${told.length === 0 ? 'them' : 'others, if there were any'}`;
    return [...told, lineOf('unknown', [`${text}: a gap stands behind the last commitment`], lost)];
  }
  if (told.length > 0) return told;
  return closing.events.some(({ fact }) => fact.type === 'CommitmentUpdated')
    ? [lineOf('derived', ['none'])]
    : [lineOf('unknown', ['no commitment is recorded that would tell them'])];
}

/**
 * Gaps of HTLCs or commitments behind the last commitment: what that one held says no more. Of several
 * tellers one that has no such gap has seen all.
 */
function lossesOfHtlcs({ events }: ClosingCase): readonly CaseEvent[] {
  const sources = new Set(ofType(events, 'CommitmentUpdated').map(({ source }) => source));
  const losses = [...sources].map((source) => {
    const own = events.filter((event) => event.source === source);
    const last = own.findLastIndex(({ fact }) => fact.type === 'CommitmentUpdated');
    return ofType(own.slice(last), 'RecordingGap').filter(({ fact: { data } }) => {
      return data.what === 'htlcs' || data.what === 'commitments';
    });
  });
  return losses.every((lost) => lost.length > 0) ? losses.flat() : [];
}

export function isLossOfHtlcs(closing: ClosingCase): boolean {
  return lossesOfHtlcs(closing).length > 0;
}

function htlcLine(closing: ClosingCase, htlc: InFlight): DossierLine {
  const { decidedHeight } = closing;
  const { direction, id, amountMsat, cltvExpiry, added, ended } = htlc;
  const parts: Part[] = [
    `${direction} ${id}: ${amountMsat} msat, expires at height `,
    heightName(cltvExpiry),
    `, ${blocksLeft(cltvExpiry, decidedHeight)}; ${endOf(ended)}`,
  ];
  return lineOf(basisOfEnd(closing, htlc), parts, [added, ended]);
}

/** An end on chain is a transaction's where its own output was claimed in that way; else somebody's word. */
function basisOfEnd(closing: ClosingCase, { direction, id, ended }: InFlight): Basis {
  if (ended?.fact.data.isDeduced === true) return 'derived';
  if (ended?.fact.data.isOnChain !== true) return 'stated';
  const outcome = seenClaimOf(closing, { direction, id })?.fact.data.outcome;
  if (outcome === undefined) return 'stated';
  // With the preimage; every other claim shows that none was used.
  const isPaid = outcome === (direction === 'received' ? 'claimed' : 'lost');
  return isPaid === (ended.fact.type === 'HtlcSettled') ? 'transaction' : 'stated';
}

function blocksLeft(expiry: number, height: number | undefined): string {
  if (height === undefined) return 'the height then is not known';
  const left = expiry - height;
  if (left >= 0) return `${left} blocks were left`;
  return `run out ${-left} blocks before`;
}

function endOf(ended: InFlight['ended']): string {
  if (ended === undefined) return 'how it ended is not recorded';
  const how = ended.fact.type === 'HtlcSettled' ? 'paid' : 'not paid';
  const where = ended.fact.data.isOnChain ? 'on chain' : 'off chain';
  return `${how} ${where}`;
}

function forwardLines(htlc: InFlight, other: OtherHtlc): readonly DossierLine[] {
  const { channelId, htlcId, cltvExpiry, outcome, amountMsat } = other;
  const from = htlc.direction === 'offered' ? 'forwarded from' : 'forwarded to';
  const expiry: Part[] =
    cltvExpiry === undefined ? [] : [', which expires at height ', heightName(cltvExpiry)];
  const parts = ['  ', from, ' ', channelName(channelId), `, its HTLC ${htlcId}`, ...expiry];
  const fate = outcome === undefined ? '; how it ended is not recorded' : `; ${PLAIN[outcome]}`;
  const line = lineOf('stated', [...parts, fate], other.events);
  const loss = lossOf(htlc, outcome, amountMsat);
  if (loss === undefined) return [line];
  const text = `  the two halves differ: this node lost ${loss} msat by it`;
  return [line, lineOf('derived', [text], [htlc.added, htlc.ended, ...other.events])];
}

const PLAIN = { settled: 'it was paid', failed: 'it was not paid' } as const;

/** Paid on the way out and not on the way in: what went out is lost. */
function lossOf(
  { direction, amountMsat, ended }: InFlight,
  outcome: OtherHtlc['outcome'],
  otherMsat: bigint | undefined,
): bigint | undefined {
  if (ended === undefined || outcome === undefined) return undefined;
  const isPaid = ended.fact.type === 'HtlcSettled';
  const [paidOut, paidIn] =
    direction === 'offered' ? [isPaid, outcome === 'settled'] : [outcome === 'settled', isPaid];
  if (!paidOut || paidIn) return undefined;
  return direction === 'offered' ? amountMsat : otherMsat;
}
