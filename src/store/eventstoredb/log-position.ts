/** Places in a cluster's log, and the checkpoints made of them. */
import { StoreError } from '../event-store.ts';
import { quote } from '../limits.ts';

/** Both are needed to read on: they differ where an event was committed by a later record. */
export interface LogPosition {
  readonly commit: bigint;
  readonly prepare: bigint;
}

const CHECKPOINT = /^C([0-9]{1,19})P([0-9]{1,19})$/;

export function checkpointText({ commit, prepare }: LogPosition): string {
  return `C${commit}P${prepare}`;
}

export function parseCheckpoint(checkpoint: string | undefined): LogPosition | undefined {
  if (checkpoint === undefined) return undefined;
  const [, commit, prepare] = CHECKPOINT.exec(checkpoint) ?? [];
  if (commit === undefined || prepare === undefined) {
    throw new StoreError(`${quote(checkpoint)} is not a checkpoint of this ledger`);
  }
  return { commit: BigInt(commit), prepare: BigInt(prepare) };
}

/** Below zero where `a` comes before `b`. */
export function comparePositions(a: LogPosition, b: LogPosition): number {
  if (a.commit !== b.commit) return a.commit < b.commit ? -1 : 1;
  if (a.prepare === b.prepare) return 0;
  return a.prepare < b.prepare ? -1 : 1;
}
