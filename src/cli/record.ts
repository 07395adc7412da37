/**
 * `record SOURCE`: the frame around a live source. It says when recording began and ended, so that
 * the time between two runs becomes a gap, and brings the source to an orderly end at Ctrl-C.
 */
import { statSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { AskedError } from '../sources/importer.ts';
import type {
  LiveContext,
  LiveNode,
  LiveSource,
  LiveSourceEntry,
  Log,
} from '../sources/live-source.ts';
import { StoreError } from '../store/event-store.ts';
import { chainOption } from './chain-option.ts';
import type { Cli } from './cli.ts';
import { failureOf, SourceError, UsageError } from './errors.ts';
import { counted } from './format.ts';
import { recordSentence, saySecretChecks } from './import.ts';
import { knownBy } from './import-known.ts';
import { nodeNamed } from './import-source.ts';
import { jsonDocument } from './json.ts';
import type { Ledger, Recording, RecordReport } from './ledger-port.ts';
import { untilInterrupted, withLedger } from './open.ts';
import { type CommonOptions, narrowedBy, optionsOf } from './options.ts';
import { withProgress } from './progress.ts';
import { createLog, LOG_LEVELS } from './record-log.ts';
import { beginServing, portOf, type Serving, verifyOpening } from './serving.ts';

/** How long a source may take to end after Ctrl-C. */
const PATIENCE_MS = 10_000;

const STOPPED = 'the recorder was stopped';

interface RecordOptions {
  readonly logLevel: string;
  readonly chain?: string;
  readonly serve?: string;
}

export function define(command: Command, cli: Cli): void {
  command.addHelpText(
    'after',
    '\nExample: channel-ledger record ldk (Ctrl-C ends it in good order)',
  );
  for (const entry of cli.liveSources) defineSource(command, entry, cli);
}

function defineSource(record: Command, entry: LiveSourceEntry, cli: Cli): void {
  const command = record
    .command(entry.name)
    .description(entry.summary)
    .addOption(
      new Option('--log-level <level>', 'diagnostics on stderr')
        .choices(LOG_LEVELS)
        .default('silent'),
    )
    .option(
      '--serve <port>',
      'answer over HTTP meanwhile, to this machine alone; 0 takes a free one',
    );
  for (const { flags, description } of entry.options) command.option(flags, description);
  if (entry.takesNode === true) narrowedBy(command, ['node']);
  command.allowExcessArguments();
  command.action(async () => {
    if (command.args.length > 0) throw new UsageError(unasked(entry, command.args[0] ?? ''));
    const options = optionsOf<RecordOptions>(command);
    const serving = servingOf(options, cli);
    const log = await createLog(options.logLevel);
    const said: Readonly<Record<string, string | undefined>> = command.opts();
    const own = said.chain === undefined ? said : { ...said, chain: chainOption(said.chain) };
    // Before the ledger: a source that cannot start must not leave an empty one behind.
    const source = await prepared(entry);
    const work = async (ledger: Ledger) => {
      const { node } = options;
      const named = node === undefined ? own : { ...own, node: nodeNamed(node, ledger) };
      const server = serving && (await beginServing(ledger, serving, cli));
      const told = { source, name: entry.name, options: named, log };
      const recording = recordLive(ledger, told, cli);
      const report = await recording.finally(() => server?.close());
      cli.out.line(options.json ? jsonDocument(report) : recordSentence(report));
      saySecretChecks(ledger, cli);
    };
    await withLedger(cli, options, 'record', work, 2 * PATIENCE_MS);
  });
}

function servingOf(options: RecordOptions & CommonOptions, cli: Cli): Serving | undefined {
  const { serve } = options;
  if (serve === undefined) return undefined;
  return { port: portOf('--serve', serve), verify: verifyOpening(options, cli) };
}

/** A file without an option's name before it: which option it belongs to. */
function unasked({ name, options }: LiveSourceEntry, first: string): string {
  const files = options.filter(({ flags }) => /<(?:file|path)>/.test(flags));
  const wanted = isFolder(first) ? '--folder ' : '--file ';
  const file = files.find(({ flags }) => flags.startsWith(wanted)) ?? files[0];
  const flag = file?.flags.split(' ')[0];
  const instead = flag === undefined ? 'leave it out' : `write "record ${name} ${flag} ${first}"`;
  return `"record ${name}" does not take "${first}" by itself: ${instead}`;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

async function prepared(entry: LiveSourceEntry): Promise<LiveSource> {
  try {
    const source = await entry.load();
    await source.prepare?.();
    return source;
  } catch (error) {
    throw new SourceError(`recording ${entry.name} cannot begin: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** A source that is loaded, and what it was asked for. */
interface Told {
  readonly source: LiveSource;
  readonly name: string;
  readonly options: LiveContext['options'];
  readonly log: Log;
}

async function recordLive(
  ledger: Ledger,
  { source, name, options, log }: Told,
  cli: Cli,
): Promise<RecordReport> {
  const { signal } = cli;
  const stateDirectory = `${ledger.path}.${name}`;
  const recordings: Recording[] = [];
  let why = STOPPED;
  try {
    const known = () => knownBy(ledger, undefined);
    const starting = source.start({ signal, options, stateDirectory, log, known });
    const { nodes, observations } = await untilInterrupted(signal, starting);
    for (const node of nodes) recordings.push(await begin(ledger, node, log));
    sayBegun(name, nodes, recordings, cli);
    const work = withProgress(cli, 'recording', 'observations', (onProgress) =>
      ledger.record(observations, { onProgress }),
    );
    // A source that does not end when asked to is left behind; what it told is recorded.
    return await untilInterrupted(signal, work, PATIENCE_MS);
  } catch (error) {
    if (signal.aborted) throw error;
    // One that never began (another recorder has its state, say) leaves no gap.
    if (recordings.length === 0) {
      if (error instanceof AskedError) throw new UsageError(error.message, { cause: error });
      throw new SourceError(`recording ${name} cannot begin: ${reasonOf(error)}`, { cause: error });
    }
    why = 'the source failed';
    log.error({ source: name }, 'the source failed');
    const isRecorded = error instanceof StoreError ? '' : ' what came before is recorded, and';
    throw new SourceError(
      `recording ${name} failed: ${reasonOf(error)};${isRecorded} ` +
        `"channel-ledger record ${name}" goes on, with a gap for the time between`,
    );
  } finally {
    await stopAll(recordings, why, log);
    log.info({ source: name, nodes: recordings.length }, 'recording ended');
  }
}

/** The end of a recording that failed may not be writable either: its beginning makes the gap then. */
async function stopAll(recordings: readonly Recording[], why: string, log: Log): Promise<void> {
  const stopping = recordings.map((recording) => recording.stop(why));
  const failed = (await Promise.allSettled(stopping)).find(({ status }) => status === 'rejected');
  if (failed?.status !== 'rejected') return;
  if (why === STOPPED) throw failed.reason;
  log.error({ reason: reasonOf(failed.reason) }, 'the end of the recording was not recorded');
}

/** A source's own words; of our errors and the system's, the sentence. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && !('code' in error)) return error.message;
  return failureOf(error).sentence ?? 'no reason given';
}

async function begin(ledger: Ledger, node: LiveNode, log: Log): Promise<Recording> {
  const recording = await ledger.beginRecording({ ...node, recorder: 'channel-ledger record' });
  log.info({ node: node.nodeId, source: node.source, gaps: recording.gaps }, 'recording began');
  return recording;
}

function sayBegun(
  name: string,
  nodes: readonly LiveNode[],
  recordings: readonly Recording[],
  { err }: Cli,
): void {
  const gaps = recordings.reduce((sum, recording) => sum + recording.gaps, 0);
  const resumed = gaps === 0 ? '' : `, ${counted(gaps, 'channel')} with a gap since the last time`;
  const what = `recording ${name}: ${counted(nodes.length, 'node')}${resumed}`;
  err.line(err.style.text(`${what}; Ctrl-C ends it`));
}
