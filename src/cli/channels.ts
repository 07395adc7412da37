/** `channels`: the open-channel view. */
import type { Command } from 'commander';
import {
  type WithRebalanceFees,
  withRebalanceFees,
} from '../ledger/accounting/with-rebalance-fees.ts';
import type { ChannelView, Lifetime } from '../ledger/view-types.ts';
import type { Cli } from './cli.ts';
import { atLeast, balanceBar, count, counted, msatAsSat, policy, sat } from './format.ts';
import { printRows } from './listing.ts';
import type { Names } from './names.ts';
import { withLedger } from './open.ts';
import { everyNarrowing, narrowedBy, optionsOf, queryOf } from './options.ts';
import { placedTime } from './placed-time.ts';
import type { Colour, Style } from './style.ts';
import { type Column, tableLines } from './table.ts';

const BAR_CELLS = 12;

export function define(command: Command, cli: Cli): void {
  narrowedBy(command, everyNarrowing);
  command
    .addHelpText('after', '\nExample: channel-ledger channels --at 2026-03-14T15:09:26Z')
    .action(async () => {
      const options = optionsOf(command);
      await withLedger(cli, options, 'read', async (ledger) => {
        const query = queryOf(options, ledger, { isOneChannel: false });
        const rows = withRebalanceFees(ledger, query, ledger.channels(query));
        await printRows(cli, { ledger, query, options }, rows, channelTable, 'no open channel');
        if (!options.json) for (const line of untoldLines(rows)) cli.out.line(line);
      });
    });
}

/** What the rows without a balance are, in a sentence for each of the two kinds. */
function untoldLines(rows: readonly ChannelView[]): readonly string[] {
  const untold = rows.filter(({ isUntoldThen }) => isUntoldThen);
  const sure = untold.filter(({ status }) => status === 'open').length;
  const unsure = untold.length - sure;
  const lines: string[] = [];
  if (sure > 0) {
    const were = sure === 1 ? 'was open: it was' : 'were open: they were';
    lines.push(`${counted(sure, 'channel')} ${were} met later, and no balance of then is told`);
  }
  if (unsure > 0) {
    const what = unsure === 1 ? 'it was opened or closed' : 'they were opened or closed';
    const channels = counted(unsure, 'channel');
    lines.push(`${channels} may have been open (unknown): when ${what} is not told exactly`);
  }
  return lines;
}

type Listed = WithRebalanceFees<ChannelView>;

export function channelTable(
  channels: readonly Listed[],
  names: Names,
  style: Style,
  width: number | undefined,
): readonly string[] {
  const columns: Column<Listed>[] = [
    { header: 'channel', rank: 0, cell: ({ channelId }) => names.channel(channelId) },
    ...nodeColumn<ChannelView>(names),
    { header: 'peer', rank: 0, cell: (row) => names.node(row.peerId, row.peerAlias) },
    {
      header: 'state',
      rank: 4,
      cell: (row) => stateText(row, style),
      colour: stateColour,
    },
    { header: 'capacity sat', rank: 2, align: 'right', cell: (row) => sat(row.capacitySat) },
    amount('local sat', 0, (row) => row.localBalanceMsat),
    {
      header: 'balance',
      rank: 5,
      cell: (row) => balanceBar(row.localBalanceMsat, row.remoteBalanceMsat, BAR_CELLS, style),
    },
    amount('remote sat', 0, (row) => row.remoteBalanceMsat),
    { header: 'HTLCs', rank: 3, align: 'right', cell: (row) => count(row.pendingHtlcCount) },
    amount('in flight sat', 6, inFlightMsat),
    { header: 'our fee msat', rank: 7, align: 'right', cell: (row) => policy(row.localPolicy) },
    { header: 'their fee msat', rank: 8, align: 'right', cell: (row) => policy(row.remotePolicy) },
    { header: 'commitments', rank: 13, align: 'right', cell: commitmentNumbers },
    ...totalColumns<ChannelView>(style, 9),
    ...rebalanceColumn(channels, 12, style),
    {
      header: 'opened (UTC)',
      rank: 14,
      cell: (row) => placedTime(row.openedAt, row.openedAtBounds, style),
    },
    {
      header: 'last update (UTC)',
      rank: 15,
      cell: (row) => placedTime(row.lastEventAt, row.lastEventAtBounds, style),
    },
    { header: 'channel point', rank: 16, cell: (row) => names.channelPoint(row.channelId) },
  ];
  return tableLines(channels, columns, { style, width });
}

/** Whose channel it is, where more than one node is recorded. */
export function nodeColumn<Row extends { readonly nodeId: string }>(
  names: Names,
): readonly Column<Row>[] {
  if (!names.hasSeveralNodes) return [];
  return [{ header: 'node', rank: 0, cell: ({ nodeId }) => names.node(nodeId) }];
}

/** What went through in a life, and what it earned: of a channel, or of all with a peer. */
export function lifetimeColumns<Row>(
  lifetime: (row: Row) => Lifetime,
  style: Style,
  [sent, received, forwarded, earned]: readonly [number, number, number, number],
): readonly Column<Row>[] {
  const total = (
    header: string,
    rank: number,
    of: (all: Lifetime) => readonly [msat: bigint, isAtLeast: boolean],
  ): Column<Row> => ({
    header,
    rank,
    align: 'decimal',
    cell: (row) => lifetimeText(of(lifetime(row)), style),
  });
  return [
    total('sent sat', sent, (all) => [all.sentMsat, all.isSentAtLeast]),
    total('received sat', received, (all) => [all.receivedMsat, all.isReceivedAtLeast]),
    total('forwarded sat', forwarded, (all) => [all.forwardedMsat, all.isForwardedAtLeast]),
    total('earned sat', earned, (all) => [all.feesEarnedMsat, all.isForwardedAtLeast]),
  ];
}

/** A sum of a life as it is written everywhere, without its unit. */
export function lifetimeText(
  [msat, isAtLeast]: readonly [msat: bigint, isAtLeast: boolean],
  style: Style,
): string {
  return atLeast(msatAsSat(msat), isAtLeast, style);
}

export function totalColumns<Row extends Pick<ChannelView, 'lifetime'>>(
  style: Style,
  firstRank: number,
): readonly Column<Row>[] {
  const ranks = [firstRank + 1, firstRank + 2, firstRank + 3, firstRank] as const;
  return lifetimeColumns<Row>(({ lifetime }) => lifetime, style, ranks);
}

/** Most nodes never rebalance: the column is there where one did. */
export function rebalanceColumn<View extends ChannelView>(
  rows: readonly WithRebalanceFees<View>[],
  rank: number,
  style: Style,
): readonly Column<WithRebalanceFees<View>>[] {
  if (rows.every(({ rebalanceFeesMsat = 0n }) => rebalanceFeesMsat === 0n)) return [];
  const cell = ({ rebalanceFeesMsat, isRebalanceFeesAtLeast = false }: WithRebalanceFees<View>) => {
    return atLeast(msatAsSat(rebalanceFeesMsat), isRebalanceFeesAtLeast, style);
  };
  return [{ header: 'rebalancing sat', rank, align: 'decimal', cell }];
}

export function commitmentNumbers({ local, remote }: Pick<ChannelView, 'local' | 'remote'>) {
  if (local === undefined && remote === undefined) return '';
  return `${local?.number ?? '?'}/${remote?.number ?? '?'}`;
}

function amount(
  header: string,
  rank: number,
  msat: (row: ChannelView) => bigint | undefined,
): Column<ChannelView> {
  return { header, rank, align: 'decimal', cell: (row) => msatAsSat(msat(row)) };
}

function inFlightMsat(row: ChannelView): bigint | undefined {
  const { pendingHtlcCount, pendingOfferedMsat = 0n, pendingReceivedMsat = 0n } = row;
  return pendingHtlcCount ? pendingOfferedMsat + pendingReceivedMsat : undefined;
}

/** With a sign where it may be the state of a later time. */
export function stateText({ status, isOnlyPlaced }: ChannelView, { glyphs }: Style): string {
  return isOnlyPlaced ? `${status} ${glyphs.plusMinus}` : status;
}

function stateColour({ status }: ChannelView): Colour | undefined {
  if (status === 'open') return 'green';
  return status === 'closing' ? 'red' : 'yellow';
}
