/** What an event changed, field by field: two rows flattened and compared. */
import { ChannelRow } from '../../../projections/channel-row.ts';
import type { HistoryEntry } from '../view-types.ts';

export type Changes = HistoryEntry['changes'];
export type FlatRow = ReadonlyMap<string, unknown>;

/**
 * Kept by the runner for every event, and repeated times: they say nothing beyond the event's own; and what
 * follows from the moment that is asked for.
 */
const BOOKKEEPING = new Set([
  'eventCount',
  'repeatCount',
  'lastEventAt',
  'lastEventAtBounds',
  'balanceAt',
  'balanceAtBounds',
  'nextOfferedId',
  'nextReceivedId',
  'isOnlyPlaced',
]);

/** Of things in a row: the event that changes them has the same. */
const OWN_TIMES = new Set(['at', 'atBounds', 'addedAt']);

/** Whether channels have a field of that path's first name, told or not. */
export function isChannelField(path: string): boolean {
  return Object.hasOwn(ChannelRow.properties, path.split('.')[0] ?? '');
}

/** `local.number`, `htlcs.offered/3.amountMsat`, `outpoints`: values by their path, in row order. */
export function flatten(row: object): FlatRow {
  const flat = new Map<string, unknown>();
  for (const [field, value] of Object.entries(row)) {
    if (!BOOKKEEPING.has(field)) add(flat, field, value);
  }
  return flat;
}

function add(flat: Map<string, unknown>, path: string, value: unknown): void {
  if (value === undefined) return;
  if (Array.isArray(value)) {
    addList(flat, path, value);
    return;
  }
  if (typeof value !== 'object' || value === null) {
    flat.set(path, value);
    return;
  }
  for (const [field, inner] of Object.entries(value)) {
    if (!OWN_TIMES.has(field)) add(flat, `${path}.${field}`, inner);
  }
}

/** Things are found again by what names them, not by their place; plain values are one list. */
function addList(flat: Map<string, unknown>, path: string, items: readonly unknown[]): void {
  if (items.length === 0) return;
  if (items.every((item) => typeof item !== 'object')) {
    // A copy: the row goes on changing under what is kept of it here.
    flat.set(path, [...items]);
    return;
  }
  for (const [place, item] of items.entries()) add(flat, `${path}.${nameOf(item) ?? place}`, item);
}

interface Named {
  readonly direction?: string;
  readonly id?: number;
  readonly outpoint?: string;
  readonly fundingOutpoint?: string;
}

function nameOf(item: unknown): string | undefined {
  const { direction, id, outpoint, fundingOutpoint } = item as Named;
  return direction === undefined ? (outpoint ?? fundingOutpoint) : `${direction}/${id}`;
}

/** Fields that are new, other or gone, in row order; what went comes last. */
export function changesBetween(before: FlatRow, after: FlatRow): Changes {
  const changes: { field: string; from?: unknown; to?: unknown }[] = [];
  for (const [field, to] of after) {
    const from = before.get(field);
    if (isEqual(from, to)) continue;
    changes.push(from === undefined ? { field, to } : { field, from, to });
  }
  for (const [field, from] of before) {
    if (!after.has(field)) changes.push({ field, from });
  }
  return changes;
}

function isEqual(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  return a.length === b.length && a.every((item, place) => item === b[place]);
}
