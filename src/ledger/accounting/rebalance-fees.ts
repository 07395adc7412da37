/** What rebalancing cost, channel by channel. */
import type { AnswerContext } from '../answers/context.ts';
import { asked } from '../answers/nodes.ts';
import { windowOf } from '../answers/window.ts';
import type { Query } from '../query.ts';
import { decodeEvent } from '../stored-event.ts';
import { accountKey } from './account-key.ts';
import { accounting } from './accounting.ts';

/** The fee is borne where the payment went out. Channels that no rebalance left are not in it. */
export function rebalanceFees(
  context: AnswerContext,
  query: Query = {},
): ReadonlyMap<string, bigint> {
  const fees = new Map<string, bigint>();
  if (!mayRebalance(context, query)) return fees;
  for (const { type, nodeId, channelId, debitMsat = 0n } of accounting(context, query).entries) {
    if (type !== 'rebalance-fee' || channelId === undefined) continue;
    const key = accountKey({ nodeId, channelId });
    fees.set(key, (fees.get(key) ?? 0n) + debitMsat);
  }
  return fees;
}

/**
 * Payments are few beside HTLCs, and most nodes tell them: where none comes back, nothing else is read.
 * A node of which only HTLCs are told may have sent any of them to itself.
 */
function mayRebalance(context: AnswerContext, query: Query): boolean {
  const { store } = context;
  const isInWindow = windowOf(store, asked(context, query));
  const seen = { PaymentSent: new Set<string>(), PaymentReceived: new Set<string>() };
  let isTold = false;
  for (const stream of store.streamNames('node-')) {
    for (const stored of store.streamEvents(stream, { types: Object.keys(seen) })) {
      if (!isInWindow(stored)) continue;
      const { fact } = decodeEvent(stored);
      if (fact?.type !== 'PaymentSent' && fact?.type !== 'PaymentReceived') continue;
      isTold = true;
      if (fact.type === 'PaymentSent' && fact.data.isToSelf === true) return true;
      const { paymentLink } = fact.data;
      if (paymentLink === undefined) continue;
      seen[fact.type].add(paymentLink);
      const other = fact.type === 'PaymentSent' ? 'PaymentReceived' : 'PaymentSent';
      if (seen[other].has(paymentLink)) return true;
    }
  }
  return !isTold;
}
