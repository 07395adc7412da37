/** The events of a channel's end, sorted into what a dossier asks of them. Pure: events in, facts out. */
import type { Direction, Side } from '../../channel/fields.ts';
import type { TimeBounds } from '../../schema/time-bounds.ts';
import type { LedgerFact } from '../stored-event.ts';
import { type BlockWord, standing } from './standing.ts';

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

/** An HTLC that no commitment had dropped when the channel was given up. */
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
  /** When the channel was given up, as far as anybody told it. */
  readonly beganAt: string;
  /** Where that was placed. */
  readonly beganAtBounds?: TimeBounds;
  /** The height then; of the closing transaction where nothing earlier is known. */
  readonly beganHeight?: number;
  readonly inFlight: readonly InFlight[];
}

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
  const beganHeight = first.height ?? closed?.fact.data.height;
  return {
    channelId,
    events,
    beside,
    published,
    started,
    shutdowns,
    ...(closed !== undefined && { closed }),
    undone,
    beganAt: first.at,
    ...(first.bounds && { beganAtBounds: first.bounds }),
    ...(beganHeight !== undefined && { beganHeight }),
    inFlight: inFlightAt(events, first.at),
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

export function closingBroadcast(
  events: readonly CaseEvent[],
): CaseEventOf<'TransactionBroadcast'> | undefined {
  return ofType(events, 'TransactionBroadcast').find(({ fact: { data } }) => {
    return data.purpose === 'commitment' || data.purpose === 'cooperative-close';
  });
}

function inFlightAt(events: readonly CaseEvent[], beganAt: string): readonly InFlight[] {
  const held = new Map<string, InFlight>();
  // Another teller may tell of it only after it ended.
  const gone = new Set<string>();
  for (const event of events) {
    for (const htlc of addedBy(event)) {
      const key = `${htlc.direction}/${htlc.id}`;
      if (event.at <= beganAt && !held.has(key) && !gone.has(key))
        held.set(key, { ...htlc, added: event });
    }
    const { fact } = event;
    if (fact.type !== 'HtlcSettled' && fact.type !== 'HtlcFailed') continue;
    const key = `${fact.data.direction}/${fact.data.id}`;
    const htlc = held.get(key);
    if (fact.data.isOnChain || event.at > beganAt) {
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
