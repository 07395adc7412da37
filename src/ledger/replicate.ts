/** A replica kept up by itself: `channel-ledger replicate`. */
import type { StoredEvent } from '../store/event-store.ts';
import { openClusterStore } from '../store/eventstoredb/open.ts';
import { openSqliteStore } from '../store/sqlite/open.ts';
import { CHECKPOINT, Replica } from './replica.ts';

export interface Lag {
  /** Events of the cluster that are not here yet; `isMore` where counting them was given up. */
  readonly events: number;
  readonly isMore: boolean;
  /** Between the newest event here and the newest one counted there. */
  readonly seconds: number;
}

export interface Replication {
  readonly path: string;
  /** Events written since it began. */
  applied(): number;
  /** Counts what is missing by reading on in the cluster, so far as that is quick. */
  lag(): Promise<Lag>;
  caughtUp(): Promise<void>;
  /** Rejects with a sentence where the replica cannot go on. */
  ended(): Promise<void>;
  close(): Promise<void>;
}

/** Positions in a cluster's log cannot be subtracted: what is missing is counted one by one. */
const MOST_COUNTED = 10_000;

export async function startReplication(
  address: string,
  path: string,
  options: { readonly onTrouble?: (sentence: string) => void } = {},
): Promise<Replication> {
  const source = openClusterStore(address, options);
  const local = openSqliteStore(path);
  const replica = new Replica({ source, local, ...options });
  replica.start();
  return {
    path,
    applied: () => replica.applied,
    lag: async () => {
      let events = 0;
      let newest: StoredEvent | undefined;
      const after = local.getMeta(CHECKPOINT);
      const last = await local.lastCheckpoint();
      const [here] = last === undefined ? [] : local.allEvents(Number(last) - 1);
      for await (const event of source.readAll(after)) {
        newest = event;
        if (++events === MOST_COUNTED) break;
      }
      return { events, isMore: events === MOST_COUNTED, seconds: secondsBetween(here, newest) };
    },
    caughtUp: () => replica.caughtUp(),
    ended: () => replica.ended(),
    close: async () => {
      await replica.stop();
      await source.close();
      await local.close();
    },
  };
}

function secondsBetween(here: StoredEvent | undefined, there: StoredEvent | undefined): number {
  const [from, to] = [here, there].map(recordedAtMs);
  return from === undefined || to === undefined ? 0 : Math.max(0, (to - from) / 1000);
}

function recordedAtMs(event: StoredEvent | undefined): number | undefined {
  if (event === undefined) return undefined;
  const { recordedAt } = JSON.parse(event.metadata) as { readonly recordedAt?: string };
  return recordedAt === undefined ? undefined : Date.parse(recordedAt);
}
