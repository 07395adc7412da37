/** `fees [CHANNEL]`: both sides' policy changes. */
import type { Command } from 'commander';
import type { PolicyRow } from '../../projections/channel-row.ts';
import type { FeeChangeView } from '../ledger/view-types.ts';
import { nodeColumn } from './channels.ts';
import type { Cli } from './cli.ts';
import { exactTime, policy } from './format.ts';
import { printRows } from './listing.ts';
import type { Names } from './names.ts';
import { withLedger } from './open.ts';
import { everyNarrowing, narrowedBy, optionsOf, queryOf } from './options.ts';
import { placedTime } from './placed-time.ts';
import { CHANNEL_ARGUMENT } from './show.ts';
import type { Style } from './style.ts';
import { type Column, tableLines } from './table.ts';

export function define(command: Command, cli: Cli): void {
  narrowedBy(command, everyNarrowing);
  command
    .argument('[channel]', CHANNEL_ARGUMENT)
    .addHelpText('after', '\nExample: channel-ledger fees 103x1x0')
    .action(async (name: string | undefined) => {
      const options = optionsOf(command);
      await withLedger(cli, options, 'read', async (ledger) => {
        const query = queryOf(options, ledger, { isOneChannel: name !== undefined });
        const rows = ledger.fees(name, query);
        await printRows(cli, { ledger, query, options }, rows, feeTable, 'no fee policy');
      });
    });
}

export function feeTable(
  changes: readonly FeeChangeView[],
  names: Names,
  style: Style,
  width: number | undefined,
): readonly string[] {
  const columns: Column<FeeChangeView>[] = [
    {
      header: 'when (UTC)',
      rank: 0,
      cell: (row) => placedTime(row.at, row.atBounds, style, exactTime),
    },
    { header: 'channel', rank: 0, cell: (row) => names.channel(row.channelId) },
    ...nodeColumn<FeeChangeView>(names),
    { header: 'side', rank: 0, cell: (row) => (row.side === 'local' ? 'ours' : 'theirs') },
    {
      header: 'from msat',
      rank: 1,
      mayStandBelow: true,
      align: 'right',
      cell: (row) => policy(row.from) || 'none',
    },
    { header: 'to msat', rank: 0, align: 'right', cell: (row) => policy(row.to) },
    { header: 'cause', rank: 2, mayStandBelow: true, cell: (row) => causeText(row, style) },
    { header: 'also', rank: 3, cell: (row) => otherChanges(row, style) },
  ];
  return tableLines(changes, columns, { style, width });
}

/** As its teller names it; or what the policies themselves say: whoever signs one decided it. */
function causeText({ cause, from, to, side }: FeeChangeView, style: Style): string {
  if (cause !== undefined) return style.text(cause);
  const by = side === 'local' ? 'by us' : 'by them';
  if (from === undefined) return `first told ${by}`;
  if (from.isDisabled !== to.isDisabled) return `${to.isDisabled ? 'disabled' : 'enabled'} ${by}`;
  return `set ${by}`;
}

/** What else a policy changed, where the fee is not all. */
function otherChanges({ from, to }: FeeChangeView, { glyphs }: Style): string {
  if (from === undefined) return '';
  const fields: readonly (readonly [keyof PolicyRow, string])[] = [
    ['cltvExpiryDeltaBlocks', 'cltv'],
    ['htlcMinimumMsat', 'least msat'],
    ['htlcMaximumMsat', 'most msat'],
    ['inboundFeeBaseMsat', 'inbound base msat'],
    ['inboundFeeProportionalMillionths', 'inbound ppm'],
  ];
  const changed = fields.filter(([field]) => from[field] !== to[field]);
  const texts = changed.map(([field, name]) => {
    return `${name} ${from[field] ?? 'none'} ${glyphs.arrow} ${to[field] ?? 'none'}`;
  });
  return texts.join(', ');
}
