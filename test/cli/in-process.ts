/** Runs a command inside the test, and gives what it printed and its exit code. */
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Cli, Output, type OutputStream } from '../../src/cli/cli.ts';
import type { Ledgers } from '../../src/cli/ledger-port.ts';
import { runCli } from '../../src/cli/run.ts';
import { styleFor } from '../../src/cli/style.ts';
import { fakeLedgers } from './fake-ledger.ts';

export interface Surroundings {
  readonly ledgers?: Ledgers;
  readonly typed?: string;
  /** Columns of the terminal; without, output goes to a file. */
  readonly columns?: number;
  readonly env?: Record<string, string>;
  readonly liveSources?: Cli['liveSources'];
  readonly importers?: Cli['importers'];
  /** Aborts where somebody presses Ctrl-C; nobody does without. */
  readonly signal?: AbortSignal;
}

export interface Outcome {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

export async function runInProcess(
  args: readonly string[],
  {
    ledgers = fakeLedgers,
    typed = '',
    columns,
    env = {},
    signal,
    liveSources = [],
    importers = [],
  }: Surroundings = {},
): Promise<Outcome> {
  const printed = { out: '', err: '' };
  const whole = { LANG: 'C.UTF-8', HOME: '/nowhere', ...env };
  const output = (name: 'out' | 'err') => {
    const stream: OutputStream = {
      write(text) {
        printed[name] += text;
        return true;
      },
      on: () => undefined,
      once: () => undefined,
      off: () => undefined,
      isTTY: columns !== undefined,
      ...(columns !== undefined && { columns }),
    };
    return new Output(stream, styleFor(whole, columns !== undefined));
  };
  const cli: Cli = {
    out: output('out'),
    err: output('err'),
    stdin: Readable.from(typed === '' ? [] : [typed]),
    env: whole,
    signal: signal ?? new AbortController().signal,
    ledgers: async () => ledgers,
    demoNetwork: async () => {
      throw new Error('there is no demo here');
    },
    liveSources,
    importers,
  };
  const exitCode = await runCli(args, cli);
  return { exitCode, ...printed };
}

/** Runs commands on ledgers of a folder; where none is named, on `new.db`. */
export function runnerIn(place: string, ledgers: Ledgers) {
  return async (
    args: readonly string[],
    { ledger = 'new.db', ...surroundings }: Surroundings & { readonly ledger?: string } = {},
  ) => {
    const path = join(place, ledger);
    const outcome = await runInProcess([...args, '--ledger', path], { ledgers, ...surroundings });
    return { ...outcome, path };
  };
}
