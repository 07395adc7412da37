/** What was seen in a block and still stands in one, after all that reorganisations did. Pure. */
import type { CaseEvent } from './case.ts';

/** A teller's word that a transaction came into a block, or out of it again. */
export interface BlockWord<E extends CaseEvent> {
  readonly event: E;
  readonly isUndoing: boolean;
  readonly txid?: string | undefined;
  readonly blockHash?: string | undefined;
}

/**
 * As rows fold it: each teller's own words in their order, so that a block that comes back counts again. One
 * teller may have seen a block go that another knows only as it came: then it stands only where nothing
 * better does. `words` in logical order.
 */
export function standing<E extends CaseEvent>(words: readonly BlockWord<E>[]): readonly E[] {
  let stands: BlockWord<E>[] = [];
  const isGone = new Map<string, boolean>();
  for (const word of words) {
    if (word.blockHash !== undefined) isGone.set(word.blockHash, word.isUndoing);
    if (word.isUndoing) stands = stands.filter((seen) => !isUndoneBy(seen, word));
    else stands.push(word);
  }
  const inBlocks = stands.filter(({ blockHash = '' }) => isGone.get(blockHash) !== true);
  return (inBlocks.length > 0 ? inBlocks : stands).map(({ event }) => event);
}

function isUndoneBy(seen: BlockWord<CaseEvent>, undoing: BlockWord<CaseEvent>): boolean {
  if (seen.event.source !== undoing.event.source) return false;
  if (seen.blockHash !== undefined) return seen.blockHash === undoing.blockHash;
  return seen.txid === undefined || seen.txid === undoing.txid;
}
