/** The events of a channel's end, sorted into what a dossier asks of them. Pure: events in, facts out. */
import type { Direction, Side } from '../../channel/fields.ts';
import type { TimeBounds } from '../../schema/time-bounds.ts';
import type { LedgerFact } from '../stored-event.ts';

/** One event as forensics reads it, whoever told it. */
export interface CaseEvent {
  readonly at: string;
  /** Where no source told the time: between which it was placed. */
  readonly bounds?: TimeBounds;
  /** The node's best block when it happened, as the source told it. */
  readonly height?: number;
  readonly eventId: string;
  readonly source: string;
  readonly evidence: string;
  readonly fact: LedgerFact;
}

export type CaseEventOf<T extends LedgerFact['type']> = CaseEvent & {
  readonly fact: Extract<LedgerFact, { readonly type: T }>;
};

export function ofType<T extends LedgerFact['type']>(
  events: readonly CaseEvent[],
  type: T,
): readonly CaseEventOf<T>[] {
  return events.filter((event): event is CaseEventOf<T> => event.fact.type === type);
}

/** An HTLC that was still held when the end came that decided. */
export interface InFlight {
  readonly direction: Direction;
  readonly id: number;
  readonly amountMsat: bigint;
  readonly cltvExpiry: number;
  readonly forwardOf?: { readonly channelId: string; readonly htlcId: number };
  readonly added: CaseEvent;
  /** How it ended on chain, where that is told. */
  readonly ended?: CaseEventOf<'HtlcSettled'> | CaseEventOf<'HtlcFailed'>;
}

/** A fee policy that one end told the network. */
export interface PublishedPolicy {
  readonly side: Side;
  readonly event: CaseEventOf<'PublicFeePolicyChanged'>;
}

export interface ClosingCase {
  readonly channelId: string;
  /** Of the channel, in logical order. */
  readonly events: readonly CaseEvent[];
  /** Of its peer and its node, in logical order. */
  readonly beside: readonly CaseEvent[];
  /** What gossip tells of the channel, in logical order. */
  readonly published: readonly PublishedPolicy[];
  readonly started: readonly CaseEventOf<'CloseStarted'>[];
  readonly shutdowns: readonly CaseEventOf<'ShutdownStarted'>[];
  readonly closed?: CaseEventOf<'ChannelClosed'>;
  /** Closes that a reorganisation took out of their block. */
  readonly undone: readonly CaseEventOf<'ChannelClosed'>[];
  /** The first sign of the end, as far as anybody told it: also a wish that came to nothing. */
  readonly beganAt: string;
  /** Where that was placed. */
  readonly beganAtBounds?: TimeBounds;
  /** The height then; of the closing transaction where nothing earlier is known. */
  readonly beganHeight?: number;
  /** When one end gave up without the other; `beganAt` where none did. */
  readonly decidedAt: string;
  /** The height then; of the closing transaction where nothing earlier is known. */
  readonly decidedHeight?: number;
  /** At `decidedAt`; of a shutdown all that it had to wait for. */
  readonly inFlight: readonly InFlight[];
}

export function closingBroadcast(
  events: readonly CaseEvent[],
): CaseEventOf<'TransactionBroadcast'> | undefined {
  return ofType(events, 'TransactionBroadcast').find(({ fact: { data } }) => {
    return data.purpose === 'commitment' || data.purpose === 'cooperative-close';
  });
}

type Added = Omit<InFlight, 'added' | 'ended'>;

/** HTLCs that an event tells of: one by itself, or those met by an adoption or after a gap. */
export function addedBy({ fact }: Pick<CaseEvent, 'fact'>): readonly Added[] {
  switch (fact.type) {
    case 'HtlcAdded':
      return [fact.data];
    case 'ChannelAdopted':
      return fact.data.htlcs;
    case 'CommitmentUpdated':
      return fact.data.unknownHtlcs ?? [];
    default:
      return [];
  }
}

/** The newest commitment of a side that is told. */
export function lastCommitment(
  { events }: Pick<ClosingCase, 'events'>,
  side: Side,
): CaseEventOf<'CommitmentUpdated'> | undefined {
  return ofType(events, 'CommitmentUpdated')
    .filter(({ fact }) => fact.data.side === side)
    .reduce<CaseEventOf<'CommitmentUpdated'> | undefined>((last, event) => {
      return last === undefined || event.fact.data.number >= last.fact.data.number ? event : last;
    }, undefined);
}

/** The revocation of the newest commitment of a side that is told to be given up. */
export function newestRevocation(
  { events }: Pick<ClosingCase, 'events'>,
  side: Side,
): CaseEventOf<'CommitmentRevoked'> | undefined {
  return ofType(events, 'CommitmentRevoked')
    .filter(({ fact }) => fact.data.side === side)
    .reduce<CaseEventOf<'CommitmentRevoked'> | undefined>((newest, event) => {
      const isNewer = newest === undefined || event.fact.data.number > newest.fact.data.number;
      return isNewer ? event : newest;
    }, undefined);
}

/** By times that do not overlap, where they are placed. */
export function isSurelyBefore(a: CaseEvent, b: CaseEvent): boolean {
  const end = a.bounds === undefined ? a.at : a.bounds.notAfter;
  const begin = b.bounds === undefined ? b.at : b.bounds.notBefore;
  return end !== undefined && begin !== undefined && end < begin;
}
