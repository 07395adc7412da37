/** Reads the arguments, runs one command, and turns whatever comes of it into an exit code. */
import { createRequire } from 'node:module';
import { Command, CommanderError, Help, type Option } from 'commander';
import type { Cli } from './cli.ts';
import { commands } from './commands.ts';
import { exitCodes, type Failure, failureOf, OutputClosed } from './errors.ts';
import { addCommonOptions, takesOption } from './options.ts';
import { reflowed } from './terminal-text.ts';

export async function runCli(args: readonly string[], cli: Cli): Promise<number> {
  let program: Command | undefined;
  try {
    program = await programFor(args, cli);
    await program.parseAsync([...args], { from: 'user' });
    await cli.out.finish();
    return exitCodes.done;
  } catch (error) {
    const failure =
      error instanceof CommanderError ? wrongUsage(error, args, program) : failureOf(error);
    report(failure, cli);
    return failure.exitCode;
  }
}

/**
 * Options may stand before the command's name, so each argument that is one may be it. The others
 * are known by name and summary only, which is what makes help quick.
 */
async function programFor(args: readonly string[], cli: Cli): Promise<Command> {
  const program = new Command('channel-ledger')
    .description('Every state of your Lightning channels, at any moment, with proof.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => cli.out.raw(reflowed(text, cli.out.columns ?? Infinity)),
      writeErr: (text) => (args.length === 0 ? cli.err.raw(text) : undefined),
      outputError: () => undefined,
      getOutHelpWidth: () => cli.out.columns ?? 100,
      getOutHasColors: () => cli.out.style.paint('bold', '') !== '',
    })
    .configureHelp({ showGlobalOptions: true, visibleGlobalOptions: globalOptionsTaken })
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText(
      'after',
      '\nExample: channel-ledger demo && channel-ledger channels --ledger demo-ledger',
    );
  if (args.includes('--version') || args.includes('-V')) program.version(version());
  else program.option('-V, --version', 'show the version');
  addCommonOptions(program);
  for (const { name, summary, group, load } of commands) {
    const command = program.command(name).description(summary).helpGroup(group);
    if (args.includes(name)) (await load()).define(command, cli);
  }
  return program;
}

/** `this` is the help being written, as commander calls it. */
function globalOptionsTaken(this: Help, command: Command): Option[] {
  const all = Help.prototype.visibleGlobalOptions.call(this, command);
  return all.filter((option) => takesOption(command, option));
}

/** The package names itself, whether it runs from sources or from what was built of them. */
function version(): string {
  const found: unknown = createRequire(import.meta.url)('channel-ledger/package.json');
  return typeof found === 'object' && found !== null && 'version' in found
    ? String(found.version)
    : 'unknown';
}

function wrongUsage(
  error: CommanderError,
  args: readonly string[],
  program: Command | undefined,
): Failure {
  if (error.exitCode === 0) return { exitCode: exitCodes.done, sentence: undefined };
  if (args.length === 0) return { exitCode: exitCodes.wrongUsage, sentence: undefined };
  const name = commands.find((entry) => args.includes(entry.name))?.name;
  const command = program?.commands.find((one) => one.name() === name);
  const next = name === undefined ? undefined : args[args.indexOf(name) + 1];
  const inner = command?.commands.find((one) => one.name() === next);
  const named = ['channel-ledger', name, inner?.name()].filter((word) => word !== undefined);
  const help = `${named.join(' ')} --help`;
  const plain = error.message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ');
  const what = error.code === 'commander.help' ? 'it takes more than that' : plain;
  const isOfCommand = name !== undefined && COMMAND_MISSING.has(error.code);
  const inside = isOfCommand ? subcommands(program, name) : '';
  const sentence = `${what.replace(/\.$/, '')}${inside}: see "${help}"`;
  return { exitCode: exitCodes.wrongUsage, sentence };
}

const COMMAND_MISSING = new Set(['commander.help', 'commander.unknownCommand']);

/** `record foo` is told what may stand there. */
function subcommands(program: Command | undefined, name: string): string {
  const command = program?.commands.find((one) => one.name() === name);
  const names = command?.commands.map((one) => one.name()) ?? [];
  return names.length === 0 ? '' : `; "${name}" takes ${names.join(' or ')}`;
}

/** What is printed may quote what somebody else wrote: every line goes the way of outside text. */
export function report({ sentence }: Failure, { err }: Pick<Cli, 'err'>): void {
  if (sentence === undefined) return;
  const [first = '', ...more] = sentence.split('\n');
  try {
    err.line(err.style.text(`channel-ledger: ${first}`));
    for (const line of more) err.line(`  ${err.style.text(line)}`);
  } catch (error) {
    // Nobody listens to stderr either; the exit code still tells.
    if (!(error instanceof OutputClosed)) throw error;
  }
}
