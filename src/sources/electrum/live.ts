/**
 * `record electrum`: a wallet that Electrum has open. Its file is read again, from a copy, whenever it was
 * written to; what it told before is not told twice. What happened while nobody listened it tells too.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chain } from '../../lightning/ids.ts';
import type { Observation } from '../../observation/observation.ts';
import { followed, stampOf } from '../following.ts';
import { type ImportContext, ImportError, OptionMissing } from '../importer.ts';
import type { LiveContext, LiveRun, LiveSource, Log } from '../live-source.ts';
import { electrumImporter, walletIn } from './importer.ts';
import { ELECTRUM_SOURCE } from './told.ts';

export const electrumSource: LiveSource = {
  async start({ signal, options, log }: LiveContext): Promise<LiveRun> {
    const { wallet: path, chain } = options;
    if (path === undefined)
      throw new OptionMissing('no wallet is named: say it with --wallet <file>');
    const said = chain === undefined ? undefined : Chain(chain);
    const { nodeId, chain: named } = await inDirectory((workDirectory) =>
      walletIn(path, contextOf(path, said, signal, workDirectory)),
    );
    const node = { chain: named, nodeId, source: ELECTRUM_SOURCE, tellsItsPast: true };
    const wallet = {
      stamp: () => stampOf(path),
      readAll: () => readAll(path, said, signal, log),
    };
    return { nodes: [node], observations: followed(wallet, signal) };
  },
};

/**
 * One reading, whole before anything of it is told. A wallet that cannot be read now, as while Electrum writes
 * it anew, is read at its next change.
 */
async function readAll(
  path: string,
  chain: string | undefined,
  signal: AbortSignal,
  log: Log,
): Promise<readonly Observation[]> {
  try {
    return await inDirectory(async (workDirectory) => {
      const run = await electrumImporter.open(contextOf(path, chain, signal, workDirectory));
      const observations: Observation[] = [];
      for await (const observation of run.observations) observations.push(observation);
      const { bad } = run.tally.report();
      if (bad.count > 0) log.warn({ bad: bad.count }, 'some records of the wallet cannot be read');
      log.debug({ observations: observations.length }, 'the wallet was read');
      return observations;
    });
  } catch (error) {
    if (signal.aborted) return [];
    if (!(error instanceof ImportError)) throw error;
    log.warn({ reason: error.message }, 'the wallet cannot be read now');
    return [];
  }
}

function contextOf(
  path: string,
  chain: string | undefined,
  signal: AbortSignal,
  workDirectory: string,
): ImportContext {
  return {
    paths: [path],
    nodeId: undefined,
    chain,
    nowNs: BigInt(Date.now()) * 1_000_000n,
    signal,
    workDirectory,
    onProgress: () => undefined,
  };
}

/** A copy of a wallet is a wallet: it does not outlive the reading. */
async function inDirectory<T>(work: (workDirectory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'channel-ledger-electrum-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
