/** Looking HTLCs up by direction and id: commitments do it many times, mostly among very few. */
import type { Direction } from './fields.ts';
import type { HtlcState } from './state.ts';

/** The HTLCs one commitment holds. */
export interface HeldHtlcs {
  readonly offered: readonly number[];
  readonly received: readonly number[];
}

/** Among these few, looking at each is faster than making a map of them. */
const FEW = 16;
type HtlcIndex = ReadonlyMap<number, HtlcState>;
/** A state's list is never changed, so its map is made once. */
const indexes = new WeakMap<readonly HtlcState[], HtlcIndex>();

export function findHtlc(
  htlcs: readonly HtlcState[],
  direction: Direction,
  id: number,
): HtlcState | undefined {
  if (htlcs.length > FEW) return indexOf(htlcs).get(keyOf(direction, id));
  for (const htlc of htlcs) if (htlc.id === id && htlc.direction === direction) return htlc;
  return undefined;
}

function indexOf(htlcs: readonly HtlcState[]): HtlcIndex {
  const known = indexes.get(htlcs);
  if (known !== undefined) return known;
  const index = new Map(htlcs.map((htlc) => [keyOf(htlc.direction, htlc.id), htlc]));
  indexes.set(htlcs, index);
  return index;
}

/** Ids of the two directions never meet: received ones are negative. */
function keyOf(direction: Direction, id: number): number {
  return direction === 'offered' ? id : -1 - id;
}

/** Whether an id is among these, which never change. */
export function hasId(ids: readonly number[], id: number): boolean {
  if (ids.length <= FEW) return ids.includes(id);
  let known = idSets.get(ids);
  if (known === undefined) {
    known = new Set(ids);
    idSets.set(ids, known);
  }
  return known.has(id);
}

const idSets = new WeakMap<readonly number[], ReadonlySet<number>>();

/** The sum of the HTLCs held, or undefined when one of them is unknown. */
export function heldMsat(htlcs: readonly HtlcState[], held: HeldHtlcs): bigint | undefined {
  let sum = 0n;
  for (const direction of ['offered', 'received'] as const) {
    for (const id of held[direction]) {
      const htlc = findHtlc(htlcs, direction, id);
      if (htlc === undefined) return undefined;
      sum += htlc.amountMsat;
    }
  }
  return sum;
}

/** The first HTLC, as a sentence names it, that a commitment holds twice; ids are in order. */
export function twiceHeld(held: HeldHtlcs): string | undefined {
  for (const direction of ['offered', 'received'] as const) {
    const ids = held[direction];
    const id = ids.find((one, nth) => nth > 0 && ids[nth - 1] === one);
    if (id !== undefined) return `${direction} HTLC ${id}`;
  }
  return undefined;
}

/** The same of HTLCs in no order. */
export function twiceAmong(
  htlcs: readonly { readonly direction: Direction; readonly id: number }[],
): string | undefined {
  const seen = new Set<number>();
  for (const { direction, id } of htlcs) {
    if (seen.has(keyOf(direction, id))) return `${direction} HTLC ${id}`;
    seen.add(keyOf(direction, id));
  }
  return undefined;
}
