/** What rebalancing cost, channel by channel. */

import { LRUCache } from 'lru-cache';
import { nodeProjection } from '../../../projections/node.ts';
import { jsonText } from '../../schema/json-text.ts';
import type { AnswerContext } from '../answers/context.ts';
import { isWhole } from '../answers/list-gaps.ts';
import type { Query } from '../query.ts';
import type { Rows } from '../rows.ts';
import { parseStream } from '../streams.ts';
import type { ChannelView } from '../view-types.ts';
import { accountKey } from './account-key.ts';
import { type Accounting, accounting } from './accounting.ts';
import { PaymentsTold } from './payments-told.ts';

export interface RebalanceFees {
  /**
   * In msat, what is told of it, borne where the payment went out. 0 where all that went out is known and
   * none of it came back; undefined where that cannot be known.
   */
  of(channel: Pick<ChannelView, 'nodeId' | 'channelId' | 'lifetime'>): bigint | undefined;
  /** True where what is told may not be all: payments are missing from the node's lists, or have no channel. */
  isAtLeast(channel: Pick<ChannelView, 'nodeId'>): boolean;
}

/** Questions that a page or a program repeats: now, and some moments. */
const KEPT_ANSWERS = 16;

interface KeptAnswer {
  /** How many events there were. */
  readonly events: number;
  readonly fees: RebalanceFees;
  /** Of a question about now: what comes later is added to it. */
  readonly payments: PaymentsTold;
}

const kept = new WeakMap<Rows, LRUCache<string, KeptAnswer>>();

/**
 * The answer to a question is kept until something is recorded. Then what was recorded since tells whether a
 * payment may have come back; only where one did are the books read, and all of them.
 */
export function rebalanceFees(context: AnswerContext, query: Query = {}): RebalanceFees {
  const answers = kept.get(context.rows) ?? new LRUCache({ max: KEPT_ANSWERS });
  kept.set(context.rows, answers);
  const key = jsonText([query.at, query.knownAtNs, query.nodeId, query.source]);
  const events = eventCount(context);
  const known = answers.get(key);
  if (known?.events === events) return known.fees;
  // As of a moment, what is recorded later may come before it.
  const isNow = query.at === undefined && query.knownAtNs === undefined;
  const payments = (isNow ? known?.payments : undefined) ?? new PaymentsTold();
  const fees = workedOut(context, query, payments);
  answers.set(key, { events, fees, payments });
  return fees;
}

/** Events are only added: as many are the same ones. Of the public graph nothing is asked here. */
function eventCount({ store }: AnswerContext): number {
  const heads = ['channel-', 'peer-', 'node-'].flatMap((prefix) => store.streamHeads(prefix));
  return heads.reduce((sum, { revision }) => sum + revision + 1, 0);
}

function workedOut(context: AnswerContext, query: Query, payments: PaymentsTold): RebalanceFees {
  payments.catchUp(context, query);
  let read: Costs | undefined;
  const costs = () => (read ??= costsIn(accounting(context, query)));
  const tellers = new Map<string, boolean>();
  const isTold = (nodeId: string): boolean => {
    const known = tellers.get(nodeId) ?? isAllTold(context, query, nodeId, payments);
    tellers.set(nodeId, known);
    return known;
  };
  const costsOf = (nodeId: string) => (payments.mayRebalance(nodeId) ? costs() : NO_COSTS);
  return {
    of(channel) {
      const { nodeId, lifetime } = channel;
      const { fees, unplaced } = costsOf(nodeId);
      const told = fees.get(accountKey(channel));
      if (told !== undefined) return told;
      if (lifetime.sentMsat === 0n && !lifetime.isSentAtLeast) return 0n;
      return unplaced.has(nodeId) || !isTold(nodeId) ? undefined : 0n;
    },
    isAtLeast: ({ nodeId }) => costsOf(nodeId).unplaced.has(nodeId) || !isTold(nodeId),
  };
}

interface Costs {
  /** By account. */
  readonly fees: ReadonlyMap<string, bigint>;
  readonly unplaced: ReadonlySet<string>;
}

const NO_COSTS: Costs = { fees: new Map(), unplaced: new Set() };

function costsIn(books: Accounting): Costs {
  const fees = new Map<string, bigint>();
  for (const { type, nodeId, channelId, debitMsat = 0n } of books.entries) {
    if (type !== 'rebalance-fee' || channelId === undefined) continue;
    const key = accountKey({ nodeId, channelId });
    fees.set(key, (fees.get(key) ?? 0n) + debitMsat);
  }
  return { fees, unplaced: nodesOfUnplaced(books) };
}

/** Nodes that sent themselves what nobody says the channel of, or the cost. */
function nodesOfUnplaced({ entries, unknownAmounts }: Accounting): ReadonlySet<string> {
  const nodes = new Set<string>();
  const untold = new Set(unknownAmounts.map(({ eventId }) => eventId));
  for (const { type, nodeId, channelId, creditMsat, debitMsat, eventIds } of entries) {
    if (type !== 'rebalance' && type !== 'rebalance-fee') continue;
    const isOut = debitMsat === undefined ? creditMsat === undefined : debitMsat > 0n;
    if (isOut && (channelId === undefined || eventIds.some((id) => untold.has(id)))) {
      nodes.add(nodeId);
    }
  }
  return nodes;
}

/** By a whole list of its payments; without lists, by payments as they were sent or by their HTLCs. */
function isAllTold(
  { store, rows }: AnswerContext,
  query: Query,
  nodeId: string,
  payments: PaymentsTold,
): boolean {
  const lists = rows.all(nodeProjection, { ...query, nodeId }).flatMap(({ row }) => row.lists);
  if (lists.length > 0) return lists.some((list) => list.list === 'payments' && isWhole(list));
  if (payments.isSentTold(nodeId)) return true;
  return store.streamNames('channel-').some((stream) => {
    if (parseStream(stream)?.nodeId !== nodeId) return false;
    for (const _ of store.streamEvents(stream, { types: ['HtlcSettled'] })) return true;
    return false;
  });
}
