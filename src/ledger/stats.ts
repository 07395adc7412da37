/** Figures about the ledger itself: its head, its events by type, what it keeps beside them. */
import { channelProjection } from '../../projections/channel.ts';
import type { LocalStore } from '../store/event-store.ts';
import type { LedgerRows } from './rows.ts';

export interface LedgerStats {
  /** Seals every event of every stream; give it to `verify --head` later. */
  readonly head: string;
  readonly events: number;
  readonly streams: number;
  readonly eventsByType: Readonly<Record<string, number>>;
  /** Of type, data and metadata together. */
  readonly textBytesPerEvent: number;
  /** Of the file, with indexes, rows and snapshots; absent where there is none. */
  readonly fileBytesPerEvent?: number;
  readonly lastCheckpoint?: string;
  readonly snapshots: { readonly count: number; readonly bytes: number };
  readonly cache: { readonly rows: number; readonly bytes: number; readonly waiting: number };
}

export async function ledgerStats(
  store: LocalStore,
  rows: LedgerRows,
  fileBytes?: number,
): Promise<LedgerStats> {
  const byType = new Map<string, number>();
  let events = 0;
  let bytes = 0;
  for (const { type, data, metadata } of store.allBodies()) {
    events++;
    bytes += type.length + data.length + metadata.length;
    byType.set(type, (byType.get(type) ?? 0) + 1);
  }
  const snapshots = { count: 0, bytes: 0 };
  for (const { json } of store.keptSnapshots(channelProjection.name)) {
    snapshots.count++;
    snapshots.bytes += json.length;
  }
  const lastCheckpoint = await store.lastCheckpoint();
  return {
    head: Buffer.from(await store.head()).toString('hex'),
    events,
    streams: store.streamNames('').length,
    eventsByType: Object.fromEntries([...byType].sort(([a], [b]) => (a < b ? -1 : 1))),
    textBytesPerEvent: events === 0 ? 0 : Math.round(bytes / events),
    ...(fileBytes !== undefined &&
      events > 0 && { fileBytesPerEvent: Math.round(fileBytes / events) }),
    ...(lastCheckpoint !== undefined && { lastCheckpoint }),
    snapshots,
    cache: rows.stats(),
  };
}
