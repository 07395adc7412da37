/**
 * `record lnd-json`: a folder, or one file, of what lncli prints, written again and again (by a cron job, say).
 * All of it is read at every change, because one answer names the channels of another; what it told before
 * is not told twice. A file that is still being written waits until it is a whole document.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Chain, NodeId } from '../../lightning/ids.ts';
import type { Observation } from '../../observation/observation.ts';
import { followed, stampOf } from '../following.ts';
import { type ImportContext, ImportError, OptionMissing } from '../importer.ts';
import type { LiveContext, LiveRun, LiveSource, Log } from '../live-source.ts';
import { Tally } from '../tally.ts';
import { ChannelNames } from './channel-names.ts';
import { type Identity, identityOf } from './identity.ts';
import { lndImporter } from './importer.ts';
import { claimOf, surveyFiles } from './json/read.ts';
import { ToldBlocks } from './told-blocks.ts';

export const lndJsonSource: LiveSource = {
  async start({ signal, options, log, known }: LiveContext): Promise<LiveRun> {
    const path = options.folder ?? options.file;
    if (path === undefined) {
      throw new OptionMissing('say what lncli writes to, with --folder PATH or --file PATH');
    }
    const said = {
      nodeId: options.node === undefined ? undefined : NodeId(options.node, '--node'),
      chain: options.chain === undefined ? undefined : Chain(options.chain, '--chain'),
    };
    const identity = await identityIn(path, said, { signal, log });
    // Between two answers nobody looks, whether this runs or not: what they leave out shows in them.
    const node = { ...identity, source: 'lnd-rpc', tellsItsPast: true };
    const answers = {
      stamp: async () => JSON.stringify([...(await stampsOf(await filesAt(path)))]),
      readAll: () => readAll(path, identity, { signal, log, known }),
    };
    return { nodes: [node], observations: followed(answers, signal) };
  },
};

/** Of the files that are whole at the beginning. Throws an ImportError where nobody says it. */
async function identityIn(
  path: string,
  said: Pick<ImportContext, 'nodeId' | 'chain'>,
  { signal, log }: Pick<LiveContext, 'signal' | 'log'>,
): Promise<Identity> {
  const ports = {
    times: new ToldBlocks(),
    names: new ChannelNames(),
    tally: new Tally(),
    nowNs: nowNs(),
    signal,
    onBytes: () => undefined,
  };
  const answers = await surveyFiles([...(await wholeFiles(path, log)).keys()], ports);
  return identityOf(answers.map(claimOf), said);
}

/** One reading, whole before anything of it is told; of files that change meanwhile nothing is. */
async function readAll(
  path: string,
  identity: Identity,
  { signal, log, known }: Pick<LiveContext, 'signal' | 'log' | 'known'>,
): Promise<readonly Observation[]> {
  const files = await wholeFiles(path, log);
  if (files.size === 0) return [];
  const context: ImportContext = {
    ...identity,
    paths: [...files.keys()],
    nowNs: nowNs(),
    signal,
    // Only databases are copied.
    workDirectory: '',
    onProgress: () => undefined,
    known: known(),
  };
  try {
    const run = await lndImporter.open(context);
    const observations: Observation[] = [];
    for await (const observation of run.observations) observations.push(observation);
    const { bad } = run.tally.report();
    if (bad.count > 0) log.warn({ bad: bad.count }, 'some records cannot be read');
    const after = await stampsOf(files.keys());
    if (JSON.stringify([...after]) !== JSON.stringify([...files])) return [];
    log.debug({ observations: observations.length, files: files.size }, 'the answers were read');
    return observations;
  } catch (error) {
    if (signal.aborted) return [];
    // A file that is gone by now is missed at the next look.
    if (!(error instanceof ImportError) && !isGone(error)) throw error;
    log.warn({ reason: error.message }, 'the answers cannot be read now');
    return [];
  }
}

const isGone = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

const nowNs = (): bigint => BigInt(Date.now()) * 1_000_000n;

/** Of a folder, its JSON files by name. */
async function filesAt(path: string): Promise<readonly string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = await readdir(path);
    return names
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => join(path, name));
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

async function stampsOf(paths: Iterable<string>): Promise<ReadonlyMap<string, string>> {
  const stamps = new Map<string, string>();
  for (const path of paths) {
    const stamp = await stampOf(path);
    if (stamp !== undefined) stamps.set(path, stamp);
  }
  return stamps;
}

/** With their stamps, those that hold one whole JSON document: the others are still being written. */
async function wholeFiles(path: string, log: Log): Promise<ReadonlyMap<string, string>> {
  const whole = new Map<string, string>();
  for (const [file, stamp] of await stampsOf(await filesAt(path))) {
    if (await isWhole(file, log)) whole.set(file, stamp);
  }
  return whole;
}

/** What keeps a file from being read, or is too large a text, is said; one that is gone is missed at the next look. */
async function isWhole(file: string, log: Log): Promise<boolean> {
  try {
    JSON.parse((await readFile(file, 'utf8')).replace(/^\ufeff/, ''));
    return true;
  } catch (error) {
    if (!(error instanceof SyntaxError) && !isGone(error)) {
      const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      log.warn({ file: basename(file), reason }, 'a file cannot be read');
    }
    return false;
  }
}
