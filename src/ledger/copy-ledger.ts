/** Copying between any two ledgers by their addresses. */

import type { EventStore } from '../store/event-store.ts';
import { isClusterAddress } from '../store/eventstoredb/address.ts';
import { openClusterStore } from '../store/eventstoredb/open.ts';
import type { ClusterStore } from '../store/eventstoredb/store.ts';
import { openSqliteStore } from '../store/sqlite/open.ts';
import { type CopyReport, type CopyTarget, copyEvents, localTarget } from './copy.ts';

export interface CopyOptions {
  readonly onProgress?: (events: number) => void;
  readonly onTrouble?: (sentence: string) => void;
  readonly signal?: AbortSignal;
}

/** A cluster is read and written directly: a copy needs no replica of either end. */
export async function copyBetween(
  from: string,
  to: string,
  { onTrouble, ...options }: CopyOptions,
): Promise<CopyReport> {
  const said = { ...(onTrouble && { onTrouble }) };
  const source: EventStore = isClusterAddress(from)
    ? openClusterStore(from, said)
    : openSqliteStore(from, { create: false, readonly: true });
  try {
    const { target, close } = targetAt(to, said);
    try {
      return await copyEvents(source, target, options);
    } finally {
      await close();
    }
  } finally {
    await source.close();
  }
}

/** A cluster's stream is asked for one event at a time. */
export function clusterTarget(store: ClusterStore): CopyTarget {
  return {
    store,
    headOf: (stream) => store.newestOf(stream),
    digestAt: async (stream, revision) => (await store.eventAt(stream, revision))?.digest,
  };
}

function targetAt(
  to: string,
  said: Pick<CopyOptions, 'onTrouble'>,
): { readonly target: CopyTarget; readonly close: () => Promise<void> } {
  if (isClusterAddress(to)) {
    const store = openClusterStore(to, said);
    return { target: clusterTarget(store), close: () => store.close() };
  }
  const store = openSqliteStore(to);
  return { target: localTarget(store), close: () => store.close() };
}
