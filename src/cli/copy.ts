/** `copy FROM TO`: a ledger moved between any two stores, verbatim. */
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { AnswerIsNo, UsageError } from './errors.ts';
import { counted } from './format.ts';
import { jsonDocument } from './json.ts';
import type { CopiedLedger } from './ledger-port.ts';
import { assertThere, existingPath, interruption, sayTrouble, untilInterrupted } from './open.ts';
import { optionsOf } from './options.ts';
import { withProgress } from './progress.ts';

/** How long the batch under way may take to be written after Ctrl-C. */
const PATIENCE_MS = 30_000;

export function define(command: Command, cli: Cli): void {
  command
    .argument('<from>', 'a ledger: PATH or esdb://…')
    .argument('<to>', 'another one; made where there is none')
    .addHelpText(
      'after',
      '\nWhat is there already is recognised by its digests: run it again after an interruption, or to add' +
        '\nwhat was recorded since. From one file to another the keys of its secrets go with it, and its key' +
        '\nfile beside the new one; into a cluster never.' +
        '\n\nExample: channel-ledger copy ledger.db "esdb://localhost:2113?tls=false&ledger=main"',
    )
    .action(async (fromName: string, toName: string) => {
      const options = optionsOf(command);
      const from = existingPath(fromName);
      const to = existingPath(toName);
      if (from === to) throw new UsageError('both ends are the same ledger: name another one');
      assertThere(from);
      const { copyLedger } = await cli.ledgers();
      const { signal } = cli;
      const report = await withProgress(cli, 'copying', 'events', (onProgress) => {
        const onTrouble = (sentence: string) => sayTrouble(cli, sentence);
        const work = copyLedger(from, to, { onProgress, onTrouble, signal });
        return untilInterrupted(signal, work, PATIENCE_MS);
      });
      if (signal.aborted) throw interruption(signal);
      cli.out.line(options.json ? jsonDocument(report) : copySentence(report));
      if (!options.json && report.keysNote !== undefined) say(cli, report.keysNote);
      for (const stream of options.json ? [] : report.diverged) {
        say(cli, `${stream} says something else in the other ledger: it was left alone`);
      }
      for (const stream of options.json ? [] : report.truncated) {
        say(cli, `${stream} has lost its beginning there: it was left out from there on`);
      }
      if (report.diverged.length + report.truncated.length > 0) throw new AnswerIsNo();
    });
}

function say({ err }: Cli, sentence: string): void {
  err.line(err.style.text(sentence));
}

function copySentence({ appended, known, keysCopied }: CopiedLedger): string {
  const keys =
    keysCopied === 0 ? '' : `, ${counted(keysCopied, 'key')} copied with what unwraps them`;
  return `${counted(appended, 'event')} copied, ${counted(known, 'event')} known already${keys}`;
}
