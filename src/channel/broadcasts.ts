/** Which broadcasts a channel's state remembers, so that the same one told again is known. */
import type { ChannelEventData } from './events.ts';

type Broadcast = ChannelEventData<'TransactionBroadcast'>;

/**
 * What a node broadcasts again is its newest: at most a claim of each HTLC, of which a commitment has up
 * to 2 × 483 (BOLT 2), beside the commitment and what pays for it. A bumped fee makes each another
 * transaction, and the one before it does not come back: without a bound they pile up block by block.
 */
export const MOST_BROADCASTS = 1024;

export function isRemembered(broadcasts: readonly Broadcast[], { txid }: Broadcast): boolean {
  return broadcasts.some((one) => one.txid === txid);
}

/** Those of the state with one more, the oldest let go. */
export function withBroadcast(
  broadcasts: readonly Broadcast[],
  broadcast: Broadcast,
): readonly Broadcast[] {
  return [...broadcasts.slice(1 - MOST_BROADCASTS), broadcast];
}
