/** Copying between any two ledgers by their addresses. */

import type { LocalStore } from '../store/event-store.ts';
import { isClusterAddress } from '../store/eventstoredb/address.ts';
import { openClusterStore } from '../store/eventstoredb/open.ts';
import type { ClusterStore } from '../store/eventstoredb/store.ts';
import { openSqliteStore } from '../store/sqlite/open.ts';
import { type CopyReport, type CopyTarget, copyEvents, localTarget } from './copy.ts';
import { type CopiedKeys, copyKeys, type KeyedFile } from './copy-keys.ts';

export interface CopyOptions {
  readonly onProgress?: (events: number) => void;
  readonly onTrouble?: (sentence: string) => void;
  readonly signal?: AbortSignal;
}

export type CopiedLedger = CopyReport & CopiedKeys;

/** A cluster is read and written directly: a copy needs no replica of either end. */
export async function copyBetween(
  from: string,
  to: string,
  { onTrouble, ...options }: CopyOptions,
): Promise<CopiedLedger> {
  const said = { ...(onTrouble && { onTrouble }) };
  if (isClusterAddress(from)) {
    const source = openClusterStore(from, said);
    try {
      const report = await copyInto(to, said, (target) => copyEvents(source, target, options));
      return { ...report, keysCopied: 0, keysNote: NOT_FROM };
    } finally {
      await source.close();
    }
  }
  const source = openSqliteStore(from, { create: false, readonly: true });
  try {
    return await copyInto(to, said, async (target, file) => {
      // First: whoever finds a secret in the copy finds its key too.
      const keys =
        file === undefined ? keptBack(source) : copyKeys({ path: from, store: source }, file);
      return { ...(await copyEvents(source, target, options)), ...keys };
    });
  } finally {
    await source.close();
  }
}

const NOT_FROM =
  'secrets stay sealed: a cluster has no keys, they lie beside the replica of who recorded';
const NOT_TO = 'secrets stay sealed there: keys are never sent to a cluster';

function keptBack(source: LocalStore): CopiedKeys {
  return { keysCopied: 0, ...(source.keys.all().length > 0 && { keysNote: NOT_TO }) };
}

/** `file` is undefined where the target is a cluster. */
async function copyInto<T>(
  to: string,
  said: Pick<CopyOptions, 'onTrouble'>,
  work: (target: CopyTarget, file: KeyedFile | undefined) => Promise<T>,
): Promise<T> {
  if (isClusterAddress(to)) {
    const store = openClusterStore(to, said);
    try {
      return await work(clusterTarget(store), undefined);
    } finally {
      await store.close();
    }
  }
  const store = openSqliteStore(to);
  try {
    return await work(localTarget(store), { path: to, store });
  } finally {
    await store.close();
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
