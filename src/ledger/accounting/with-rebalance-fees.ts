/** What rebalancing cost stands beside the totals: it is worked out of payments, not of the channel. */
import type { Query } from '../query.ts';
import type { ChannelView } from '../view-types.ts';
import { accountKey } from './account-key.ts';

export type WithRebalanceFees<View> = View & { readonly rebalanceFeesMsat?: bigint };

interface Asked {
  rebalanceFees(query?: Query): ReadonlyMap<string, bigint>;
}

/** The rows of `channels` or `closed`, each with the sum; zero where nothing was paid to move a balance. */
export function withRebalanceFees<View extends ChannelView>(
  ledger: Asked,
  query: Query,
  rows: readonly View[],
): readonly WithRebalanceFees<View>[] {
  const fees = ledger.rebalanceFees(query);
  return rows.map((row) => ({ ...row, rebalanceFeesMsat: fees.get(accountKey(row)) ?? 0n }));
}
