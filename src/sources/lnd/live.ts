/**
 * `record lnd-json`: a folder, or one file, of what lncli prints, written again and again (by a cron job, say).
 * All of it is read at every change, because one answer names the channels of another, from copies and one record
 * after the other; what it told before is not told twice. A file that is still being written waits until it is a
 * whole document.
 */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Chain, NodeId } from '../../lightning/ids.ts';
import type { Observation } from '../../observation/observation.ts';
import { copyOfFile } from '../file-copy.ts';
import { followed, stampOf } from '../following.ts';
import { type ImportContext, ImportError, OptionMissing, SourceFailed } from '../importer.ts';
import type { LiveContext, LiveRun, LiveSource } from '../live-source.ts';
import { Tally } from '../tally.ts';
import { ChannelNames } from './channel-names.ts';
import { type Identity, identityOf } from './identity.ts';
import { lndImporter } from './importer.ts';
import { assertWhole, claimOf, type JsonPorts, surveyFiles } from './json/read.ts';
import { CutOff } from './json/stream.ts';
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
  await using directory = await workDirectory();
  const { whole } = await copied(path, directory.path, { signal, log });
  const answers = await surveyFiles(whole, portsOf(signal));
  return identityOf(answers.map(claimOf), said);
}

const portsOf = (signal: AbortSignal): JsonPorts => ({
  times: new ToldBlocks(),
  names: new ChannelNames(),
  tally: new Tally(),
  nowNs: nowNs(),
  signal,
  onBytes: () => undefined,
});

/** One reading, from copies; of files that change while they are copied nothing is told. */
async function* readAll(
  path: string,
  identity: Identity,
  { signal, log, known }: Pick<LiveContext, 'signal' | 'log' | 'known'>,
): AsyncGenerator<Observation, void, undefined> {
  await using directory = await workDirectory();
  try {
    const { whole, isStill } = await copied(path, directory.path, { signal, log });
    if (whole.length === 0 || !isStill) return;
    const context: ImportContext = {
      ...identity,
      paths: whole,
      nowNs: nowNs(),
      signal,
      // Only databases are copied there.
      workDirectory: directory.path,
      onProgress: () => undefined,
      known: known(),
    };
    const run = await lndImporter.open(context);
    let observations = 0;
    for await (const observation of run.observations) {
      observations++;
      yield observation;
    }
    const { bad } = run.tally.report();
    if (bad.count > 0) log.warn({ bad: bad.count }, 'some records cannot be read');
    log.debug({ observations, files: whole.length }, 'the answers were read');
  } catch (error) {
    if (signal.aborted) return;
    // A file that is gone by now is missed at the next look.
    if (!(error instanceof ImportError) && !isGone(error)) throw error;
    log.warn({ reason: error.message }, 'the answers cannot be read now');
  }
}

/** What lncli printed holds preimages: a copy of it does not outlive the reading. */
async function workDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'channel-ledger-lnd-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
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

interface Copied {
  /** The copies that hold one whole JSON document: the other files are still being written. */
  readonly whole: readonly string[];
  /** None was changed meanwhile: they are answers of one moment. */
  readonly isStill: boolean;
}

async function copied(
  path: string,
  into: string,
  ports: Pick<LiveContext, 'signal' | 'log'>,
): Promise<Copied> {
  const before = await stampsOf(await filesAt(path));
  const whole: string[] = [];
  for (const file of before.keys()) {
    const copy = await wholeCopy(file, into, ports);
    if (copy !== undefined) whole.push(copy);
  }
  const after = await stampsOf(before.keys());
  return { whole, isStill: JSON.stringify([...after]) === JSON.stringify([...before]) };
}

/** Undefined with a word in the log where it cannot be read; without one where it is gone, or still being written. */
async function wholeCopy(
  file: string,
  into: string,
  { signal, log }: Pick<LiveContext, 'signal' | 'log'>,
): Promise<string | undefined> {
  try {
    const copy = await copyOfFile(file, { into, signal, pausesMs: [] });
    await assertWhole(copy, portsOf(signal));
    return copy;
  } catch (error) {
    if (signal.aborted) throw error;
    if (error instanceof CutOff || error instanceof SourceFailed || isGone(error)) return undefined;
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    log.warn({ file: basename(file), reason }, 'a file cannot be read');
    return undefined;
  }
}
