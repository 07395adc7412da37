/** `group …`: competing consumers of a ledger that a cluster or a gateway serves. */
import type { Command } from 'commander';
import type { openGroups } from '../ledger/operators/consume-group.ts';
import { harmlessJson } from '../schema/json-text.ts';
import type { StoredEvent } from '../store/event-store.ts';
import type { Cli } from './cli.ts';
import { OutputClosed, OutputFailed, UsageError } from './errors.ts';
import { counted } from './format.ts';
import { jsonDocument } from './json.ts';
import { interruption, isCluster, sayTrouble, untilInterrupted } from './open.ts';
import { ledgerPath, optionsOf, wholeNumber } from './options.ts';

type Groups = Awaited<ReturnType<typeof openGroups>>;

interface CreateOptions {
  readonly fromEnd?: boolean;
  readonly parkAfter?: number;
  readonly timeout?: number;
  readonly streams?: string;
}

interface ConsumeOptions {
  readonly count?: number;
}

/** The lines that may be on their way to the reader at once. */
const CONCURRENCY = 32;
/** How long what is under way may take after Ctrl-C. */
const PATIENCE_MS = 10_000;

export function define(command: Command, cli: Cli): void {
  command.addHelpText(
    'after',
    '\nEach event goes to one of the programs that consume a group: at least once, in no promised order.' +
      '\nThe ledger of a file has groups while "channel-ledger gateway --writable" serves it.' +
      '\n\nExample: channel-ledger group create audit --ledger "esdb://localhost:2113?tls=false"',
  );
  defineCreate(command.command('create'), cli);
  defineConsume(command.command('consume'), cli);
  defineListParked(command.command('list-parked'), cli);
  defineReplayParked(command.command('replay-parked'), cli);
  defineList(command.command('list'), cli);
  defineRemove(command.command('remove'), cli);
}

function defineList(command: Command, cli: Cli): void {
  command.description('the groups of the ledger, and how each stands').action(async () => {
    const options = optionsOf(command);
    await withGroups(command, cli, async (groups) => {
      const all = await groups.list();
      if (options.json) return cli.out.line(jsonDocument(all));
      if (all.length === 0) cli.out.line('no group');
      for (const { name, status, consumers, underWay, parked } of all) {
        const who = `${counted(consumers, 'consumer')}, ${counted(underWay, 'event')} under way`;
        cli.out.line(cli.out.style.text(`${name}: ${status}, ${who}, ${parked} parked`));
      }
    });
  });
}

function defineRemove(command: Command, cli: Cli): void {
  command
    .description('forget a group and how far it has got; no event is touched')
    .argument('<name>', 'the group')
    .action(async (name: string) => {
      const options = optionsOf(command);
      await withGroups(command, cli, (groups) => groups.remove(name));
      cli.out.line(options.json ? jsonDocument({ removed: name }) : `group ${name} removed`);
    });
}

function defineCreate(command: Command, cli: Cli): void {
  command
    .description('make a group; it begins with the first event of the ledger')
    .argument('<name>', 'a to z, 0 to 9 and -')
    .option('--from-end', 'begin with what comes from now on')
    .option('--park-after <n>', 'tries that fail (default 5)', wholeNumber('--park-after', 1))
    .option('--timeout <s>', 'seconds for an answer (default 30)', wholeNumber('--timeout', 1))
    .option('--streams <beginning>', 'only streams that begin so, such as channel-')
    .addHelpText(
      'after',
      '\nA try fails where the consumer says so, does not answer in time, or ends before it answers.' +
        '\n\nExample: channel-ledger group create audit --ledger "esdb://localhost:2113?tls=false"',
    )
    .action(async (name: string) => {
      const options = optionsOf<CreateOptions>(command);
      const { fromEnd, parkAfter, timeout, streams } = options;
      await withGroups(command, cli, (groups) =>
        groups.create(name, {
          ...(fromEnd === true && { from: 'end' }),
          ...(parkAfter !== undefined && { parkAfter }),
          ...(timeout !== undefined && { timeoutMs: timeout * 1000 }),
          ...(streams !== undefined && { streamPrefixes: [streams] }),
        }),
      );
      cli.out.line(options.json ? jsonDocument({ group: name }) : `group ${name} made`);
    });
}

function defineConsume(command: Command, cli: Cli): void {
  command
    .description('events given to this consumer, one JSON document a line, until Ctrl-C')
    .argument('<name>', 'the group')
    .option('--count <n>', 'end after so many', wholeNumber('--count', 1))
    .addHelpText(
      'after',
      '\nAn event is acknowledged when its line is written.' +
        '\n\nExample: channel-ledger group consume audit --ledger "esdb://localhost:2113?tls=false"',
    )
    .action(async (name: string) => {
      const { count } = optionsOf<ConsumeOptions>(command);
      await withGroups(command, cli, (groups) => consumed(groups, name, cli, count));
      if (cli.signal.aborted) throw interruption(cli.signal);
    });
}

function defineListParked(command: Command, cli: Cli): void {
  command
    .description('what failed too often, one JSON document a line')
    .argument('<name>', 'the group')
    .action(async (name: string) => {
      await withGroups(command, cli, async (groups) => {
        for await (const { stream, revision, event, reason } of groups.parked(name)) {
          const head = { stream, revision, ...(reason !== undefined && { reason }) };
          await cli.out.streamLine(event ? lineOf(event, { reason }) : jsonLine(head));
        }
      });
    });
}

function defineReplayParked(command: Command, cli: Cli): void {
  command
    .description('give out again what is parked')
    .argument('<name>', 'the group')
    .action(async (name: string) => {
      const options = optionsOf(command);
      let parked = 0;
      await withGroups(command, cli, async (groups) => {
        for await (const _event of groups.parked(name)) parked++;
        await groups.replayParked(name);
      });
      const sentence = `${counted(parked, 'parked event')} given out again`;
      cli.out.line(options.json ? jsonDocument({ replayed: parked }) : sentence);
    });
}

/** An event whose line was not taken is not acknowledged: another consumer has it then. */
async function consumed(
  groups: Groups,
  name: string,
  cli: Cli,
  most = Number.POSITIVE_INFINITY,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([cli.signal, stop.signal]);
  let written = 0;
  let failure: unknown;
  const write = async (event: StoredEvent, attempt: number) => {
    if (signal.aborted || written >= most) throw new Error('it is not written any more');
    written++;
    try {
      await cli.out.takenLine(lineOf(event, { attempt }));
    } catch (error) {
      failure = error;
      stop.abort();
      throw error;
    }
    if (written >= most) stop.abort();
  };
  const concurrency = Math.min(CONCURRENCY, most);
  await groups.consume(name, write, { concurrency, signal });
  if (failure instanceof OutputClosed || failure instanceof OutputFailed) throw failure;
}

/** Data and metadata as they are stored: the digest is over their bytes. */
function lineOf(event: StoredEvent, more: Readonly<Record<string, unknown>>): string {
  const { stream, revision, id, type, data, metadata, digest } = event;
  const head = JSON.stringify({ ...more, stream, revision, id, type });
  const hex = Buffer.from(digest).toString('hex');
  return harmlessJson(
    `${head.slice(0, -1)},"data":${data},"metadata":${metadata},"digest":"${hex}"}`,
  );
}

function jsonLine(value: object): string {
  return harmlessJson(JSON.stringify(value));
}

async function withGroups(
  command: Command,
  cli: Cli,
  work: (groups: Groups) => Promise<void>,
): Promise<void> {
  const path = ledgerPath(optionsOf(command), cli);
  if (!isCluster(path)) {
    throw new UsageError(
      'groups are kept by a server: name it with --ledger esdb://HOST:PORT ("channel-ledger gateway" is one)',
    );
  }
  // Here, not above: help and wrong usage need no client.
  const { openGroups } = await import('../ledger/operators/consume-group.ts');
  const onTrouble = (sentence: string) => sayTrouble(cli, sentence);
  const groups = await openGroups(path, { onTrouble });
  try {
    await untilInterrupted(cli.signal, work(groups), PATIENCE_MS);
  } finally {
    await groups.close();
  }
}
