/** What live sources share that read a file again whenever it was written to. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { Observation } from '../observation/observation.ts';

/** All that it says but for when it was read; a hash, because it says secrets too. */
export function nameOf({
  recordedAtNs: _,
  notAfterNs: _until,
  ...observation
}: Observation): string {
  const text = JSON.stringify(observation, (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  return createHash('sha256').update(text).digest('base64');
}

/** Another one after every change; undefined while the file is not there, as when it is replaced. */
export async function stampOf(path: string): Promise<string | undefined> {
  try {
    const { size, mtimeNs, ino } = await stat(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch {
    return undefined;
  }
}

/** Shorter where the source is asked to end. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(ms, undefined, { signal });
  } catch {
    // Asked to end.
  }
}
