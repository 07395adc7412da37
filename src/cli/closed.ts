/** `closed`: close summaries, each output's fate below its channel. */
import type { Command } from 'commander';
import type { CloseRow, OutputRow } from '../../projections/channel-row.ts';
import {
  type WithRebalanceFees,
  withRebalanceFees,
} from '../ledger/accounting/with-rebalance-fees.ts';
import { fateOf, isPaidAtOnce } from '../ledger/output-fates.ts';
import type { ClosedView } from '../ledger/view-types.ts';
import { nodeColumn, rebalanceColumn, totalColumns } from './channels.ts';
import type { Cli } from './cli.ts';
import { atLeast, count, sat } from './format.ts';
import { printRows } from './listing.ts';
import type { Names } from './names.ts';
import { withLedger } from './open.ts';
import { everyNarrowing, narrowedBy, optionsOf, queryOf } from './options.ts';
import { placedTime } from './placed-time.ts';
import type { Colour, Style } from './style.ts';
import { type Column, tableLines } from './table.ts';
import { clip, wrapped } from './terminal-text.ts';

const REASON_WIDTH = 40;

export function define(command: Command, cli: Cli): void {
  narrowedBy(command, everyNarrowing);
  command.addHelpText('after', '\nExample: channel-ledger closed --json').action(async () => {
    const options = optionsOf(command);
    await withLedger(cli, options, 'read', async (ledger) => {
      const query = queryOf(options, ledger, { isOneChannel: false });
      const rows = withRebalanceFees(ledger, query, ledger.closed(query));
      await printRows(cli, { ledger, query, options }, rows, closedTable, 'no closed channel');
    });
  });
}

export function closedTable(
  closed: readonly WithRebalanceFees<ClosedView>[],
  names: Names,
  style: Style,
  width: number | undefined,
): readonly string[] {
  const columns: Column<WithRebalanceFees<ClosedView>>[] = [
    { header: 'channel', rank: 0, cell: ({ channelId }) => names.channel(channelId) },
    ...nodeColumn<ClosedView>(names),
    { header: 'peer', rank: 0, cell: (row) => names.node(row.peerId, row.peerAlias) },
    { header: 'kind', rank: 0, cell: ({ close }) => close.kind ?? '', colour: kindColour },
    { header: 'by', rank: 1, cell: ({ close }) => close.initiator ?? '' },
    {
      header: 'height',
      rank: 4,
      mayStandBelow: true,
      align: 'right',
      cell: ({ close }) => count(close.height),
    },
    {
      header: 'closed (UTC)',
      rank: 5,
      mayStandBelow: true,
      cell: ({ close }) => placedTime(close.closedAt, close.closedAtBounds, style),
    },
    {
      header: 'resolved (UTC)',
      rank: 8,
      cell: ({ close }) => placedTime(close.resolvedAt, close.resolvedAtBounds, style),
    },
    {
      header: 'resolved at height',
      rank: 9,
      align: 'right',
      cell: ({ close }) => count(close.resolvedHeight),
    },
    { header: 'capacity sat', rank: 10, align: 'right', cell: (row) => sat(row.capacitySat) },
    amount('settled sat', 2, (close) => close.settledBalanceSat),
    { ...amount('time-locked sat', 3, (close) => close.timeLockedBalanceSat), mayStandBelow: true },
    { ...amount('close fee sat', 6, (close) => close.feeSat), mayStandBelow: true },
    {
      header: 'sweep fees sat',
      rank: 7,
      align: 'right',
      cell: ({ close }) => sweepFeesText(close, style),
    },
    ...totalColumns<ClosedView>(style, 11),
    ...rebalanceColumn(closed, 14, style),
    { header: 'channel point', rank: 16, cell: (row) => names.channelPoint(row.channelId) },
    {
      header: 'source says',
      rank: 15,
      mayStandBelow: true,
      cell: ({ close }) => closeReason(close, style, REASON_WIDTH),
    },
  ];
  const details = ({ close }: ClosedView) => closeOutputLines(close, style, width);
  return tableLines(closed, columns, { style, width, details });
}

export function closeReason(close: CloseRow, style: Style, width: number): string {
  const { reason, sourceReason, isReasonOvertaken = false } = close;
  const said = [
    isReasonOvertaken ? 'asked for before it was forced' : undefined,
    reason,
    sourceReason === reason ? undefined : sourceReason,
  ];
  const text = said.filter((part) => part !== undefined && part !== '').join(': ');
  return clip(style.text(text), width, style.glyphs.ellipsis);
}

/** What the sweeps cost; empty where nothing was swept. */
export function sweepFeesText(
  {
    sweepFeesSat,
    isSweepFeesAtLeast = false,
  }: Pick<CloseRow, 'sweepFeesSat' | 'isSweepFeesAtLeast'>,
  style: Style,
): string {
  if (sweepFeesSat === undefined) return isSweepFeesAtLeast ? 'unknown' : '';
  return atLeast(sat(sweepFeesSat), isSweepFeesAtLeast, style);
}

/** Every output of a close. */
export function closeOutputLines(
  close: Pick<CloseRow, 'kind' | 'initiator' | 'outputs'>,
  style: Style,
  width: number | undefined,
): readonly string[] {
  return close.outputs.flatMap((output) =>
    outputLines(output, fateOf(output, close), style, width),
  );
}

/** One output of a close: what it was and what became of it; what has no room stands below. */
function outputLines(
  output: OutputRow,
  became: string,
  style: Style,
  width: number | undefined,
): readonly string[] {
  const { what, valueSat, htlcId, stage, sweptSat, feeSat, height } = output;
  const name = htlcId === undefined ? what : `${what} ${htlcId}`;
  const fee = feeSat === undefined ? '' : ` (fee ${sat(feeSat)})`;
  const swept =
    sweptSat === undefined || isPaidAtOnce(valueSat, output) ? '' : `as ${sat(sweptSat)} sat${fee}`;
  const fate = [
    became,
    stage === 'first' ? '(first of two stages)' : '',
    height === undefined ? '' : `at height ${count(height)}`,
    swept,
  ];
  const text = `${name} ${sat(valueSat)} sat: ${fate.filter((part) => part !== '').join(' ')}`;
  const room = width === undefined ? Number.POSITIVE_INFINITY : width - DETAIL_INDENT;
  const [first = '', ...more] = wrapped(text, room);
  const below = more.map((line) => ' '.repeat(style.glyphs.branch.length + 1) + line);
  return [`${style.glyphs.branch} ${first}`, ...below].map((line) => style.paint('dim', line));
}

/** What stands left of an output's text: the table's indent, the branch and the blanks after them. */
const DETAIL_INDENT = 6;

function amount(
  header: string,
  rank: number,
  of: (close: CloseRow) => bigint | undefined,
): Column<ClosedView> {
  return { header, rank, align: 'right', cell: ({ close }) => sat(of(close)) };
}

function kindColour({ close: { kind } }: ClosedView): Colour | undefined {
  if (kind === 'cooperative') return 'green';
  return kind === 'breach' ? 'red' : 'yellow';
}
