/** `wipe`: removes a ledger's files, closed channels and all. */
import { basename, dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { confirmByTyping } from './confirm.ts';
import { jsonDocument } from './json.ts';
import { assertThere, existingPath } from './open.ts';
import { ledgerPath, optionsOf } from './options.ts';

export function define(command: Command, cli: Cli): void {
  command
    .option('--yes', 'do not ask: for programs')
    .addHelpText('after', '\nExample: channel-ledger wipe --ledger ./demo-ledger')
    .action(async () => {
      const options = optionsOf<{ readonly yes?: boolean }>(command);
      const path = existingPath(ledgerPath(options, cli));
      assertThere(path);
      const name = ledgerName(path);
      if (!options.yes) {
        const what = `This removes the ledger ${path} and its key, open and closed channels, for ever.`;
        await confirmByTyping(name, what, cli);
      }
      const { wipeLedger } = await cli.ledgers();
      const removed = await wipeLedger(path);
      if (options.json) return cli.out.line(jsonDocument({ removed }));
      for (const file of removed) cli.out.line(cli.out.style.text(`removed ${file}`));
    });
}

/** Directory and file: nearly every ledger's file alone is called the same. */
function ledgerName(path: string): string {
  const whole = resolve(path);
  return join(basename(dirname(whole)), basename(whole));
}
