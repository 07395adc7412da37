/** What live sources share that read a file again whenever it was written to. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import type { Observation } from '../observation/observation.ts';
import { SourceFailed } from './importer.ts';

/** Journals are written at once, and a person waits for no figure longer than this. */
const PAUSE_MS = 500;

/** What is followed: how it stands now, and all that it tells at present. */
export interface Followed {
  /** Another text after every change; undefined while there is nothing to read. */
  stamp(): Promise<string | undefined>;
  /** From something that does not change meanwhile: nothing of a half written file is told. */
  readAll(): Promise<Iterable<Observation>> | AsyncIterable<Observation>;
}

/**
 * As many of a reading are known again at the next, some 30 MB in all. Of a longer one the rest is told each
 * time, and the ledger finds that it has it.
 */
const MOST_TOLD = 200_000;

/** Reads everything again at each change, and tells what the reading before did not tell. */
export async function* followed(
  { stamp, readAll }: Followed,
  signal: AbortSignal,
): AsyncGenerator<Observation> {
  let before: ReadonlySet<string> = new Set();
  let last: string | undefined;
  while (!signal.aborted) {
    const now = await stamp();
    if (now === last || now === undefined) {
      await pause(PAUSE_MS, signal);
      continue;
    }
    last = now;
    const met = new Set<string>();
    for await (const observation of await readAll()) {
      const name = nameOf(observation);
      const isTold = before.has(name) || met.has(name);
      if (met.size < MOST_TOLD) met.add(name);
      if (isTold) continue;
      if (signal.aborted) return;
      yield observation;
    }
    // What cannot be read for a moment is not new when it can be read again.
    if (met.size > 0) before = met;
  }
}

/** Two that are not equal share twelve bytes of it by no accident. */
const NAME_BYTES = 12;

/** All that it says but for when it was read; a hash, because it says secrets too. */
function nameOf({ recordedAtNs: _, notAfterNs: _until, ...observation }: Observation): string {
  const text = JSON.stringify(observation, (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  // A character a byte.
  return createHash('sha256').update(text).digest().toString('latin1', 0, NAME_BYTES);
}

/**
 * Another one after every change; undefined while the file is not there, as when it is replaced. Throws
 * a SourceFailed where it cannot be looked at for another reason.
 */
export async function stampOf(path: string): Promise<string | undefined> {
  try {
    const { size, mtimeNs, ino } = await stat(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    if (code === 'ENOENT') return undefined;
    throw new SourceFailed(
      `${path} cannot be looked at any more (${code}): check who may read it`,
      {
        cause,
      },
    );
  }
}

/** Shorter where the source is asked to end. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(ms, undefined, { signal });
  } catch (cause) {
    if (!signal.aborted) throw cause;
  }
}
