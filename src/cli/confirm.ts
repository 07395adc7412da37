/** A typed confirmation for what cannot be undone. */
import type { Cli } from './cli.ts';
import { UsageError } from './errors.ts';
import { untilInterrupted } from './open.ts';

const LONGEST_ANSWER = 1000;

/** Throws unless the person types `name`; `what` says what will be gone. */
export async function confirmByTyping(name: string, what: string, cli: Cli): Promise<void> {
  const { text } = cli.err.style;
  cli.err.line(text(what));
  cli.err.raw(text(`Type ${name} to go on: `));
  const answer = await untilInterrupted(cli.signal, firstLine(cli.stdin));
  if (answer === undefined) {
    cli.err.line();
    throw new UsageError('nobody answered, so nothing was done: programs pass --yes');
  }
  if (answer.trim() !== name) {
    throw new UsageError(`that is not ${name}, so nothing was done`);
  }
}

async function firstLine(stdin: Cli['stdin']): Promise<string | undefined> {
  let typed = '';
  try {
    for await (const chunk of stdin) {
      typed += String(chunk);
      const [line, ...rest] = typed.split('\n');
      if (rest.length > 0 || typed.length > LONGEST_ANSWER) return line;
    }
  } finally {
    stdin.pause();
  }
  return typed === '' ? undefined : typed;
}
