/** The process: its streams, its signals, its exit code. Everything else is in run.ts. */
import { constants } from 'node:os';
import process from 'node:process';
import { type Cli, Output } from './cli.ts';
import { failureOf, Interrupted } from './errors.ts';
import { report, runCli } from './run.ts';
import { styleFor } from './style.ts';

/** A launcher hands on the Ctrl-C that the terminal sent here already. */
const SAME_SIGNAL_MS = 500;
const KEEP_ALIVE_MS = 60_000;

/** What the commands work with: the real things but in tests. */
export type Workings = Pick<Cli, 'ledgers' | 'demoNetwork' | 'liveSources' | 'importers'>;

/** Runs the command of this process's arguments. */
export async function runProcess(workings: Workings): Promise<void> {
  const { env, stdout, stderr, stdin } = process;
  const stop = new AbortController();
  const cli: Cli = {
    out: new Output(stdout, styleFor(env, stdout.isTTY)),
    err: new Output(stderr, styleFor(env, stderr.isTTY)),
    stdin,
    env,
    signal: stop.signal,
    ...workings,
  };
  listenForSignals(stop);
  process.on('uncaughtException', (error) => {
    const failure = failureOf(error);
    report(failure, cli);
    process.exit(failure.exitCode);
  });
  // What a command waits for need not keep the process alive; that it waits does.
  const alive = setInterval(() => undefined, KEEP_ALIVE_MS);
  process.exitCode = await runCli(process.argv.slice(2), cli);
  clearInterval(alive);
  // What was interrupted may have left timers and reads that nobody waits for any more.
  if (stop.signal.aborted) process.exit();
}

function listenForSignals(stop: AbortController): void {
  let stoppedAt: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      const exitCode = 128 + constants.signals[signal];
      if (stoppedAt === undefined) {
        stoppedAt = performance.now();
        const why = signal === 'SIGINT' ? 'stopped by Ctrl-C' : `stopped by ${signal}`;
        stop.abort(
          new Interrupted(
            `${why}: the ledger is whole, and the command can be run again`,
            exitCode,
          ),
        );
      } else if (performance.now() - stoppedAt > SAME_SIGNAL_MS) {
        process.exit(exitCode);
      }
    });
  }
}
