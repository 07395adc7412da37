/** The options every command shares, and what a command makes of them. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { parseMoment } from '../ledger/answers/moments.ts';
import type { Span } from '../ledger/answers/span.ts';
import { type Query, QuestionError } from '../ledger/query.ts';
import type { Cli } from './cli.ts';
import { UsageError } from './errors.ts';
import type { Ledger } from './ledger-port.ts';
import { parseTimeOption } from './moment.ts';

export interface CommonOptions {
  readonly ledger?: string;
  readonly json?: boolean;
  readonly wide?: boolean;
  readonly at?: string;
  readonly knownAt?: string;
  readonly node?: string;
  readonly source?: string;
}

export function addCommonOptions(program: Command): void {
  program
    .option('--ledger <path>', 'the ledger (or $CHANNEL_LEDGER; ~/.channel-ledger/ledger.db)')
    .option('--json', 'JSON for programs, amounts as decimal strings')
    .option('--wide', 'tables with every column')
    .option(
      '--at <moment>',
      'as it was: a time, height:H, position:P; for one channel revision:N, commitment:local:N',
    )
    .option('--known-at <time>', 'only what had been recorded by then')
    .option('--node <id>', 'one recording node: its alias, its id, or the beginning of one')
    .option('--source <name>', "one teller's account, such as ldk");
}

/** Which narrowing options a command understands; another one is wrong usage, never ignored. */
export type Narrowing = 'at' | 'knownAt' | 'node' | 'source';
const narrowingFlags: Readonly<Record<Narrowing, string>> = {
  at: '--at',
  knownAt: '--known-at',
  node: '--node',
  source: '--source',
};
export const everyNarrowing: readonly Narrowing[] = ['at', 'knownAt', 'node', 'source'];

const taken = new WeakMap<Command, readonly Narrowing[]>();

/** Says what a command may be narrowed by: nothing, unless it is said. */
export function narrowedBy(command: Command, narrowings: readonly Narrowing[]): void {
  taken.set(command, narrowings);
}

/** Help of a command leaves out what it does not take. */
export function takesOption(command: Command, option: Option): boolean {
  const name = option.attributeName();
  const isNarrowing = Object.hasOwn(narrowingFlags, name);
  return !isNarrowing || (taken.get(command) ?? []).some((narrowing) => narrowing === name);
}

/** The command's own and the common options, once it is known that it takes them all. */
export function optionsOf<Own extends object>(command: Command): Own & CommonOptions {
  const options = command.optsWithGlobals<Own & CommonOptions>();
  // An unset variable of a script, which must not become the ledger of the directory it runs in.
  if ('ledger' in options && options.ledger === '') {
    throw new UsageError('--ledger is empty: name a file, a directory or esdb://…');
  }
  const narrowings = taken.get(command) ?? [];
  for (const name of everyNarrowing) {
    if (options[name] !== undefined && !narrowings.includes(name)) {
      throw new UsageError(`"${command.name()}" takes no ${narrowingFlags[name]}: leave it out`);
    }
  }
  return options;
}

/** The file a command works on. A directory stands for the ledger in it. */
export function ledgerPath(options: CommonOptions, cli: Cli): string {
  const named = options.ledger ?? (cli.env.CHANNEL_LEDGER || undefined);
  return named ?? defaultLedgerPath(cli);
}

export function defaultLedgerPath({ env }: Cli): string {
  return join(env.HOME || homedir(), '.channel-ledger', 'ledger.db');
}

export interface QueryScope {
  /** The moments that count one channel's events need one channel. */
  readonly isOneChannel: boolean;
}

export function queryOf(options: CommonOptions, ledger: Ledger, scope: QueryScope): Query {
  const at = options.at === undefined ? undefined : parseMoment(options.at, scope);
  const { knownAt, node, source } = options;
  return {
    ...(at && { at }),
    ...(knownAt !== undefined && { knownAtNs: parseTimeOption(knownAt, '--known-at') }),
    ...(node !== undefined && { nodeId: nodeNamed(node, ledger) }),
    ...(source !== undefined && { source: sourceName(source) }),
  };
}

function sourceName(text: string): string {
  if (/^[a-z0-9-]+$/.test(text)) return text;
  throw new UsageError(`"${text}" is not a source's name: they are written like ldk or lnd-db`);
}

/** By its id or its own alias, as the ledger does; or else by what its peers know it as. */
function nodeNamed(name: string, ledger: Ledger): string {
  try {
    return ledger.nodeId(name);
  } catch (error) {
    if (!isUnknown(error)) throw error;
    const byPeers = ledger.peers().filter((peer) => peer.alias === name);
    const peerIds = [...new Set(byPeers.map(({ peerId }) => peerId))];
    const recorded = peerIds.filter((peerId) => isRecorded(ledger, peerId)).sort();
    const [only, second] = recorded;
    if (only === undefined) throw error;
    if (second === undefined) return only;
    const listed = recorded.join(', ');
    throw new UsageError(`"${name}" names several nodes: write more of the id of one of ${listed}`);
  }
}

function isRecorded(ledger: Ledger, nodeId: string): boolean {
  try {
    return ledger.nodeId(nodeId) === nodeId;
  } catch (error) {
    if (isUnknown(error)) return false;
    throw error;
  }
}

function isUnknown(error: unknown): boolean {
  return error instanceof QuestionError && error.kind === 'unknown';
}

/** Repeatable, and with commas: an option that took all that follows would swallow the channel. */
export function addTypeOption(command: Command, description: string): Command {
  return command.option('--type <type>', description, (text: string, before: string[] = []) => [
    ...before,
    ...text.split(',').filter((name) => name !== ''),
  ]);
}

/** A whole number of at least `least`, as an option's parser. */
export function wholeNumber(option: string, least: number): (text: string) => number {
  return (text) => {
    const number = /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isNaN(number) || number < least) {
      throw new UsageError(`${option} takes a whole number from ${least} on, not "${text}"`);
    }
    return number;
  };
}

/** Several commands take a span of time. */
export function addSpanOptions(command: Command): Command {
  return command
    .option('--from <moment>', 'from this time, or moment as of --at, on')
    .option('--to <moment>', 'up to this time or moment');
}

export interface SpanOptions {
  readonly from?: string;
  readonly to?: string;
}

export function spanOf({ from, to }: SpanOptions, scope: QueryScope): Span {
  const [first, last] = [from, to].map((text) => text && parseMoment(text, scope));
  return {
    ...(first && (first.kind === 'time' ? { fromNs: first.timeNs } : { from: first })),
    ...(last && (last.kind === 'time' ? { toNs: last.timeNs } : { to: last })),
  };
}

export function choiceOption(flags: string, description: string, choices: readonly string[]) {
  return new Option(flags, description).choices(choices);
}
