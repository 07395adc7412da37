/** Core Lightning's own files, unpacked, and the importer run on them. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import type { Ledger } from '../../../src/ledger/ledger.ts';
import { openLedger } from '../../../src/ledger/open-ledger.ts';
import type { NodeId } from '../../../src/lightning/ids.ts';
import type { Observation } from '../../../src/observation/observation.ts';
import { clnImporter } from '../../../src/sources/cln/importer.ts';
import type { ImportContext } from '../../../src/sources/importer.ts';
import type { TallyReport } from '../../../src/sources/tally.ts';
import { temporaryDirectory } from '../../store/sample-events.ts';

const REAL = new URL('../../fixtures/real/cln/', import.meta.url);
export const L1 = '0266e4598d1d3c415f572a8488830b60f7e744ed9235eb0b1ba93283b315c03518' as NodeId;
export const L2 = '022d223620a359a47ff7f7ac447c85c46c923da53389221a0054c11c1e3ca31d59' as NodeId;
/** In its funding's bytes and in the order in which people read them. */
export const CHANNEL = 'be7f3755c04abec58212fe9287898c76364d1a0d12a1828bf9fc3ac4a8b25a67';
export const FUNDING = '675ab2a8c43afcf98b82a1120d1a4d36768c898792fe1282c5be4ac055377fbe:0';

/** 2026-11-20: after everything that the files know. */
export const NOW_NS = 1_795_132_800_000_000_000n;

/** A real database, unpacked into a directory of its own under the name that its node gave it. */
export function realDatabase(name: string, as = 'lightningd.sqlite3'): string {
  const path = join(directory(), as);
  writeFileSync(path, gunzipSync(readFileSync(new URL(`${name}.sqlite3.gz`, REAL))));
  return path;
}

/** The same with what its node might have done since. */
export function changedDatabase(name: string, ...statements: readonly string[]): string {
  const path = realDatabase(name);
  const database = new Database(path);
  for (const statement of statements) database.exec(statement);
  database.close();
  return path;
}

const directories: { work?: string } = {};

/** One directory of this process for all that is temporary. */
function directory(): string {
  directories.work ??= temporaryDirectory();
  return mkdtempSync(join(directories.work, 'cln-'));
}

/** The answers that the documentation of a command shows, each as a file that `lightning-cli` would print. */
export function shownAnswers(command: string): readonly string[] {
  const text = readFileSync(new URL(`docs/${command}.json`, REAL), 'utf8');
  const { examples } = JSON.parse(text) as { examples: readonly { response: object }[] };
  const folder = directory();
  return examples.map(({ response }, nth) => {
    const path = join(folder, `${command}-${nth}.json`);
    writeFileSync(path, JSON.stringify(response, null, 3));
    return path;
  });
}

export interface Imported {
  readonly observations: readonly Observation[];
  readonly tally: TallyReport;
}

export async function importCln(
  paths: readonly string[],
  changes: Partial<ImportContext> = {},
): Promise<Imported> {
  const workDirectory = directory();
  const { observations, tally } = await clnImporter.open({
    paths,
    nodeId: undefined,
    chain: undefined,
    nowNs: NOW_NS,
    signal: new AbortController().signal,
    workDirectory,
    onProgress: () => undefined,
    ...changes,
  });
  const all: Observation[] = [];
  for await (const observation of observations) all.push(observation);
  return { observations: all, tally: tally.report() };
}

/** A ledger of what was imported, in memory. */
export async function ledgerOf(...imports: readonly Imported[]): Promise<Ledger> {
  return ledgerOfSeed('cln', ...imports);
}

/** With keys of its own. */
export async function ledgerOfSeed(seed: string, ...imports: readonly Imported[]): Promise<Ledger> {
  const ledger = await openLedger(':memory:', { create: true, seed });
  for (const { observations } of imports) await ledger.record(observations);
  return ledger;
}
