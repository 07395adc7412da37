/** Before a replica goes on: is the cluster still the one it is a replica of? */
import { type LocalStore, type StoredEvent, StoreError } from '../store/event-store.ts';
import type { ReplicaSource } from './replica.ts';

/** Throws unless the file has no events or was a replica before. */
export async function assertReplicaOrNew(local: LocalStore, checkpointKey: string): Promise<void> {
  if (local.getMeta(checkpointKey) !== undefined) return;
  if ((await local.lastCheckpoint()) === undefined) return;
  throw new StoreError('the file holds a ledger of its own and is no replica: name another one');
}

/**
 * The replica's newest event must be in the cluster as it is here: a cluster that was restored from
 * a backup lost its newest events first, or has written others since. Throws a StoreError.
 */
export async function assertContinues(
  source: Pick<ReplicaSource, 'firstFrom' | 'address'>,
  local: LocalStore,
): Promise<void> {
  const newest = newestOf(local, await local.lastCheckpoint());
  if (newest === undefined) return;
  const { stream, revision } = newest;
  const there = await source.firstFrom(stream, revision);
  const place = `${stream} revision ${revision}`;
  if (there === undefined) {
    throw new StoreError(
      `the cluster ${source.address.shown} is behind its replica: it has no ${place}; ` +
        'it was restored from an older backup, or it is another cluster; remove the replica to follow it all the same',
    );
  }
  // Truncated since: what is gone there cannot be compared.
  if (there.revision > revision) return;
  if (Buffer.compare(there.digest, newest.digest) === 0) return;
  throw new StoreError(
    `the cluster ${source.address.shown} and its replica differ at ${place}: it was restored from a backup ` +
      'and written to since, or it is another cluster; remove the replica to follow it all the same',
  );
}

function newestOf(local: LocalStore, last: string | undefined): StoredEvent | undefined {
  if (last === undefined) return undefined;
  const [newest] = local.allEvents(Number(last) - 1);
  return newest;
}
