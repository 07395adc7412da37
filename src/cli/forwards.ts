/** `forwards`: forwarded and failed payments, one by one or summed. */
import type { Command } from 'commander';
import { type NodeSum, sumsOfNodes } from '../ledger/answers/node-sums.ts';
import type { ForwardSum, ForwardView } from '../ledger/view-types.ts';
import { nodeColumn } from './channels.ts';
import type { Cli } from './cli.ts';
import { atLeast, count, exactTime, msatAsSat } from './format.ts';
import { printRows, type Table } from './listing.ts';
import type { Names } from './names.ts';
import { withLedger } from './open.ts';
import {
  addSpanOptions,
  choiceOption,
  everyNarrowing,
  narrowedBy,
  optionsOf,
  queryOf,
  type SpanOptions,
  spanOf,
} from './options.ts';
import { placedTime } from './placed-time.ts';
import type { Style } from './style.ts';
import { type Column, tableLines } from './table.ts';

interface ForwardOptions extends SpanOptions {
  readonly by?: 'day' | 'channel' | 'peer';
}

export function define(command: Command, cli: Cli): void {
  narrowedBy(command, everyNarrowing);
  command.addOption(choiceOption('--by <group>', 'sums of each', ['day', 'channel', 'peer']));
  addSpanOptions(command)
    .addHelpText('after', '\nExample: channel-ledger forwards --by channel --from 2026-03-01')
    .action(async () => {
      const options = optionsOf<ForwardOptions>(command);
      await withLedger(cli, options, 'read', async (ledger) => {
        const query = queryOf(options, ledger, { isOneChannel: false });
        const span = { ...query, ...spanOf(options, { isOneChannel: false }) };
        const question = { ledger, query, options };
        const { by } = options;
        if (by === undefined) {
          const forwards = ledger.forwards(span);
          return printRows(cli, question, forwards, forwardTable, 'no forward');
        }
        const sums = sumsOfNodes(ledger, by, span);
        await printRows(cli, question, sums, sumTableBy(by), 'no forward');
      });
    });
}

export function forwardTable(
  forwards: readonly ForwardView[],
  names: Names,
  style: Style,
  width: number | undefined,
): readonly string[] {
  const columns: Column<ForwardView>[] = [
    {
      header: 'when (UTC)',
      rank: 1,
      cell: (row) => placedTime(row.at, row.atBounds, style, exactTime),
    },
    ...nodeColumn<ForwardView>(names),
    {
      header: 'outcome',
      rank: 0,
      cell: (row) => row.outcome,
      colour: (row) => (row.outcome === 'forwarded' ? 'green' : 'yellow'),
    },
    {
      header: 'in',
      rank: 0,
      cell: (row) => row.incomingShortChannelId ?? names.channel(row.incomingChannelId),
    },
    { header: 'from', rank: 4, cell: (row) => names.node(row.incomingPeerId) },
    {
      header: 'out',
      rank: 0,
      cell: (row) => row.outgoingShortChannelId ?? names.channel(row.outgoingChannelId),
    },
    { header: 'to', rank: 5, cell: (row) => names.node(row.outgoingPeerId) },
    { ...amount('in sat', 2, (row: ForwardView) => row.amountInMsat), mayStandBelow: true },
    { ...amount('out sat', 3, (row: ForwardView) => row.amountOutMsat), mayStandBelow: true },
    amount('fee sat', 0, (row) => row.feeMsat),
    {
      header: 'reason',
      rank: 6,
      mayStandBelow: true,
      cell: (row) => style.text(row.reason ?? ''),
    },
  ];
  return tableLines(forwards, columns, { style, width });
}

function sumTableBy(by: 'day' | 'channel' | 'peer'): Table<NodeSum> {
  return (sums, names, style, width) => {
    const label = {
      day: (text: string) => text.slice(0, 10),
      channel: names.channel,
      peer: (text: string) => names.node(text),
    }[by];
    const columns: Column<NodeSum>[] = [
      ...nodeColumn<NodeSum>(names),
      { header: by, rank: 0, cell: (row) => label(row.by) },
      { header: 'forwarded', rank: 0, align: 'right', cell: (row) => count(row.forwardedCount) },
      { header: 'failed', rank: 1, align: 'right', cell: (row) => count(row.failedCount) },
      sumAmount('in sat', 2, (row) => [row.amountInMsat, row.isAmountInAtLeast], style),
      sumAmount('out sat', 3, (row) => [row.amountOutMsat, row.isAmountOutAtLeast], style),
      sumAmount('fees sat', 0, (row) => [row.feeMsat, row.isFeeAtLeast], style),
    ];
    return tableLines(sums, columns, { style, width });
  };
}

function amount(
  header: string,
  rank: number,
  msat: (row: ForwardView) => bigint | undefined,
): Column<ForwardView> {
  return { header, rank, align: 'decimal', cell: (row) => msatAsSat(msat(row)) };
}

function sumAmount(
  header: string,
  rank: number,
  of: (row: ForwardSum) => readonly [msat: bigint, isAtLeast: boolean | undefined],
  style: Style,
): Column<NodeSum> {
  const cell = (row: NodeSum) => {
    const [msat, isAtLeast = false] = of(row);
    return atLeast(msatAsSat(msat), isAtLeast, style);
  };
  return { header, rank, align: 'decimal', cell };
}
