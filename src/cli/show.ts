/** `show CHANNEL`: everything the ledger knows of one channel, and its balance drawn over time. */
import type { Command } from 'commander';
import { type ChannelAccount, channelAccount } from '../ledger/answers/channel-account.ts';
import { balanceChart } from './chart.ts';
import type { Cli } from './cli.ts';
import { jsonDocument } from './json.ts';
import { type Names, namesIn } from './names.ts';
import { withLedger } from './open.ts';
import { everyNarrowing, narrowedBy, optionsOf, queryOf } from './options.ts';
import { channelSections } from './show-sections.ts';
import type { Style } from './style.ts';
import { wrapped } from './terminal-text.ts';

export const CHANNEL_ARGUMENT =
  'channel point, short channel id, channel id, or the beginning of one';

/** Where nothing says how wide the output is. */
const CHART_WIDTH = 80;
const INDENT = '  ';

export function define(command: Command, cli: Cli): void {
  narrowedBy(command, everyNarrowing);
  command
    .argument('<channel>', CHANNEL_ARGUMENT)
    .addHelpText('after', '\nExample: channel-ledger show 103x1x0 --at commitment:local:17')
    .action(async (name: string) => {
      const options = optionsOf(command);
      await withLedger(cli, options, 'read', async (ledger) => {
        const query = queryOf(options, ledger, { isOneChannel: true });
        const account = channelAccount(ledger, name, query);
        if (options.json) return cli.out.line(jsonDocument(account));
        const { style, columns } = cli.out;
        const names = namesIn(ledger, query, style);
        const width = options.wide ? undefined : columns;
        for (const line of accountLines(account, names, style, width)) {
          cli.out.line(line);
        }
      });
    });
}

export function accountLines(
  account: ChannelAccount,
  names: Names,
  style: Style,
  width: number | undefined,
): readonly string[] {
  const lines: string[] = [];
  const inner = width === undefined ? undefined : width - INDENT.length;
  for (const section of channelSections(account, names, style, inner)) {
    if (section.lines.length === 0) continue;
    if (lines.length > 0) lines.push('');
    const title = wrapped(section.title, width ?? Number.POSITIVE_INFINITY);
    lines.push(...title.map((line) => style.paint('bold', line)));
    lines.push(...section.lines.map((line) => INDENT + line));
  }
  const chart = balanceChart(account.balances, style, (width ?? CHART_WIDTH) - INDENT.length);
  if (chart.length > 0) {
    lines.push('', style.paint('bold', 'Our balance over time, sat (UTC)'));
    lines.push(...chart.map((line) => INDENT + line));
  }
  return lines;
}
