/** `purge CHANNEL`: destroys the key of a closed channel's secrets. */
import type { Command } from 'commander';
import { assertPurgeable } from '../ledger/purgeable.ts';
import type { Cli } from './cli.ts';
import { confirmByTyping } from './confirm.ts';
import { counted } from './format.ts';
import { jsonDocument } from './json.ts';
import type { PurgeReport } from './ledger-port.ts';
import { namesIn } from './names.ts';
import { withLedger } from './open.ts';
import { narrowedBy, optionsOf, queryOf } from './options.ts';
import { CHANNEL_ARGUMENT } from './show.ts';
import type { Style } from './style.ts';
import { hanging } from './terminal-text.ts';

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
        const view = ledger.channel(name, query);
        assertPurgeable(view);
        const { channelId, nodeId } = view;
        const label = namesIn(ledger, query, cli.err.style).channel(channelId);
        if (!options.yes) {
          const what =
            `This destroys the key of every payment hash, preimage, script and revocation secret ` +
            `of channel ${label}, for ever.`;
          await confirmByTyping(label, what, cli);
        }
        const report = await ledger.purge(channelId, { nodeId });
        if (options.json) return cli.out.line(jsonDocument(report));
        const width = options.wide ? undefined : cli.out.columns;
        for (const line of purgeLines(label, report, cli.out.style, width)) cli.out.line(line);
      });
    });
}

function purgeLines(
  label: string,
  { destroyedKeys, releasedFromQuarantine, remains }: PurgeReport,
  style: Style,
  width: number | undefined,
): readonly string[] {
  const lines = [
    destroyedKeys === 0
      ? `channel ${label} has no key to destroy: it was purged before, or held no secret`
      : `${counted(destroyedKeys, 'key')} of channel ${label} destroyed`,
  ];
  if (releasedFromQuarantine > 0) {
    const what = counted(releasedFromQuarantine, 'quarantined observation');
    lines.push(`${what} of it can no longer be opened, and will not be tried again`);
  }
  const dash = `  ${style.glyphs.dash} `;
  return [
    ...lines.flatMap((line) => hanging('', line, width)),
    'what remains:',
    ...remains.flatMap((what) => hanging(dash, style.text(what), width)),
  ];
}
