/** `demo`: three Lightning nodes do everything that happens to channels, recorded and then shown. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { Command } from 'commander';
import { StoreError } from '../store/event-store.ts';
import { channelTable } from './channels.ts';
import type { Cli } from './cli.ts';
import { closedTable } from './closed.ts';
import { stepDisplay } from './demo-steps.ts';
import { Interrupted, SourceError, UsageError } from './errors.ts';
import { feeTable } from './fees.ts';
import { recordSentence } from './import.ts';
import { jsonDocument } from './json.ts';
import type { DemoNetwork, Ledger, RecordReport } from './ledger-port.ts';
import { namesIn } from './names.ts';
import { interruption, isCluster, isDirectory, withLedgerAt } from './open.ts';
import { hasScreen, showPage } from './open-page.ts';
import { type CommonOptions, optionsOf, wholeNumber } from './options.ts';
import { peerTable } from './peers.ts';

interface DemoCommandOptions {
  readonly payments: number;
  readonly seed?: string;
  readonly anchors?: boolean;
  readonly overwrite?: boolean;
  readonly force?: boolean;
  readonly open: boolean;
}

/** The network ends between two of its steps. */
const PATIENCE_MS = 3_000;
const DEFAULT_PAYMENTS = 200;
const DEFAULT_DIRECTORY = './demo-ledger';
/** For a log file, which has no width of its own. */
const PLAIN_WIDTH = 120;

export function define(command: Command, cli: Cli): void {
  command
    .option('--payments <n>', 'how much traffic', wholeNumber('--payments', 1), DEFAULT_PAYMENTS)
    .option('--seed <text>', 'fixed keys and a fixed clock: the same run again')
    .option('--anchors', 'channels with anchors and HTLC transactions without fees')
    .option('--overwrite', 'remove the ledger that is there and start anew')
    .option('--force', 'the same as --overwrite')
    .option('--no-open', 'do not open the web page at the end')
    .addHelpText(
      'after',
      '\nThe ledger is ./demo-ledger/ledger.db unless --ledger DIR or --ledger esdb://… says otherwise.' +
        '\n\nExample: channel-ledger demo --payments 50 --seed 7',
    )
    .action(async () => {
      const options = optionsOf<DemoCommandOptions & CommonOptions>(command);
      const path = demoPath(options.ledger ?? DEFAULT_DIRECTORY);
      const network = await cli.demoNetwork();
      // Before anything is made or removed: without its nodes there is no demo.
      await network.prepare();
      await makeRoom(path, options, cli);
      await runDemo(network, path, options, cli);
    });
}

/** `--ledger` names a cluster, or a directory, which need not be there yet; a .db file is taken as one. */
function demoPath(named: string): string {
  if (isCluster(named)) return named;
  return named.endsWith('.db') && !isDirectory(named) ? named : join(named, 'ledger.db');
}

async function makeRoom(
  path: string,
  options: DemoCommandOptions & CommonOptions,
  cli: Cli,
): Promise<void> {
  if (isCluster(path)) {
    const { wipeLedger } = await cli.ledgers();
    // It says how: what lies in a cluster is not this program's to remove.
    if (options.overwrite || options.force) await wipeLedger(path);
    return;
  }
  if (existsSync(path)) {
    if (!options.overwrite && !options.force) {
      throw new UsageError(`there is a ledger at ${path} already: ${howToOverwrite(options, cli)}`);
    }
    const { wipeLedger } = await cli.ledgers();
    await wipeLedger(path);
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
}

/** Only an empty ledger: what the demo's nodes did a second time would not follow upon the first. */
async function assertEmpty(ledger: Ledger, path: string): Promise<void> {
  if ((await ledger.store.lastCheckpoint()) === undefined) return;
  const other = 'name another ledger of that cluster (?ledger=NAME)';
  throw new UsageError(`there is a ledger at ${shown(path)} already: ${other}`);
}

/** Without the password of a cluster's address. */
function shown(path: string): string {
  return path.replace(/^(esdb(?:\+discover)?:\/\/)[^@/]*@/, '$1');
}

function howToOverwrite({ ledger }: CommonOptions, { env }: Cli): string {
  if (isCluster(ledger ?? '')) return 'name another ledger of that cluster to start anew';
  const start = env.npm_lifecycle_event === 'start' ? 'npm start --' : 'channel-ledger demo';
  const where = ledger === undefined ? '' : ` --ledger ${shellWord(ledger)}`;
  return `"${start} --overwrite${where}" starts anew, and another --ledger DIR records there`;
}

async function runDemo(
  network: DemoNetwork,
  path: string,
  options: DemoCommandOptions & CommonOptions,
  cli: Cli,
): Promise<void> {
  const { payments, seed, anchors = false } = options;
  const fixed = seed === undefined ? {} : { seed };
  let isKept = false;
  const work = async (ledger: Ledger) => {
    if (isCluster(path)) await assertEmpty(ledger, path);
    const steps = stepDisplay(cli);
    try {
      const { signal } = cli;
      isKept = true;
      const { onStep, onProgress } = steps;
      const told = { payments, anchors, signal, onStep, onProgress, ...fixed };
      const report = await network.recordDemo(ledger, told);
      if (signal.aborted) throw interruption(signal);
      steps.end();
      if (options.json) cli.out.line(jsonDocument({ ledger: shown(path), ...report }));
      else for (const line of demoReport(ledger, report, path, options, cli)) cli.out.line(line);
      if (options.open && !options.json && hasScreen(cli, process.platform)) {
        await showPage(ledger, cli);
      }
    } catch (error) {
      isKept = await hasEvents(ledger);
      throw error;
    } finally {
      steps.abandon();
    }
  };
  try {
    await withLedgerAt(cli, path, { create: true, ...fixed }, work, PATIENCE_MS);
  } catch (error) {
    throw isKept ? endedEarly(error, path, options, cli) : endedAtOnce(error);
  }
}

/** Where it cannot be told, there is nothing to tell of it. */
async function hasEvents(ledger: Ledger): Promise<boolean> {
  const last = await ledger.store.lastCheckpoint().catch(() => undefined);
  return last !== undefined;
}

/** Nothing is recorded, and the reason is all there is to say. */
function endedAtOnce(error: unknown): unknown {
  if (error instanceof Interrupted) return new Interrupted('the demo was stopped', error.exitCode);
  if (!(error instanceof StoreError)) return error;
  return new SourceError(`the demo cannot begin: ${error.message}`, { cause: error });
}

function endedEarly(error: unknown, path: string, options: CommonOptions, cli: Cli): unknown {
  const kept = `what was recorded before is in ${shown(path)}; ${howToOverwrite(options, cli)}`;
  if (error instanceof Interrupted) {
    return new Interrupted(`the demo was stopped: ${kept}`, error.exitCode);
  }
  if (!(error instanceof StoreError)) return error;
  return new SourceError(`the demo could not go on: ${error.message}; ${kept}`, { cause: error });
}

function demoReport(
  ledger: Ledger,
  report: RecordReport,
  path: string,
  options: CommonOptions,
  { out }: Cli,
): readonly string[] {
  const { style } = out;
  const width = options.wide ? undefined : (out.columns ?? PLAIN_WIDTH);
  const names = namesIn(ledger, {}, style);
  const title = (text: string) => ['', style.paint('bold', text)];
  // Each end records what both say: its own word is enough here.
  const changed = ledger.fees().filter(({ from, side }) => from !== undefined && side === 'local');
  return [
    recordSentence(report),
    ...title('OPEN CHANNELS'),
    ...channelTable(ledger.channels(), names, style, width),
    ...title('PEERS'),
    ...peerTable(ledger.peers(), names, style, width),
    ...title('CLOSED CHANNELS'),
    ...closedTable(ledger.closed(), names, style, width),
    ...title('FEE CHANGES ("channel-ledger fees" has those of both sides)'),
    ...feeTable(changed, names, style, width),
    ...title('TRY NEXT'),
    ...nextCommands(ledger, path, style.text),
  ];
}

/** Commands that can be copied as they are, about channels that are there. */
function nextCommands(
  ledger: Ledger,
  path: string,
  text: (outside: string) => string,
): readonly string[] {
  const place = isCluster(path) ? shown(path) : relative(process.cwd(), dirname(path)) || '.';
  const where = ` --ledger ${shellWord(place)}`;
  const busiest = [...ledger.channels()].sort((a, b) => b.eventCount - a.eventCount)[0];
  const dramatic =
    ledger.closed().find(({ close }) => close.kind === 'breach') ?? ledger.closed()[0];
  const channel = (
    view: { channelId: string; shortChannelId?: string; nodeId: string } | undefined,
  ) =>
    view === undefined
      ? ''
      : ` ${view.shortChannelId ?? view.channelId} --node ${view.nodeId.slice(0, 12)}`;
  const commands = [
    busiest === undefined ? 'channels' : `show${channel(busiest)}`,
    dramatic === undefined ? 'verify' : `why${channel(dramatic)}`,
    'serve',
  ];
  return commands.map((command) => `  ${text(`npx channel-ledger ${command}${where}`)}`);
}

function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
