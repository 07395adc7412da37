/** What rebalancing cost stands beside the totals: it is worked out of payments, not of the channel. */

import type { Query } from '../query.ts';
import type { ChannelView } from '../view-types.ts';
import type { RebalanceFees } from './rebalance-fees.ts';

export type WithRebalanceFees<View> = View & {
  readonly rebalanceFeesMsat?: bigint;
  /** There may have been more, which no list has. */
  readonly isRebalanceFeesAtLeast?: boolean;
};

interface Asked {
  rebalanceFees(query?: Query): RebalanceFees;
}

/** The rows of `channels` or `closed`, each with the sum; without it where that cannot be known. */
export function withRebalanceFees<View extends ChannelView>(
  ledger: Asked,
  query: Query,
  rows: readonly View[],
): readonly WithRebalanceFees<View>[] {
  const fees = ledger.rebalanceFees(query);
  return rows.map((row) => {
    const rebalanceFeesMsat = fees.of(row);
    if (rebalanceFeesMsat === undefined) return row;
    // Nothing that went out cannot have been more.
    const isRebalanceFeesAtLeast = rebalanceFeesMsat > 0n && fees.isAtLeast(row);
    return { ...row, rebalanceFeesMsat, ...(isRebalanceFeesAtLeast && { isRebalanceFeesAtLeast }) };
  });
}
