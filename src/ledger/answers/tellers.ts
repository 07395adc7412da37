/**
 * The order in which tellers of one thing are asked. Everything that merges sorts first, so that the
 * answer cannot depend on the order of imports (DESIGN §2, principle 2): after that every rule may
 * simply take the first that fits.
 */

/** The teller that reads transactions in their blocks: its times are the blocks' own. */
export const CHAIN = 'chain';

/** Closest to the protocol first: the last word where precision and time leave two tellers equal. */
const KNOWN_SOURCES = [
  'ldk',
  'lnd-db',
  'cln-db',
  'lnd-rpc',
  'cln-rpc',
  'lnd-log',
  'cln-bookkeeper',
  'electrum',
  CHAIN,
] as const;
const RANKS = new Map<string, number>(KNOWN_SOURCES.map((source, rank) => [source, rank]));

/** Known sources by their rank, then a user's own by name. */
export function compareSources(a: string, b: string): number {
  const difference = rankOf(a) - rankOf(b);
  return difference !== 0 ? difference : compareText(a, b);
}

/** Not a name that a user gave to a recorder of their own. */
export function isKnownSource(source: string): boolean {
  return RANKS.has(source);
}

const rankOf = (source: string): number => RANKS.get(source) ?? KNOWN_SOURCES.length;

/** By code unit: the same on every machine, unlike `localeCompare`. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function compareAmounts(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function inSourceOrder<R extends { readonly source: string }>(rows: Iterable<R>): R[] {
  return [...rows].sort((a, b) => compareSources(a.source, b.source));
}

/** The first of the greatest; undefined of none. */
export function greatest<T>(items: Iterable<T>, compare: (a: T, b: T) => number): T | undefined {
  let best: T | undefined;
  for (const item of items) {
    if (best === undefined || compare(item, best) > 0) best = item;
  }
  return best;
}

/** The first value that some row has. */
export function firstOf<R, V>(rows: Iterable<R>, value: (row: R) => V | undefined): V | undefined {
  for (const row of rows) {
    const found = value(row);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The fields that are there: under `exactOptionalPropertyTypes` an absent field is no `undefined`. */
export function present<T extends object>(
  fields: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const there: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  for (const name in fields) {
    const value = fields[name];
    if (isThere(value)) there[name] = value;
  }
  return there;
}

function isThere<V>(value: V): value is Exclude<V, undefined> {
  return value !== undefined;
}

/** Rows by a key, in the order in which the keys come up. */
export function groupedBy<T>(items: Iterable<T>, key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return groups;
}
