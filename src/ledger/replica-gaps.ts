/** Streams whose beginning the cluster no longer had when its replica met them. */
import type { LocalStore } from '../store/event-store.ts';

export interface ReplicaGap {
  /** The first that was left. */
  readonly revision: number;
  /** When that one was recorded. */
  readonly at: string;
}

/** Of a replica's meta: `[stream, revision, at]` of each. */
export const REPLICA_GAPS = 'replica/gaps';

export function replicaGaps({ getMeta }: Pick<LocalStore, 'getMeta'>): Map<string, ReplicaGap> {
  const text = getMeta(REPLICA_GAPS);
  const parsed: unknown = text === undefined ? [] : JSON.parse(text);
  const entries: readonly (readonly [string, number, string])[] = Array.isArray(parsed)
    ? parsed
    : [];
  return new Map(entries.map(([stream, revision, at]) => [stream, { revision, at }]));
}

export function replicaGapsText(gaps: ReadonlyMap<string, ReplicaGap>): string {
  return JSON.stringify([...gaps].map(([stream, { revision, at }]) => [stream, revision, at]));
}
