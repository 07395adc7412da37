/** `replicate ESDB FILE`: a local copy of a cluster's ledger, kept up until Ctrl-C. */
import { setTimeout } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { UsageError } from './errors.ts';
import { count, counted } from './format.ts';
import { jsonDocument } from './json.ts';
import type { Lag, Replication } from './ledger-port.ts';
import { interruption, isCluster, sayTrouble, untilInterrupted } from './open.ts';
import { optionsOf } from './options.ts';

const REDRAW_MS = 1000;

interface ReplicateOptions {
  readonly once?: boolean;
}

export function define(command: Command, cli: Cli): void {
  command
    .argument('<cluster>', 'esdb://HOST:PORT?ledger=NAME')
    .argument('<file>', 'the replica: made where there is none')
    .option('--once', 'end when everything is there that the cluster has now')
    .addHelpText(
      'after',
      '\nEvery question is answered from the file (--ledger FILE). It can be removed and made again.' +
        '\n\nExample: channel-ledger replicate "esdb://localhost:2113?tls=false" replica.db',
    )
    .action(async (address: string, file: string) => {
      const options = optionsOf<ReplicateOptions>(command);
      if (!isCluster(address))
        throw new UsageError(`"${address}" is no cluster: write esdb://HOST:PORT`);
      const { replicateLedger } = await cli.ledgers();
      const onTrouble = (sentence: string) => sayTrouble(cli, sentence);
      const replication = await replicateLedger(address, file, { onTrouble });
      try {
        await untilInterrupted(cli.signal, followed(replication, options, cli));
        const events = replication.applied();
        const report = { path: replication.path, events };
        cli.out.line(
          options.json ? jsonDocument(report) : `${counted(events, 'event')} replicated`,
        );
      } finally {
        await replication.close();
      }
    });
}

/** Until everything is there, or for ever; a replica that cannot go on says why. */
async function followed(
  replication: Replication,
  { once }: ReplicateOptions,
  cli: Cli,
): Promise<void> {
  const stop = new AbortController();
  const ends = [replication.ended(), watched(replication, cli, stop.signal)];
  try {
    await Promise.race(once === true ? [...ends, replication.caughtUp()] : ends);
  } finally {
    stop.abort();
  }
  if (cli.signal.aborted) throw interruption(cli.signal);
}

/** Shows the lag to who watches; never ends by itself. */
async function watched(replication: Replication, cli: Cli, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await setTimeout(REDRAW_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted || !cli.err.isTerminal) continue;
    // The cluster may be away just now; the replica itself says so.
    const lag = await replication.lag().catch(() => undefined);
    if (lag !== undefined) cli.err.raw(`\r${lagText(replication.applied(), lag)}\x1b[K`);
  }
}

function lagText(applied: number, { events, isMore, seconds }: Lag): string {
  const done = `${count(applied)} events replicated`;
  if (events === 0) return `${done}, nothing behind`;
  const behind = `${isMore ? 'more than ' : ''}${counted(events, 'event')}`;
  return `${done}, ${behind} and ${count(Math.round(seconds))} s behind`;
}
