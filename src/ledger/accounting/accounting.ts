/** A node's books, made from the events of all its tellers when asked. Nothing of it is stored. */

import { timeText } from '../../schema/time.ts';
import type { AnswerContext } from '../answers/context.ts';
import type { Query } from '../query.ts';
import { type BalanceSheet, balanceSheet } from './balance-sheet.ts';
import { bookedEntries, NamedAmounts } from './booked.ts';
import { chainEntries } from './chain.ts';
import { type AccountingEntry, compareEntries, entryOf, type UnknownAmount } from './entry.ts';
import { type AccountingFacts, accountingFacts } from './facts.ts';
import { paymentEntries } from './payments.ts';
import { isIn, mayBeIn } from './span.ts';

export interface AccountingQuery extends Query {
  /** The entries from this time on, and before that one. Balance sheets are of the whole record. */
  readonly fromNs?: bigint;
  readonly toNs?: bigint;
}

export interface Accounting {
  readonly entries: readonly AccountingEntry[];
  /** Left out because they stand outside of the time asked for; by their bounds they may belong to it. */
  readonly maybeEntries: readonly AccountingEntry[];
  /** One for each channel, in the order of their ids. */
  readonly balanceSheets: readonly BalanceSheet[];
  /** Costs that are not among the entries, because nobody told them. */
  readonly unknownAmounts: readonly UnknownAmount[];
}

export function accounting(context: AnswerContext, query: AccountingQuery = {}): Accounting {
  const { fromNs, toNs, ...asked } = query;
  const facts = accountingFacts(context, asked);
  const textOf = (ns: bigint | undefined) => (ns === undefined ? undefined : timeText(ns));
  const span = { from: textOf(fromNs), to: textOf(toNs) };
  const all = booksOf(facts);
  return {
    ...all,
    entries: all.entries.filter((entry) => isIn(entry, span)),
    maybeEntries: all.entries.filter((entry) => mayBeIn(entry, span)),
    unknownAmounts: all.unknownAmounts.filter((amount) => isIn(amount, span)),
  };
}

/** Pure: the same facts in any order give the same books. */
export function booksOf(facts: AccountingFacts): Accounting {
  const { channels, chains, placed } = facts;
  const parts = [chainEntries(channels), paymentEntries(facts)];
  const derived = parts.flatMap((part) => part.entries);
  const booked = bookedEntries(channels, derived);
  const entries = [...derived, ...booked].map((entry): AccountingEntry => {
    const chain = chains.get(entry.nodeId);
    const isAmountUnknown = entry.creditMsat === undefined && entry.debitMsat === undefined;
    // Those of the chain come with theirs; the others have the time of one of their events.
    const times = entry.eventIds.flatMap((id) => placed.get(id) ?? []);
    const atBounds = entry.atBounds ?? times.find(({ at }) => at === entry.at)?.bounds;
    return entryOf({
      ...entry,
      ...(chain !== undefined && { chain }),
      ...(atBounds !== undefined && { atBounds }),
      isAmountUnknown,
    });
  });
  const told = new NamedAmounts(booked);
  const unknownAmounts = parts.flatMap((part) => part.unknownAmounts);
  return {
    entries: entries.sort(compareEntries),
    maybeEntries: [],
    balanceSheets: channels.map(balanceSheet).sort(byChannel),
    unknownAmounts: unknownAmounts
      .filter((one) => !told.has({ ...one, type: one.what }))
      .sort(byTime),
  };
}

function byChannel(a: BalanceSheet, b: BalanceSheet): number {
  return a.channelId < b.channelId
    ? -1
    : a.channelId > b.channelId
      ? 1
      : a.nodeId < b.nodeId
        ? -1
        : 1;
}

function byTime(a: UnknownAmount, b: UnknownAmount): number {
  return a.at < b.at ? -1 : a.at > b.at ? 1 : a.eventId < b.eventId ? -1 : 1;
}
