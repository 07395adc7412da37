/**
 * What a node's own books say (`MovementBooked`): it fills in what no event of the channel tells, and is never
 * entered beside it.
 */
import type { ChannelEventData } from '../../channel/events.ts';
import { compareSources, compareText, greatest, groupedBy } from '../answers/tellers.ts';
import type { AccountedChannel, Leg, Told } from './channel-facts.ts';
import { type AccountingEntry, type EntryType, entryOf } from './entry.ts';

type Movement = ChannelEventData<'MovementBooked'>;

export interface BookedMovement extends Told<Movement> {
  readonly source: string;
}

/**
 * Two books that have one movement say the same of it, whoever keeps them; equal ones of one book are several.
 * Where two have as many, the first is asked: in the order of tellers, and of the books' names.
 */
export function bookedOnce(told: readonly BookedMovement[]): readonly BookedMovement[] {
  const once: BookedMovement[] = [];
  const sorted = [...told].sort(compareMovements);
  for (const alike of groupedBy(sorted, ({ data }) => nameOf(data)).values()) {
    let most: readonly BookedMovement[] = [];
    const books = groupedBy(alike, ({ source, data }) => `${source} ${data.book ?? ''}`);
    for (const ofOne of books.values()) {
      if (ofOne.length > most.length) most = ofOne;
    }
    once.push(...most);
  }
  return once;
}

/** By what they say, so that the order of imports cannot matter. */
function compareMovements(a: BookedMovement, b: BookedMovement): number {
  return (
    compareSources(a.source, b.source) ||
    compareText(a.data.book ?? '', b.data.book ?? '') ||
    compareText(a.at, b.at) ||
    compareText(a.eventId, b.eventId)
  );
}

/**
 * A payment of one part has 0 for it in one book and nothing in another. What a transaction cost is the sum of
 * one book's rows: another may have come to it by other corrections.
 */
function nameOf({ kind, tags, creditMsat, debitMsat, ...rest }: Movement): string {
  const { outpoint = '', txid = '', paymentLink = '', partId = '0' } = rest;
  if (kind === 'fee') return `${kind} ${txid}`;
  return [kind, tags[0], creditMsat, debitMsat, outpoint, txid, paymentLink, partId].join(' ');
}

/** A payment or forward as the books have it: the fee of a payment is within its debit. */
export function legsOf(
  { nodeId, channelId }: Pick<Leg, 'nodeId' | 'channelId'>,
  booked: readonly BookedMovement[],
): readonly Leg[] {
  return booked.flatMap(({ data, at, eventId }, nth): Leg[] => {
    const { tags, creditMsat, debitMsat, feesMsat, paymentLink } = data;
    if (data.kind !== 'channel' || (tags[0] !== 'invoice' && tags[0] !== 'routed')) return [];
    const direction = debitMsat > 0n ? 'offered' : 'received';
    const amountMsat = debitMsat > 0n ? debitMsat : creditMsat;
    return [
      {
        nodeId,
        channelId,
        direction,
        // Below every HTLC's: the books know none.
        id: -1 - nth,
        amountMsat,
        at,
        ...(tags[0] === 'invoice' && feesMsat !== undefined && { feesMsat }),
        ...(tags[0] === 'routed' && { isRouted: true }),
        ...(paymentLink !== undefined && { paymentLink }),
        eventId,
      },
    ];
  });
}

/** It stands in a node's own books, and no HTLC is known to be the same. */
export function isOfBooks({ id }: Leg): boolean {
  return id < 0;
}

/** The HTLCs, with what the books know of their fees, and the payments that the books alone have. */
export function joined(htlcs: readonly Leg[], books: readonly Leg[]): readonly Leg[] {
  const keyOf = ({ direction, paymentLink, eventId }: Leg) =>
    `${direction} ${paymentLink ?? eventId}`;
  const booked = groupedBy(books, keyOf);
  const known = groupedBy(htlcs, keyOf);
  const legs = htlcs.map((leg) => {
    const [one, another] = booked.get(keyOf(leg)) ?? [];
    const isOne = one?.feesMsat !== undefined && another === undefined;
    return isOne && known.get(keyOf(leg))?.length === 1 ? { ...leg, feesMsat: one.feesMsat } : leg;
  });
  // Without a hash nobody can tell whether an HTLC is the same payment.
  const isNew = (leg: Leg) =>
    leg.paymentLink === undefined ? htlcs.length === 0 : !known.has(keyOf(leg));
  return [...legs, ...books.filter(isNew)];
}

const typeOfTag: Readonly<Record<string, EntryType>> = {
  channel_open: 'channel-open',
  pushed: 'push',
  lease_fee: 'lease-fee',
  channel_close: 'channel-close',
  penalty: 'penalty',
};

/** An amount of a channel, as whoever tells it names it. */
type Amount = Pick<AccountingEntry, 'nodeId' | 'channelId' | 'type' | 'txid'>;

/**
 * A channel has one amount of each type, but a sweep-fee for each transaction. Where one of two names no
 * transaction, they are taken for the same, so that nothing is entered twice.
 */
export class NamedAmounts {
  readonly #transactions = new Map<string, Set<string>>();

  constructor(amounts: readonly Amount[]) {
    for (const amount of amounts) {
      const txids = this.#transactions.get(typeName(amount)) ?? new Set();
      this.#transactions.set(typeName(amount), txids.add(amount.txid ?? ''));
    }
  }

  has(amount: Amount): boolean {
    const txids = this.#transactions.get(typeName(amount));
    if (txids === undefined) return false;
    if (amount.type !== 'sweep-fee' || amount.txid === undefined) return true;
    return txids.has('') || txids.has(amount.txid);
  }
}

const typeName = ({ nodeId, channelId = '', type }: Amount): string =>
  `${nodeId} ${channelId} ${type}`;

/** Of each kind only where the channel's own events made no such entry. */
export function bookedEntries(
  channels: readonly AccountedChannel[],
  derived: readonly AccountingEntry[],
): readonly AccountingEntry[] {
  const known = new NamedAmounts(derived);
  return channels.flatMap((channel) => {
    return [...movedOf(channel), ...feesOf(channel)].filter((entry) => !known.has(entry));
  });
}

function movedOf({ view, booked }: AccountedChannel): readonly AccountingEntry[] {
  const { nodeId, channelId } = view;
  return booked.flatMap(({ data, at, eventId }) => {
    const { kind, tags, creditMsat, debitMsat, outpoint, txid, description } = data;
    const type = kind === 'fee' ? undefined : typeOfTag[tags[0] ?? ''];
    if (type === undefined) return [];
    return entryOf({
      at,
      nodeId,
      channelId,
      type,
      creditMsat,
      debitMsat,
      ...(txid !== undefined ? { txid } : outpoint && { txid: outpoint.slice(0, 64) }),
      ...(outpoint !== undefined && { outpoint }),
      ...(description !== undefined && { description }),
      eventIds: [eventId],
    });
  });
}

/** The books correct a fee whenever they learn more: what a transaction cost is their sum. */
function feesOf({ view, booked }: AccountedChannel): readonly AccountingEntry[] {
  const { nodeId, channelId } = view;
  const opening = view.fundingOutpoint ?? bookedAs(booked, 'channel_open')?.outpoint;
  const closing = view.close?.closingTxid ?? bookedAs(booked, 'channel_close')?.txid;
  const fees = booked.filter(({ data }) => data.kind === 'fee');
  return [...groupedBy(fees, ({ data }) => data.txid ?? '').entries()].flatMap(([txid, told]) => {
    const sum = told.reduce((sum, { data }) => sum + data.creditMsat - data.debitMsat, 0n);
    const last = greatest(told, (a, b) => compareText(a.at, b.at));
    if (sum === 0n || last === undefined) return [];
    const isOpening = opening?.startsWith(`${txid}:`) === true;
    const type = isOpening ? 'open-fee' : txid === closing ? 'close-fee' : 'sweep-fee';
    return entryOf({
      at: last.at,
      nodeId,
      channelId,
      type,
      // They have it as a credit of what was paid.
      ...(sum > 0n ? { debitMsat: sum } : { creditMsat: -sum }),
      ...(txid !== '' && { txid }),
      eventIds: told.map(({ eventId }) => eventId),
    });
  });
}

/** The node's own books have such a movement of the channel. */
export function hasBooked({ booked }: AccountedChannel, tag: string): boolean {
  return bookedAs(booked, tag) !== undefined;
}

function bookedAs(booked: readonly BookedMovement[], tag: string): Movement | undefined {
  return booked.find(({ data }) => data.kind !== 'fee' && data.tags[0] === tag)?.data;
}

/** What the channel began with by the books: what was put in, pushed and leased. */
export function bookedOpening(channel: AccountedChannel): bigint | undefined {
  const ofTag = (tag: string) => channel.booked.filter(({ data }) => data.tags[0] === tag);
  if (!hasBooked(channel, 'channel_open')) return undefined;
  return ['channel_open', 'pushed', 'lease_fee']
    .flatMap(ofTag)
    .reduce((sum, { data }) => sum + data.creditMsat - data.debitMsat, 0n);
}
