/**
 * The bookkeeper's rows of a node's channels. Types and tags are those of Core Lightning's bookkeeper
 * (plugins/bkpr); docs/accounting.md maps them to faraday's and names where the three differ.
 */
import type { TimeBounds } from '../../schema/time-bounds.ts';

const entryTypes = [
  'channel-open',
  'open-fee',
  'push',
  'lease-fee',
  'payment',
  'payment-fee',
  'receipt',
  'forward',
  'rebalance',
  'rebalance-fee',
  'channel-close',
  'close-fee',
  'anchors',
  'sweep-fee',
  'penalty',
] as const;
export type EntryType = (typeof entryTypes)[number];

export interface AccountingEntry {
  /** When it took effect, as the events say. RFC 3339 UTC with nine decimals. */
  readonly at: string;
  /** True where it took effect at some time up to `at`: nobody told when. */
  readonly isAtLatest?: boolean;
  /** Where that was placed between times that are known. */
  readonly atBounds?: TimeBounds;
  readonly nodeId: string;
  /** `bitcoin`, `testnet`, …; absent where no event of the node names it. */
  readonly chain?: string;
  /** The account; absent where the source did not say which channel it was. */
  readonly channelId?: string;
  readonly type: EntryType;
  /** Core Lightning's tag of the same. */
  readonly tag: string;
  /** What came into the account; absent, as the debit is, where nobody told how much was moved. */
  readonly creditMsat?: bigint;
  /** What went out of it, fees not in it: they are entries of their own. */
  readonly debitMsat?: bigint;
  /** Fees that belong to it and are entered beside it; absent: none, or unknown (see unknownAmounts). */
  readonly feesMsat?: bigint;
  /** Income or expense; the others only move money between the node's own pockets. */
  readonly isIncome: boolean;
  readonly txid?: string;
  readonly outpoint?: string;
  readonly description?: string;
  /** The events it was made from, the one it mainly says first. */
  readonly eventIds: readonly string[];
}

export const unknownKinds = [
  'channel-open',
  'push',
  'open-fee',
  'payment',
  'payment-fee',
  'receipt',
  'forward',
  'rebalance',
  'channel-close',
  'close-fee',
  'sweep-fee',
  'penalty',
] as const satisfies readonly EntryType[];

/** What was moved or paid, and no source told how much. */
export interface UnknownAmount {
  readonly at: string;
  readonly nodeId: string;
  readonly channelId?: string;
  readonly what: (typeof unknownKinds)[number];
  /** Of a sweep-fee: the transaction that paid it. */
  readonly txid?: string;
  readonly eventId: string;
}

const tags: Readonly<Record<EntryType, string>> = {
  'channel-open': 'channel_open',
  'open-fee': 'onchain_fee',
  push: 'pushed',
  'lease-fee': 'lease_fee',
  payment: 'invoice',
  'payment-fee': 'invoice_fee',
  receipt: 'invoice',
  forward: 'routed',
  rebalance: 'invoice',
  'rebalance-fee': 'rebalance_fee',
  'channel-close': 'channel_close',
  'close-fee': 'onchain_fee',
  anchors: 'anchor',
  'sweep-fee': 'onchain_fee',
  penalty: 'penalty',
};

/** Between one's own wallet and channels, or one's own channels: neither income nor expense. */
const transfers = new Set<EntryType>(['channel-open', 'channel-close', 'rebalance']);

interface Given extends Omit<AccountingEntry, 'tag' | 'isIncome'> {
  readonly isAmountUnknown?: boolean;
}

/** When something happened, as an entry says it. */
export type When = Pick<AccountingEntry, 'at' | 'atBounds'>;

export function whenOf({ at, atBounds }: When): When {
  return { at, ...(atBounds !== undefined && { atBounds }) };
}

/** Its fields in the order in which they are shown. */
export function entryOf(given: Given): AccountingEntry {
  const { at, isAtLatest, atBounds, nodeId, chain, channelId, type, feesMsat } = given;
  const { creditMsat = 0n, debitMsat = 0n, isAmountUnknown = false } = given;
  const { txid, outpoint, description, eventIds } = given;
  return {
    at,
    ...(isAtLatest && { isAtLatest }),
    ...(atBounds !== undefined && { atBounds }),
    nodeId,
    ...(chain !== undefined && { chain }),
    ...(channelId !== undefined && { channelId }),
    type,
    tag: tags[type],
    ...(!isAmountUnknown && { creditMsat, debitMsat }),
    ...(feesMsat !== undefined && { feesMsat }),
    isIncome: !transfers.has(type),
    ...(txid !== undefined && { txid }),
    ...(outpoint !== undefined && { outpoint }),
    ...(description !== undefined && { description }),
    eventIds,
  };
}

/** By what they say, so that the order of imports cannot matter. */
export function compareEntries(a: AccountingEntry, b: AccountingEntry): number {
  return (
    compare(a.at, b.at) ||
    compare(a.nodeId, b.nodeId) ||
    compare(a.channelId ?? '', b.channelId ?? '') ||
    entryTypes.indexOf(a.type) - entryTypes.indexOf(b.type) ||
    compare(a.eventIds[0] ?? '', b.eventIds[0] ?? '')
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
