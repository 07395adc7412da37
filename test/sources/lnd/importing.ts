/** Imports lnd's records into a ledger of their own, as the command does. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { assertFramed } from '../../../src/ledger/observation-frame.ts';
import { openLedger } from '../../../src/ledger/open-ledger.ts';
import type { RecordReport } from '../../../src/ledger/recorder.ts';
import { NodeId } from '../../../src/lightning/ids.ts';
import type { Observation } from '../../../src/observation/observation.ts';
import { ImportError } from '../../../src/sources/importer.ts';
import type { Known } from '../../../src/sources/known.ts';
import { ChannelNames } from '../../../src/sources/lnd/channel-names.ts';
import { BoltFile } from '../../../src/sources/lnd/database/bbolt.ts';
import { DatabaseReading } from '../../../src/sources/lnd/database/reading.ts';
import { surveyDatabase } from '../../../src/sources/lnd/database/survey.ts';
import { lndImporter } from '../../../src/sources/lnd/importer.ts';
import { Teller } from '../../../src/sources/lnd/told.ts';
import { ToldBlocks } from '../../../src/sources/lnd/told-blocks.ts';
import { Tally, type TallyReport } from '../../../src/sources/tally.ts';
import { temporaryDirectory } from '../../store/sample-events.ts';

const REAL = new URL('../../fixtures/real/lnd/', import.meta.url);
export const directory = temporaryDirectory();
let count = 0;

/** Long after everything that the fixtures tell. */
export const NOW_NS = 1_760_000_000_000_000_000n;

/** A file of its own with these bytes. */
export function fileOf(name: string, bytes: string | Uint8Array): string {
  const folder = join(directory, `file-${count++}`);
  mkdirSync(folder);
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

export function realBytes(name: string): Uint8Array {
  return new Uint8Array(gunzipSync(readFileSync(new URL(`${name}.gz`, REAL))));
}

/** A real file, unpacked. */
export function realFile(name: string): string {
  return fileOf(name, realBytes(name));
}

/** How many facts a database gives, or why not. Anything but an ImportError is a fault of the reader. */
export function readDatabase(path: string): number | ImportError {
  try {
    const file = BoltFile.open(path);
    try {
      const ports = { times: new ToldBlocks(), names: new ChannelNames(), nowNs: NOW_NS };
      const survey = surveyDatabase(file, ports);
      const nodeId = NodeId(`02${'11'.repeat(32)}`);
      const teller = new Teller({ source: 'lnd-db', chain: 'regtest', nodeId, nowNs: NOW_NS });
      const reading = new DatabaseReading(file, survey, { ...ports, teller, tally: new Tally() });
      let count = 0;
      for (const observation of reading.observations()) assertFramed(observation, count++);
      return count;
    } finally {
      file.close();
    }
  } catch (error) {
    if (error instanceof ImportError) return error;
    throw error;
  }
}

export interface ImportOptions {
  readonly nodeId?: string;
  readonly chain?: string;
  readonly nowNs?: bigint;
  readonly known?: Known;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

export async function openImport(paths: readonly string[], options: ImportOptions = {}) {
  const workDirectory = join(directory, `work-${count++}`);
  mkdirSync(workDirectory);
  return lndImporter.open({
    paths,
    nodeId: options.nodeId === undefined ? undefined : NodeId(options.nodeId),
    chain: options.chain,
    nowNs: options.nowNs ?? NOW_NS,
    signal: options.signal ?? new AbortController().signal,
    workDirectory,
    known: options.known,
    onProgress: options.onProgress ?? (() => undefined),
  });
}

export async function observationsOf(paths: readonly string[], options: ImportOptions = {}) {
  const { observations, tally } = await openImport(paths, options);
  const told: Observation[] = [];
  for await (const observation of observations) told.push(observation);
  return { told, tally: tally.report() };
}

/** The sentence with which an import is refused. */
export async function refusalOf(importing: Promise<unknown>): Promise<string> {
  const error = await importing.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ImportError)) throw new Error('not refused', { cause: error });
  return error.message;
}

export async function emptyLedger(): Promise<Ledger> {
  return openLedger(join(directory, `ledger-${count++}.db`), { create: true });
}

export interface Imported extends RecordReport {
  readonly tally: TallyReport;
}

const DAY_NS = 86_400_000_000_000n;
let days = 0n;

/** A day after the import before it, unless another time is asked for: nothing may stand at that clock. */
export async function importInto(
  ledger: Ledger,
  paths: readonly string[],
  options: ImportOptions = {},
): Promise<Imported> {
  const nowNs = NOW_NS + DAY_NS * days++;
  const { observations, tally } = await openImport(paths, { nowNs, ...options });
  const report = await ledger.record(observations);
  return { ...report, tally: tally.report() };
}
