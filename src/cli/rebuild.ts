/** `rebuild`: every row again from event 0. */
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { count, counted } from './format.ts';
import { jsonDocument } from './json.ts';
import { withLedger } from './open.ts';
import { optionsOf } from './options.ts';
import { withProgress } from './progress.ts';

export function define(command: Command, cli: Cli): void {
  command.addHelpText('after', '\nExample: channel-ledger rebuild').action(async () => {
    const options = optionsOf(command);
    await withLedger(cli, options, 'write', async (ledger) => {
      const report = await withProgress(cli, 'rebuilding', 'events', (update) =>
        ledger.rebuild(update),
      );
      if (options.json) return cli.out.line(jsonDocument(report));
      const { events, rows, seconds } = report;
      const rate = count(Math.round(events / Math.max(seconds, 0.001)));
      cli.out.line(
        `${counted(rows, 'row')} rebuilt from ${counted(events, 'event')} ` +
          `in ${seconds.toFixed(2)} s (${rate} events/s)`,
      );
    });
  });
}
