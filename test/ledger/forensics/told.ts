/** Cases told by hand: facts at seconds, and what the dossier makes of them. */
import type { ChannelEventData } from '../../../src/channel/events.ts';
import type { CaseEvent, ClosingCase } from '../../../src/ledger/forensics/case.ts';
import { closingCase } from '../../../src/ledger/forensics/closing-case.ts';
import { dossierOf } from '../../../src/ledger/forensics/dossier.ts';
import type { OtherHtlc } from '../../../src/ledger/forensics/dossier-htlcs.ts';
import { inFull } from '../../../src/ledger/forensics/redact.ts';
import { verdictOf } from '../../../src/ledger/forensics/verdict.ts';
import type { LedgerFact } from '../../../src/ledger/stored-event.ts';
import { Outpoint, Txid } from '../../../src/lightning/ids.ts';
import { timeText } from '../../../src/schema/time.ts';
import { channelId, START_NS } from '../story.ts';

export const fundingOutpoint = Outpoint(`${'11'.repeat(32)}:0`);
export const ourTxid = Txid('aa'.repeat(32));

interface Told {
  readonly source?: string;
  readonly height?: number;
}

/** A fact that happened so many seconds after the start; its id is its type and that. */
export function told(
  second: number,
  fact: LedgerFact,
  { source = 'ldk', height }: Told = {},
): CaseEvent {
  return {
    at: timeText(START_NS + BigInt(second) * 1_000_000_000n),
    eventId: `${fact.type}@${second}`,
    source,
    evidence: 'told by hand',
    fact,
    ...(height !== undefined && { height }),
  };
}

export const closed = (data: Partial<ChannelEventData<'ChannelClosed'>>): LedgerFact => ({
  type: 'ChannelClosed',
  data: { kind: 'local-force', initiator: 'local', outputs: [], ...data },
});
export const started = (reason: string, sourceReason?: string): LedgerFact => ({
  type: 'CloseStarted',
  data: { by: 'local', reason, ...(sourceReason !== undefined && { sourceReason }) },
});
export const commitment = (
  side: 'local' | 'remote',
  number: number,
  more: Partial<ChannelEventData<'CommitmentUpdated'>> = {},
): LedgerFact => ({
  type: 'CommitmentUpdated',
  data: {
    side,
    number,
    fundingOutpoint,
    localBalanceMsat: 600_000_000n,
    remoteBalanceMsat: 400_000_000n,
    precision: 'msat',
    offered: [],
    received: [],
    ...more,
  },
});
export const revoked = (side: 'local' | 'remote', number: number): LedgerFact => ({
  type: 'CommitmentRevoked',
  data: { side, number },
});
type Message = Extract<LedgerFact, { readonly type: 'PeerMessage' }>['data'];
export const message = (data: Partial<Message>): LedgerFact => ({
  type: 'PeerMessage',
  data: { kind: 'error', direction: 'received', channelId, text: '', ...data },
});

export function caseOf(
  events: readonly CaseEvent[],
  beside: readonly CaseEvent[] = [],
): ClosingCase {
  const closing = closingCase(channelId, events, beside);
  if (closing === undefined) throw new Error('nothing closes');
  return closing;
}

export function causeOf(events: readonly CaseEvent[], beside: readonly CaseEvent[] = []) {
  const { cause, by, basis, events: restsOn } = verdictOf(caseOf(events, beside));
  return { cause, by, basis, events: restsOn };
}

export function linesOf(
  title: string,
  closing: ClosingCase,
  others: readonly OtherHtlc[] = [],
): readonly string[] {
  const dossier = inFull(dossierOf(closing, { nodeId: 'us', channelId, others }));
  const lines = dossier.sections.find((section) => section.title === title)?.lines ?? [];
  return lines.map(({ basis, text }) => `${basis}: ${text}`);
}
