/**
 * `import SOURCE PATH…`: the frame around every importer. It asks for what the records do not say,
 * shows how far they are read, keeps what is recorded at Ctrl-C, and says at the end what was read,
 * what became of it, and what such records cannot tell.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { Command } from 'commander';
import { QuestionError } from '../ledger/query.ts';
import { withLittleGarbage } from '../ledger/young-generation.ts';
import { NodeId } from '../lightning/ids.ts';
import { withChainNamed } from '../sources/chain-named.ts';
import type { LeftOut } from '../sources/chosen-files.ts';
import { AskedError, ImportError, type ImporterEntry, SourceFailed } from '../sources/importer.ts';
import { StoreError } from '../store/event-store.ts';
import { chainOption } from './chain-option.ts';
import type { Cli } from './cli.ts';
import { Interrupted, Refused, SourceError, UsageError } from './errors.ts';
import { counted } from './format.ts';
import { saySecretChecks } from './import.ts';
import { knownBy } from './import-known.ts';
import { ImportCounts, reportLines } from './import-report.ts';
import { jsonDocument } from './json.ts';
import type { Ledger } from './ledger-port.ts';
import { unmadeOnFailure } from './new-ledger.ts';
import { existingPath, isCluster, sayTrouble, withLedger, withLedgerAt } from './open.ts';
import { type CommonOptions, ledgerPath, narrowedBy, optionsOf } from './options.ts';
import { withProgress } from './progress.ts';

/** How long an importer may take to end after Ctrl-C: what it told until then is recorded. */
const PATIENCE_MS = 10_000;
const BREATH_MS = 20;
const KEPT = 'what is recorded stays: run the same again, and the rest is added';

interface SourceOptions extends CommonOptions {
  readonly chain?: string;
  readonly dryRun?: boolean;
  readonly follow?: boolean;
}

/** What one run of the command is about. */
interface Asked {
  readonly entry: ImporterEntry;
  readonly paths: readonly string[];
  /** Of the folders that were named. */
  readonly leftOut: readonly LeftOut[];
  readonly options: SourceOptions;
  readonly own: Readonly<Record<string, string | boolean | undefined>>;
}

export function defineImporter(parent: Command, entry: ImporterEntry, cli: Cli): void {
  const command = parent
    .command(entry.name)
    .description(entry.summary)
    .argument('<path...>', 'files, or a folder of them')
    .option(
      '--chain <name>',
      'bitcoin, testnet, testnet4, signet, regtest: where the records do not say it',
    )
    .option('--dry-run', 'report what an import would do, and record nothing')
    .addHelpText(
      'after',
      '\nThe files are read and never written to, nor locked. Run it again when they have grown: what is' +
        '\nknown already is added by nobody twice. With --dry-run the import is made into a copy of the' +
        '\nledger, which is removed again. A pipe is refused, for files are copied before they are read:' +
        '\nwrite what comes through it into a file, and name that.' +
        `\n\nExample: channel-ledger ${entry.example}`,
    );
  narrowedBy(command, ['node']);
  for (const { flags, description } of entry.options ?? []) command.option(flags, description);
  command.action(async (paths: string[]) => {
    const options = optionsOf<SourceOptions>(command);
    const files = await rightFiles(paths, entry, cli);
    const asked = { entry, ...files, options, own: command.opts() };
    await (options.dryRun ? tryOut(asked, cli) : takeRecords(asked, cli));
  });
}

/** What the importer does not read is told apart before a ledger is made for it. */
async function rightFiles(
  paths: readonly string[],
  entry: ImporterEntry,
  cli: Cli,
): Promise<Pick<Asked, 'paths' | 'leftOut'>> {
  if (paths.includes('-')) {
    throw new UsageError(`"import ${entry.name}" reads files, and - is none: name them`);
  }
  const { chosenFiles, WrongFileError } = await import('../sources/chosen-files.ts');
  try {
    return await chosenFiles(paths, entry, cli.importers);
  } catch (error) {
    if (error instanceof WrongFileError) throw new Refused(error.message, { cause: error });
    throw toldOf(error, false);
  }
}

async function takeRecords(asked: Asked, cli: Cli): Promise<void> {
  const { options } = asked;
  await unmadeOnFailure(cli, options, () =>
    withLedger(cli, options, 'record', (ledger) => runImport(ledger, asked, cli), 2 * PATIENCE_MS),
  );
}

/** Into a copy, so that what is known, late or contradicted is counted as it would be. */
async function tryOut(asked: Asked, cli: Cli): Promise<void> {
  const path = existingPath(ledgerPath(asked.options, cli));
  await withWorkDirectory(async (directory) => {
    const copy = join(directory, 'ledger.db');
    if (isCluster(path) || existsSync(path)) {
      const { copyLedger } = await cli.ledgers();
      const onTrouble = (sentence: string) => sayTrouble(cli, sentence);
      await withProgress(cli, 'copying the ledger', 'events', (onProgress) =>
        copyLedger(path, copy, { onProgress, onTrouble, signal: cli.signal }),
      );
    }
    const work = (ledger: Ledger) => runImport(ledger, asked, cli);
    await withLedgerAt(cli, copy, { create: true }, work, 2 * PATIENCE_MS);
  });
}

async function runImport(ledger: Ledger, asked: Asked, cli: Cli): Promise<void> {
  const { entry, options, leftOut } = asked;
  const isFirst = ledger.store.streamNames('').length === 0;
  const isDryRun = options.dryRun === true;
  const counts = new ImportCounts(entry.name, { isDryRun, isFirst, leftOut });
  let failure: unknown;
  try {
    await withWorkDirectory((workDirectory) =>
      withLittleGarbage(() => record(ledger, asked, { counts, workDirectory }, cli)),
    );
  } catch (error) {
    failure = toldOf(error, counts.observations > 0);
    // Nothing was read: there is nothing to report but why.
    if (counts.observations === 0) throw failure;
  }
  const isStopped = cli.signal.aborted && options.follow !== true;
  if (failure === undefined && !isStopped) await counts.prove(ledger, cli.signal);
  const report = counts.report(failure === undefined && !isStopped);
  if (options.json) cli.out.line(jsonDocument(report));
  else for (const line of reportLines(report, cli.out)) await cli.out.streamLine(line);
  if (failure !== undefined) throw failure;
  if (isStopped) throw interrupted(cli.signal, counts.events);
  if (counts.readNothing) {
    throw new Refused(
      'no record of it could be read, and nothing is recorded: the report says why, record by record',
    );
  }
  const flaws = counts.flaws();
  if (flaws.length > 0) {
    throw new Refused(`${isDryRun ? '' : 'all else is recorded, but '}${flaws.join('; ')}`);
  }
  saySecretChecks(ledger, cli);
}

interface Run {
  readonly counts: ImportCounts;
  readonly workDirectory: string;
}

async function record(
  ledger: Ledger,
  { entry, paths, options, own }: Asked,
  { counts, workDirectory }: Run,
  cli: Cli,
): Promise<void> {
  const nodeId = options.node === undefined ? undefined : nodeNamed(options.node, ledger);
  const chain = options.chain === undefined ? undefined : chainOption(options.chain);
  const importer = await entry.load();
  const known = knownBy(ledger, nodeId);
  await withProgress(cli, 'importing', 'bytes', async (onProgress) => {
    const { observations, tally } = await importer.open({
      paths,
      nodeId,
      chain,
      nowNs: BigInt(Date.now()) * 1_000_000n,
      signal: cli.signal,
      workDirectory,
      onProgress,
      options: own,
      known,
    });
    counts.tally = tally;
    const named = withChainNamed(observations, known);
    const told = untilStopped(counts.counted(named), cli.signal);
    const onRecorded = counts.recorded.bind(counts);
    counts.outcome = await ledger.record(told, { onRecorded, isInOrder: true });
  });
}

/** An importer that goes on after Ctrl-C is not listened to; one that is quick lets it be noticed. */
async function* untilStopped<T>(
  items: AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  let breathedAt = performance.now();
  for await (const item of items) {
    if (signal.aborted) return;
    yield item;
    if (performance.now() - breathedAt < BREATH_MS) continue;
    await new Promise((resolve) => setImmediate(resolve));
    breathedAt = performance.now();
  }
}

/** A node by its id or, where the ledger knows it, by its name. Throws a UsageError. */
export function nodeNamed(text: string, ledger: Ledger): NodeId {
  if (/^0[23][0-9a-f]{64}$/i.test(text)) return NodeId(text);
  try {
    return NodeId(ledger.nodeId(text));
  } catch (error) {
    if (!(error instanceof QuestionError)) throw error;
    throw new UsageError(
      `--node: ${error.message}; a node that is new to the ledger is named by its whole key (66 hex digits)`,
    );
  }
}

function toldOf(error: unknown, isBegun: boolean): unknown {
  if (error instanceof AskedError && !isBegun) {
    return new UsageError(error.message, { cause: error });
  }
  const isOwn = error instanceof ImportError || error instanceof StoreError;
  if (!isOwn) return error;
  const sentence = isBegun ? `${error.message}; ${KEPT}` : error.message;
  const isRecords = error instanceof ImportError && !(error instanceof SourceFailed);
  return isRecords
    ? new Refused(sentence, { cause: error })
    : new SourceError(sentence, { cause: error });
}

function interrupted({ reason }: AbortSignal, events: number): Interrupted {
  const exitCode = reason instanceof Interrupted ? reason.exitCode : undefined;
  return new Interrupted(`stopped after ${counted(events, 'event')}: ${KEPT}`, exitCode);
}

/** Copies of somebody's node files must not outlive the command, however it ends. */
async function withWorkDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'channel-ledger-import-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    return await work(directory);
  } finally {
    process.off('exit', remove);
    remove();
  }
}
