/** What a replica does with the events that come from its cluster: a decision, without input or output. */
import { eventDigest } from '../store/digest.ts';
import { NO_STREAM, type StoredEvent } from '../store/event-store.ts';

export interface ReplicaHead {
  readonly revision: number;
  readonly digest: Uint8Array;
}

export type ReplicaStep =
  | { readonly kind: 'take' }
  /** It is here already: another process wrote it, or the checkpoint lay before it. */
  | { readonly kind: 'known' }
  /** Events before it are gone from the cluster: the stream was truncated. */
  | { readonly kind: 'gap'; readonly missing: number }
  /** `why` is a clause: "… holds another event there". */
  | { readonly kind: 'stop'; readonly why: string };

/**
 * `head`: where the stream ends in the replica. `digestHere`: of the replica's own event at the
 * revision of one that it has already.
 */
export function replicaStep(
  event: StoredEvent,
  head: ReplicaHead | undefined,
  digestHere: () => Uint8Array | undefined,
): ReplicaStep {
  const next = (head?.revision ?? NO_STREAM) + 1;
  if (event.revision < next) {
    const here = digestHere();
    const isSame = here !== undefined && Buffer.compare(here, event.digest) === 0;
    if (isSame) return { kind: 'known' };
    return { kind: 'stop', why: 'the cluster holds another event there than the replica' };
  }
  if (event.revision > next) return { kind: 'gap', missing: event.revision - next };
  const digest = eventDigest(event, head?.digest);
  if (Buffer.compare(digest, event.digest) === 0) return { kind: 'take' };
  return { kind: 'stop', why: 'its bytes in the cluster are not those that its digest seals' };
}
