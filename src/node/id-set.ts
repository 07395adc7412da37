/**
 * A set of ids that never changes and is cheap to make another of: a state is folded event by event, and
 * copying all ids that are in quarantine for each would cost as many steps as there are.
 */

/** By the first byte of the id; ids are hashes, so each share is about as large as the others. */
export type IdSet = readonly (readonly string[] | undefined)[];

const SHARES = 256;

export const emptyIdSet: IdSet = Array.from({ length: SHARES }, () => undefined);

export function hasId(ids: IdSet, id: string): boolean {
  return ids[shareOf(id)]?.includes(id) ?? false;
}

/** The set with this id. */
export function withId(ids: IdSet, id: string): IdSet {
  return hasId(ids, id) ? ids : ids.with(shareOf(id), [...(ids[shareOf(id)] ?? []), id]);
}

/** The set without this id. */
export function withoutId(ids: IdSet, id: string): IdSet {
  const share = ids[shareOf(id)]?.filter((other) => other !== id);
  return ids.with(shareOf(id), share?.length === 0 ? undefined : share);
}

/** An id is hex. */
function shareOf(id: string): number {
  return Number.parseInt(id.slice(0, 2), 16) % SHARES;
}
