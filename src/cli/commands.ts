/** All commands, by what they answer. A command's file is loaded when it is asked for. */
import type { Command } from 'commander';
import type { Cli } from './cli.ts';

export interface CommandModule {
  /** Gives the command its arguments, options, example and action. */
  define(command: Command, cli: Cli): void;
}

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly group: string;
  readonly load: () => Promise<CommandModule>;
}

const START = 'Try it:';
const ASK = 'Ask:';
const RECORD = 'Record and copy:';
const CARE = 'Check and care:';

export const commands: readonly CommandEntry[] = [
  {
    name: 'demo',
    summary: 'record three Lightning nodes doing everything that happens to channels',
    group: START,
    load: () => import('./demo.ts'),
  },
  {
    name: 'channels',
    summary: 'the open channels: balances, fees, what they earned',
    group: ASK,
    load: () => import('./channels.ts'),
  },
  {
    name: 'peers',
    summary: 'the peers: their channels, totals, how long they were connected',
    group: ASK,
    load: () => import('./peers.ts'),
  },
  {
    name: 'closed',
    summary: 'the closed channels: how, by whom, what it cost, what became of each output',
    group: ASK,
    load: () => import('./closed.ts'),
  },
  {
    name: 'show',
    summary: 'everything about one channel, its balance drawn over time',
    group: ASK,
    load: () => import('./show.ts'),
  },
  {
    name: 'history',
    summary: 'the events of one channel and what each changed',
    group: ASK,
    load: () => import('./history.ts'),
  },
  {
    name: 'why',
    summary: 'why a channel closed: the verdict, and the dossier behind it',
    group: ASK,
    load: () => import('./why.ts'),
  },
  {
    name: 'diff',
    summary: 'what changed in one channel between two moments, and which events did it',
    group: ASK,
    load: () => import('./diff.ts'),
  },
  {
    name: 'bisect',
    summary: 'the first event after which a condition holds',
    group: ASK,
    load: () => import('./bisect.ts'),
  },
  {
    name: 'step',
    summary: "forward and back through one channel's states, with the arrow keys",
    group: ASK,
    load: () => import('./step.ts'),
  },
  {
    name: 'replay',
    summary: 'the recorded events again, in the rhythm in which they happened',
    group: ASK,
    load: () => import('./replay.ts'),
  },
  {
    name: 'fees',
    summary: "both sides' fee policy changes",
    group: ASK,
    load: () => import('./fees.ts'),
  },
  {
    name: 'forwards',
    summary: 'forwarded and failed payments, one by one or summed',
    group: ASK,
    load: () => import('./forwards.ts'),
  },
  {
    name: 'problems',
    summary: 'what does not fit: quarantine, gaps, contradictions, and what to do',
    group: ASK,
    load: () => import('./problems.ts'),
  },
  {
    name: 'wanted',
    summary: 'transactions and blocks that the ledger lacks, for a shell loop',
    group: ASK,
    load: () => import('./wanted.ts'),
  },
  {
    name: 'serve',
    summary: 'the ledger over HTTP: every answer as JSON, and the events as they come',
    group: ASK,
    load: () => import('./serve.ts'),
  },
  {
    name: 'record',
    summary: 'record a live source until Ctrl-C',
    group: RECORD,
    load: () => import('./record.ts'),
  },
  {
    name: 'tail',
    summary: 'the raw events, one JSON document a line',
    group: RECORD,
    load: () => import('./tail.ts'),
  },
  {
    name: 'export',
    summary: 'the whole ledger as NDJSON',
    group: RECORD,
    load: () => import('./export.ts'),
  },
  {
    name: 'import',
    summary: "another program's records, an export, or observations of your own program",
    group: RECORD,
    load: () => import('./import.ts'),
  },
  {
    name: 'copy',
    summary: 'a ledger into another store, verbatim: a file or a cluster',
    group: RECORD,
    load: () => import('./copy.ts'),
  },
  {
    name: 'replicate',
    summary: "a local copy of a cluster's ledger, kept up until Ctrl-C",
    group: RECORD,
    load: () => import('./replicate.ts'),
  },
  {
    name: 'gateway',
    summary: "serve the ledger to EventStoreDB's clients",
    group: RECORD,
    load: () => import('./gateway.ts'),
  },
  {
    name: 'projections',
    summary: 'links inside a cluster for other clients: by peer, closes, fee changes',
    group: RECORD,
    load: () => import('./projections.ts'),
  },
  {
    name: 'group',
    summary: 'competing consumers of a ledger that is served',
    group: RECORD,
    load: () => import('./group.ts'),
  },
  {
    name: 'verify',
    summary: 'check every digest, rule, row and signature',
    group: CARE,
    load: () => import('./verify.ts'),
  },
  {
    name: 'stats',
    summary: 'the head hash, and what the ledger holds',
    group: CARE,
    load: () => import('./stats.ts'),
  },
  {
    name: 'rebuild',
    summary: 'every view again from event 0',
    group: CARE,
    load: () => import('./rebuild.ts'),
  },
  {
    name: 'purge',
    summary: "destroy the key of a closed channel's secrets",
    group: CARE,
    load: () => import('./purge.ts'),
  },
  {
    name: 'token',
    summary: 'who may ask "serve" from elsewhere',
    group: CARE,
    load: () => import('./token.ts'),
  },
  {
    name: 'wipe',
    summary: 'remove a ledger, all of it',
    group: CARE,
    load: () => import('./wipe.ts'),
  },
];
