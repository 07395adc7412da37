/** Runs an importer without a ledger, and gives all that it told. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { NodeId } from '../../src/lightning/ids.ts';
import type { Observation } from '../../src/observation/observation.ts';
import { type ImportContext, ImportError, type Importer } from '../../src/sources/importer.ts';
import type { TallyReport } from '../../src/sources/tally.ts';

export const recordingNode = NodeId(`02${'a1'.repeat(32)}`);
/** 2026-03-14 15:00:00 UTC. */
export const nowNs = 1_773_500_400_000_000_000n;

const directory = mkdtempSync(join(tmpdir(), 'channel-ledger-importing-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

/** A file of these bytes, for the time of the test. */
export function fileOf(name: string, bytes: Uint8Array | string): string {
  const path = join(directory, name);
  writeFileSync(path, bytes);
  return path;
}

export interface Imported {
  readonly observations: readonly Observation[];
  readonly report: TallyReport;
  /** What ended it before its end. */
  readonly failure: string | undefined;
}

/** Throws where the importer refuses the files, and for anything but an ImportError afterwards. */
export async function imported(
  importer: Importer,
  paths: readonly string[],
  changes: Partial<ImportContext> = {},
): Promise<Imported> {
  const { observations, tally } = await importer.open({
    paths,
    nodeId: recordingNode,
    chain: undefined,
    nowNs,
    signal: new AbortController().signal,
    workDirectory: directory,
    onProgress: () => undefined,
    ...changes,
  });
  const told: Observation[] = [];
  let failure: string | undefined;
  try {
    for await (const observation of observations) told.push(observation);
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
    failure = error.message;
  }
  return { observations: told, report: tally.report(), failure };
}

/** The sentence with which the files are refused. */
export async function refusal(
  importer: Importer,
  paths: readonly string[],
  changes: Partial<ImportContext> = {},
): Promise<string> {
  try {
    const { failure } = await imported(importer, paths, changes);
    return failure ?? 'nothing was refused';
  } catch (error) {
    if (error instanceof ImportError) return error.message;
    throw error;
  }
}
