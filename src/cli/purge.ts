/** `purge CHANNEL`: destroys the key of a closed channel's secrets. */
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import { confirmByTyping } from './confirm.ts';
import { counted } from './format.ts';
import { jsonDocument } from './json.ts';
import { namesIn } from './names.ts';
import { withLedger } from './open.ts';
import { narrowedBy, optionsOf, queryOf } from './options.ts';
import { CHANNEL_ARGUMENT } from './show.ts';

export function define(command: Command, cli: Cli): void {
  narrowedBy(command, ['node']);
  command
    .argument('<channel>', CHANNEL_ARGUMENT)
    .option('--yes', 'do not ask: for programs')
    .addHelpText('after', '\nExample: channel-ledger purge 103x1x0')
    .action(async (name: string) => {
      const options = optionsOf<{ readonly yes?: boolean }>(command);
      await withLedger(cli, options, 'write', async (ledger) => {
        const query = queryOf(options, ledger, { isOneChannel: true });
        const { channelId, nodeId } = ledger.channel(name, query);
        const label = namesIn(ledger, query, cli.err.style).channel(channelId);
        if (!options.yes) {
          const what =
            `This destroys the key of every payment hash, preimage, script and revocation secret ` +
            `of channel ${label}, for ever.`;
          await confirmByTyping(label, what, cli);
        }
        const report = await ledger.purge(channelId, { nodeId });
        if (options.json) return cli.out.line(jsonDocument(report));
        const { style } = cli.out;
        cli.out.line(
          report.destroyedKeys === 0
            ? `channel ${label} has no key to destroy: it was purged before, or held no secret`
            : `${counted(report.destroyedKeys, 'key')} of channel ${label} destroyed`,
        );
        if (report.releasedFromQuarantine > 0) {
          const what = counted(report.releasedFromQuarantine, 'quarantined observation');
          cli.out.line(`${what} of it can no longer be opened, and will not be tried again`);
        }
        cli.out.line('what remains:');
        for (const what of report.remains)
          cli.out.line(`  ${style.glyphs.dash} ${style.text(what)}`);
      });
    });
}
