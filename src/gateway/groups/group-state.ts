/** What a persistent subscription group is made with, and what of it outlives the gateway. */
import type { LocalStore } from '../../store/event-store.ts';
import { eventFilter } from '../filter.ts';

export type Strategy = 'DispatchToSingle' | 'RoundRobin' | 'Pinned';

export interface StoredFilter {
  readonly on: 'stream' | 'type';
  readonly regex: string;
  readonly prefixes: readonly string[];
}

export interface GroupSettings {
  /** As `SubscriptionInfo` prints it: a revision, or `C:1/P:1` for $all. */
  readonly startFrom: string;
  readonly filter: StoredFilter | undefined;
  readonly messageTimeoutMs: number;
  readonly maxRetryCount: number;
  readonly checkpointAfterMs: number;
  readonly minCheckpointCount: number;
  readonly maxCheckpointCount: number;
  /** 0: as many as like. */
  readonly maxSubscriberCount: number;
  readonly liveBufferSize: number;
  readonly readBatchSize: number;
  readonly historyBufferSize: number;
  readonly strategy: Strategy;
  readonly resolvesLinks: boolean;
  readonly hasExtraStatistics: boolean;
}

/** A group as it is kept. Places are positions, for a stream's group as well. */
export interface GroupState {
  /** A stream, or `$all`. */
  readonly source: string;
  readonly name: string;
  readonly settings: GroupSettings;
  /** Everything up to here was handled, or parked. */
  readonly checkpoint: number;
  readonly parked: readonly number[];
}

export const ALL = '$all';
const META_KEY = 'gateway/groups';

/** Where groups are kept: in the ledger's file, or nowhere but in this process. */
export interface GroupKeeper {
  load(): readonly GroupState[];
  save(groups: readonly GroupState[]): void;
}

/** In the file, beside the log: what was acknowledged survives a restart. */
export function fileKeeper(store: LocalStore): GroupKeeper {
  return {
    load: () => JSON.parse(store.getMeta(META_KEY) ?? '[]') as readonly GroupState[],
    save: (groups) => store.setMeta(META_KEY, JSON.stringify(groups)),
  };
}

/** A file that is only read cannot keep them: they end with the gateway. */
export const memoryKeeper: GroupKeeper = { load: () => [], save: () => undefined };

/** Whether an event is for the group; undefined where all are. */
export function wantedBy({ filter }: GroupSettings) {
  if (filter === undefined) return undefined;
  const expression = { getRegex: () => filter.regex, getPrefixList: () => filter.prefixes };
  return eventFilter({
    getStreamIdentifier: () => (filter.on === 'stream' ? expression : undefined),
    getEventType: () => (filter.on === 'type' ? expression : undefined),
    hasMax: () => false,
    getMax: () => 0,
    getCheckpointintervalmultiplier: () => 1,
  }).isWanted;
}
